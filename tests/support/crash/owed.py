"""What was acknowledged is in the store, once; what was refused left nothing; nothing is there that nobody sent."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import orjson

from crash.kept import Kept
from crash.ledger import Ledger


def messages_lost_or_doubled(ledger: Ledger, found: Kept) -> Iterator[str]:
    stored = Counter(row.message_id for row in (*found.events, *found.messages))
    for key, sent in ledger.sent.items():
        if sent.kind == "move":
            continue
        times, owed = stored.pop(key, 0), key in ledger.acknowledged
        if times > 1 or (owed and times == 0):
            yield f"message {key} ({sent.kind}): {times} times, acknowledged: {owed}"
    yield from (f"message {key}: nobody sent it" for key in stored)


def events_changed(ledger: Ledger, found: Kept) -> Iterator[str]:
    user = {row.id: row.lead_id for row in found.identities if row.kind == "user"}
    known = {row.id for row in found.identities if row.kind == "anonymous"}
    for row in found.events:
        body = ledger.sent[row.message_id].body
        if orjson.loads(row.properties) != body["properties"]:
            yield f"event {row.message_id}: other properties"
        if "userId" in body and row.lead_id != user.get(body["userId"]):
            yield f"event {row.message_id}: of {row.lead_id}, not of {body['userId']}"
        if row.lead_id is None and row.anonymous_id in known:
            yield f"event {row.message_id}: nobody's, though {row.anonymous_id} is known"


def profiles_lost_or_doubled(ledger: Ledger, found: Kept) -> Iterator[str]:
    """Each identify and group call tells something unique, so that its one effect on the profile can be seen."""
    versions = defaultdict(list)
    for row in found.profile_versions:
        versions[row.lead_id].append(orjson.loads(row.profile))
    seen: Counter[tuple[str, str]] = Counter()
    for lead_id, profiles in versions.items():
        for before, after in pairwise([{}, *profiles]):
            for field in ("last_form", "plan"):
                if after.get(field) != before.get(field):
                    seen[lead_id, after[field]] += 1
    kept_messages = {row.message_id for row in found.messages}
    for key, sent in ledger.sent.items():
        times = seen[sent.lead, key]
        if sent.kind in ("identify", "group") and times != (key in kept_messages):
            yield f"profile of {sent.lead}: {key} took effect {times} times, acknowledged: {key in ledger.acknowledged}"


def moves_lost_or_doubled(ledger: Ledger, found: Kept) -> Iterator[str]:
    moved = Counter(row.note for row in found.stage_changes if row.note)
    answers = {row.key: row.body.encode() for row in found.idempotency}
    audited = Counter(row.about for row in found.audit if row.act.startswith("lead."))
    for key, sent in ledger.sent.items():
        if sent.kind != "move":
            continue
        times, owed = moved.pop(key, 0), key in ledger.acknowledged
        if times > 1 or (owed and times == 0) or (key in ledger.refused and times):
            yield f"move {key}: {times} times, acknowledged: {owed}, refused: {key in ledger.refused}"
        if (key in answers) != (times == 1):
            yield f"move {key}: done {times} times, its answer kept: {key in answers}"
        if owed and answers.get(key) != ledger.acknowledged[key]:
            yield f"move {key}: another answer is kept than was given"
    yield from (f"move {key}: nobody sent it" for key in moved)
    by_people = Counter(row.lead_id for row in found.stage_changes if row.note)
    if audited != by_people:
        yield f"the audit has other moves than were made: {(audited - by_people) + (by_people - audited)}"


def scores_lost(ledger: Ledger, found: Kept) -> Iterator[str]:
    stored = {row.score_id: row.score for row in found.scores}
    for score_id, score in ledger.told_scores.items():
        if stored.get(score_id) != score:
            yield f"score {score_id}: told {score}, stored {stored.get(score_id)}"


OWED = (messages_lost_or_doubled, events_changed, profiles_lost_or_doubled, moves_lost_or_doubled, scores_lost)

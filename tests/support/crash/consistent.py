"""The store agrees with itself: moments, stages, scores and standings, and no row without what it belongs to."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

import orjson
from sqlalchemy import Connection, and_, exists, func, select

from crash.kept import Kept, Rows
from features.agreement import Agreement
from features.snapshots import LOST
from serving.leads.assess import terms_text
from serving.leads.replay import replay
from serving.store.schema import metadata


def by_lead(rows: Rows) -> dict[tuple[str, str], Rows]:
    found = defaultdict(list)
    for row in rows:
        found[row.lead_id, row.program].append(row)
    return found


def stages_in_disorder(found: Kept, agreement: Agreement) -> Iterator[str]:
    changes = by_lead(found.stage_changes)
    for standing in found.standings:
        whose = standing.lead_id, standing.program
        mine = changes.pop(whose, [])
        if not mine or (mine[-1].stage, mine[-1].at) != (standing.stage, standing.stage_since):
            yield f"{whose}: stands in {standing.stage}, its history says {mine[-1].stage if mine else 'nothing'}"
        was, at = "", -1
        for row in mine:
            if row.was != was or row.at <= at:
                yield f"{whose}: change {row.id} from {row.was} at {row.at}, after {was} at {at}"
            if not is_legal(row.was, row.stage, row.action, agreement):
                yield f"{whose}: change {row.id} is no legal move: {row.action} from '{row.was}' to '{row.stage}'"
            was, at = row.stage, row.at
    yield from (f"{whose}: a history without a standing" for whose in changes)


def is_legal(was: str, to: str, action: str, agreement: Agreement) -> bool:
    """Whether the agreement has such a move, whatever the points were."""
    order = [stage.stage for stage in agreement.stages]
    place = order.index(was) if was in order else -1
    match action:
        case "created":
            return (was, to) == ("", order[0])
        case "threshold" | "fast-track":
            return to in order and order.index(to) > place >= 0
        case "accept":
            return to in order and order.index(to) == place + 1
        case "reject":
            return (was, to) == ("MQL", agreement.process.recycle_to)
        case "recycle":
            return to == agreement.process.recycle_to and (was == LOST or place > order.index("MQL"))
        case "convert":
            return to == agreement.conversion.stage and place > order.index("MQL")
        case "lose":
            return to == LOST and place >= 0
    return action == "excluded" and to == order[0]


def scores_in_disorder(found: Kept) -> Iterator[str]:
    scored = by_lead(found.scores)
    for standing in found.standings:
        whose = standing.lead_id, standing.program
        mine = scored.pop(whose, [])
        for before, after in pairwise(mine):
            if after.as_of <= before.as_of:
                yield f"{whose}: score {after.score_id} as of {after.as_of}, not after {before.score_id}'s"
        due = standing.checksum == ""  # to be scored soon
        columns = ("score_id", "score", "probability", "agreed_score", "grade", *([] if due else ["checksum"]))
        here = [standing._mapping[name] for name in columns]
        there = [mine[-1]._mapping[name] for name in columns] if mine else None
        if here != there or (mine and mine[-1].as_of != standing.scored_at):
            yield f"{whose}: standing {here}, last score {there}"
    yield from (f"{whose}: scores without a standing" for whose in scored)


def moments_ahead(found: Kept) -> Iterator[str]:
    """Nothing about a lead is later than the moment of the last act on it, so that the next one is."""
    last = {row.lead_id: row.moment for row in found.leads}
    rows = {
        "event": [(row.lead_id, row.known_from) for row in found.events if row.lead_id is not None],
        "profile": [(row.lead_id, row.valid_from) for row in found.profile_versions],
        "score": [(row.lead_id, row.as_of) for row in found.scores],
        "stage": [(row.lead_id, row.at) for row in found.stage_changes],
        "feedback": [(row.lead_id, row.at) for row in found.feedback],
    }
    for what, moments in rows.items():
        for lead_id, at in moments:
            if at > last[lead_id]:
                yield f"{lead_id}: a {what} at {at}, after its own moment {last[lead_id]}"


def not_replayed(connection: Connection, found: Kept, after: int) -> Iterator[str]:
    """Scores beyond a number that are not the same, to the bit, when they are computed again."""
    for row in found.scores:
        if row.score_id <= after:
            continue
        again = replay(connection, row.score_id)
        if not again.same:
            facts = [feature.name for feature in again.service.card.features]
            terms = zip(facts, orjson.loads(row.terms), orjson.loads(terms_text(again.judged)), strict=True)
            differ = {fact: (then, now) for fact, then, now in terms if then != now}
            yield f"{row.lead_id}: score {row.score_id} ({row.cause}, as of {row.as_of}) differs: {differ}"


def orphans(connection: Connection) -> Iterator[str]:
    """Rows that point at nothing, by every foreign key of the schema."""
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            there = exists().where(key.column == key.parent)
            lost = select(func.count()).select_from(table).where(and_(key.parent.is_not(None), ~there))
            if number := connection.execute(lost).scalar_one():
                yield f"{table.name}.{key.parent.name}: {number} rows point at nothing"

"""Why a score moved, term by term: one cause after the other is let in, and what each brings is exact.

Between two stored scores of a lead stand the same lead with only time passed, then with its new events, then with its
new profile, then by the new scorecard. What each step changes adds up to the whole change.
"""

from itertools import pairwise
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, Row, select

from features.catalog import BOUNDS
from features.moments import iso
from features.points import added
from serving.leads.acts import no_such_lead
from serving.leads.facts import lead_at
from serving.leads.record import Record, find
from serving.leads.replay import as_it_was
from serving.programs.service import InService
from serving.scorer import ENGLISH, Judged
from serving.store.schema import scores
from serving.words.words import words_of

SMALLEST = 1e-9  # points; less is rounding


class Step(NamedTuple):
    """What a cause brings: ``cause`` in a word, and the lead as it was judged once it was let in."""

    cause: str
    service: InService
    judged: Judged


def changes(connection: Connection, lead_id: str, program: str, since: int, language: str = ENGLISH) -> dict[str, Any]:
    """What moved a lead's score since a moment; raises NoSuchLead, also where it was never scored."""
    record = find(connection, lead_id)
    before, after = _scores(connection, lead_id, program, since)
    if record is None or before is None or after is None:
        raise no_such_lead(lead_id, program)
    steps = _steps(connection, record, before, after)
    parts = [_part(earlier, later, language) for earlier, later in pairwise(steps)]
    return {
        "lead_id": lead_id,
        "program": program,
        "from": _moment(before),
        "to": _moment(after),
        "change": after.score - before.score,
        "causes": [part for part in parts if part["terms"]],
    }


def _scores(
    connection: Connection, lead_id: str, program: str, since: int
) -> tuple[Row[Any, Any] | None, Row[Any, Any] | None]:
    """The score that held at the moment (else the first one), and the latest."""
    c = scores.c
    mine = select(scores).where(c.lead_id == lead_id, c.program == program)
    held = mine.where(c.as_of <= since).order_by(c.as_of.desc(), c.score_id.desc()).limit(1)
    first = mine.order_by(c.as_of, c.score_id).limit(1)
    latest = mine.order_by(c.as_of.desc(), c.score_id.desc()).limit(1)
    before = connection.execute(held).one_or_none() or connection.execute(first).one_or_none()
    return before, connection.execute(latest).one_or_none()


def _steps(connection: Connection, record: Record, before: Row[Any, Any], after: Row[Any, Any]) -> list[Step]:
    old = as_it_was(connection, before.checksum, before.program)
    new = as_it_was(connection, after.checksum, after.program)
    then = lead_at(connection, record, old.needs, before.program, before.as_of)
    now = lead_at(connection, record, old.needs, before.program, after.as_of)
    did = replace(then, events=now.events, colleagues=now.colleagues)
    steps = [
        Step("", old, _judge(old, then, before.as_of, before.stage_was)),
        Step("time", old, _judge(old, then, after.as_of, before.stage_was)),
        Step("events", old, _judge(old, did, after.as_of, before.stage_was)),
        Step("profile", old, _judge(old, now, after.as_of, after.stage_was)),
    ]
    if new.checksum != old.checksum:
        lead = lead_at(connection, record, new.needs, after.program, after.as_of)
        steps.append(Step(_what_is_new(old, new), new, _judge(new, lead, after.as_of, after.stage_was)))
    return steps


def _judge(service: InService, lead: Any, as_of: int, stage: str) -> Judged:
    return service.scorer.judge(lead, as_of, stage if service.process.stage(stage) else None)


def _what_is_new(old: InService, new: InService) -> str:
    if old.card.agreement_hash == new.card.agreement_hash:
        return "model"
    return "agreement" if old.card.history == new.card.history else "model and agreement"


def _part(before: Step, after: Step, language: str) -> dict[str, Any]:
    """What one cause brought, the largest terms first."""
    moved = {f: told for f, told in _differences(before, after, language).items() if abs(told[1]) > SMALLEST}
    largest_first = sorted(moved.items(), key=lambda term: (-abs(term[1][1]), term[0]))
    return {
        "cause": after.cause,
        "text": words_of(language)(f"card.cause_{after.cause.replace(' ', '_')}"),
        "points": added(points for _, points in moved.values()),
        "terms": [{"fact": fact, "label": label, "points": points} for fact, (label, points) in largest_first],
    }


def _differences(before: Step, after: Step, language: str) -> dict[str, tuple[str, float]]:
    earlier, later = _points(before, language), _points(after, language)
    names = {**{n: label for n, (label, _) in earlier.items()}, **{n: label for n, (label, _) in later.items()}}
    nothing = ("", 0.0)
    return {n: (label, later.get(n, nothing)[1] - earlier.get(n, nothing)[1]) for n, label in names.items()}


def _points(step: Step, language: str) -> dict[str, tuple[str, float]]:
    """Every term's points, the base and what the bounds cut included, so that they add up to the score."""
    scored, wording = step.judged.scored, step.service.scorer.speaking(language).wording
    facts = zip(step.service.card.features, scored.points, strict=True)
    whole = {feature.name: (wording.labels[feature.name], points) for feature, points in facts}
    return whole | {"base": (wording.words("said.base"), scored.base), BOUNDS: (wording.cut, scored.cut)}


def _moment(row: Row[Any, Any]) -> dict[str, Any]:
    return {"as_of": iso(row.as_of), "score": row.score, "score_id": row.score_id, "stage": row.stage}

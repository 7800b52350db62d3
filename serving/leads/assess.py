"""Scores a stored lead and moves it to where the rules put it: the heart of every act on a lead.

All of it happens in the transaction of the act: the score with its terms, the stage, the clock, and what webhooks will
tell. The lead's row is locked by then.
"""

from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, insert

from features.errors import LeadError
from features.segments import Segment, quadrant_of
from features.stages import grade
from features.tables import Lead
from serving.leads import standing as rows
from serving.leads.announcing import scored_message, worth_telling
from serving.leads.facts import lead_at
from serving.leads.record import Record
from serving.leads.standing import Standing
from serving.leads.steps import entered
from serving.programs.service import InService
from serving.scorer import Judged
from serving.store.schema import scores
from serving.webhooks.outbox import announce

_KEPT = insert(scores).returning(scores.c.score_id)


class Assessed(NamedTuple):
    """A lead after an act: its row in the program, and what was judged (None where it cannot be scored).

    by: what judged it, where that may be something else than what serves now
    """

    standing: Standing
    judged: Judged | None
    segment: Segment | None = None
    by: InService | None = None


def assess(
    connection: Connection, service: InService, record: Record, before: Standing, at: int, cause: str
) -> Assessed:
    """Score the lead as of ``at``, let the rules move it, store both, and announce what is worth telling.

    A lead that cannot be scored keeps its last score, with the fault beside it. A closed lead is scored, but not moved.
    """
    try:
        assessed = judged_as(connection, service, record, before, at)
    except LeadError as error:
        faulty = with_fault(service, before, error)
        rows.save(connection, faulty)
        return Assessed(faulty, None)
    row = score_row(service, before, assessed, cause)
    score_id = connection.execute(_KEPT, row).scalar_one()
    done = settled(connection, service, before, assessed, score_id)
    rows.save(connection, done.standing)
    return done


def settled(
    connection: Connection, service: InService, before: Standing, assessed: Assessed, score_id: int
) -> Assessed:
    """The lead after what its new score brings: the move that the rules make, and what is announced of it.

    The standing is still to be saved.
    """
    judged = assessed.judged
    assert judged is not None
    after, at = assessed.standing._replace(score_id=score_id), judged.state.as_of
    moved = service.process.by_itself(before.place, judged)
    if moved is not None:
        after = entered(connection, service, after, moved, at + 1)
        after = after._replace(waiting_for=service.process.waiting_for(after.place, judged.decision))
    if worth_telling(service.agreement, after):
        announce(connection, scored_message(service, after, judged, at))
        after = after._replace(told_score=after.score, told_grade=after.grade)
    return Assessed(after, judged, assessed.segment)


def judged_as(connection: Connection, service: InService, record: Record, before: Standing, at: int) -> Assessed:
    """The lead's score and standing as of a moment, nothing of it stored; raises LeadError."""
    return judged_from(service, lead_at(connection, record, service.needs, service.program, at), before, at)


def judged_from(service: InService, lead: Lead, before: Standing, at: int) -> Assessed:
    """The same for a lead that has been read."""
    judged = service.scorer.judge(lead, at, stage_for(service, before))
    segment = service.segments.of(lead, judged.state.known, at, before.stage)
    return Assessed(_scored(service, before, judged, segment), judged, segment)


def with_fault(service: InService, before: Standing, error: LeadError) -> Standing:
    """The standing of a lead that cannot be scored by this scorecard."""
    return before._replace(fault=error.what, checksum=service.checksum)


def stage_for(service: InService, standing: Standing) -> str | None:
    """The stage that the rules begin with: the lead's own, unless the agreement no longer has it."""
    stage = service.process.stage(standing.stage)
    return stage.stage if stage else None


def _scored(service: InService, before: Standing, judged: Judged, segment: Segment) -> Standing:
    scored, parts, decision = judged.scored, judged.scores, judged.decision
    return before._replace(
        score=scored.score,
        probability=scored.probability,
        agreed_score=scored.agreed_score,
        disagreement=service.scorer.history_alone(judged) - scored.agreed_score,
        fit_points=parts.fit,
        interest_points=parts.interest,
        grade=grade(service.agreement, scored.score),
        trend=service.scorer.trend(judged.state),
        persona=segment.persona,
        phase=segment.phase,
        quadrant=quadrant_of(service.agreement, parts.fit, parts.interest),
        exclusion=decision.exclusion.name if decision.exclusion else "",
        waiting_for=service.process.waiting_for(before.place, decision),
        scored_at=judged.state.as_of,
        checksum=service.checksum,
        fault="",
    )


def score_row(service: InService, before: Standing, assessed: Assessed, cause: str) -> dict[str, Any]:
    """The score as it is stored, with all that it takes to compute it again."""
    judged, after = assessed.judged, assessed.standing
    assert judged is not None
    scored = judged.scored
    return {
        "lead_id": before.lead_id,
        "program": before.program,
        "as_of": judged.state.as_of,
        "cause": cause,
        "score": scored.score,
        "interval_low": scored.low,
        "interval_high": scored.high,
        "probability": scored.probability,
        "agreed_score": scored.agreed_score,
        "grade": after.grade,
        "stage_was": before.stage,
        "stage": judged.decision.stage,
        "checksum": service.checksum,
        "terms": terms_text(judged),
    }


def terms_text(judged: Judged) -> str:
    """Every term as ``[value, agreed, learned, points]``, in the order of the scorecard's facts, as JSON."""
    scored = judged.scored
    terms = zip(judged.state.values, scored.agreed, scored.learned, scored.points, strict=True)
    return orjson.dumps(list(terms)).decode()

"""A stored score computed again, from what was known then: the same bits, or an alarm."""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from features.moments import iso
from features.stages import grade
from serving.leads.assess import terms_text
from serving.leads.errors import NoSuchScore
from serving.leads.facts import lead_at
from serving.leads.gone import inputs_gone
from serving.leads.record import find
from serving.leads.standing import Standing
from serving.programs.service import InService, in_service
from serving.scorer import Judged
from serving.store.schema import scorecards, scores
from training.scorecard import decode


class Replayed(NamedTuple):
    """A stored score beside the same one computed now.

    differences: what is not the same to the last bit; because: why it cannot be, where nothing is wrong
    """

    stored: dict[str, Any]
    service: InService
    judged: Judged
    differences: list[str]
    because: str = ""

    @property
    def same(self) -> bool:
        """Whether every bit is the same."""
        return not self.differences


def replay(connection: Connection, score_id: int) -> Replayed:
    """Compute a score again; raises NoSuchScore, and LeadError where its inputs cannot be read any more."""
    row = connection.execute(select(scores).where(scores.c.score_id == score_id)).one_or_none()
    record = find(connection, row.lead_id) if row else None
    if row is None or record is None:
        raise NoSuchScore(f"there is no score {score_id}", do="GET /v1/leads/{lead_id} names the present one")
    service = as_it_was(connection, row.checksum, row.program)
    lead = lead_at(connection, record, service.needs, row.program, row.as_of)
    stage_now = row.stage_was if service.process.stage(row.stage_was) else None
    judged = service.scorer.judge(lead, row.as_of, stage_now)
    differences = _differences(row, service, judged)
    because = inputs_gone(connection, record, service.needs, row.as_of) if differences else ""
    return Replayed(_stored(row), service, judged, differences, because)


def as_it_was(connection: Connection, checksum: str, program: str) -> InService:
    """The program as it was in service with a scorecard."""
    document = connection.execute(select(scorecards.c.document).where(scorecards.c.checksum == checksum)).scalar_one()
    return _made_ready(program, checksum, document)


def as_scored(connection: Connection, service: InService, standing: Standing) -> InService:
    """What a lead's present score was computed by: its terms add up to it, those of what serves now may not."""
    stored = select(scores.c.checksum).where(scores.c.score_id == standing.score_id)
    checksum = connection.execute(stored).scalar_one_or_none() if standing.score_id is not None else None
    if checksum is None or checksum == service.checksum:
        return service
    return as_it_was(connection, checksum, service.program)


@lru_cache(maxsize=8)
def _made_ready(program: str, checksum: str, document: str) -> InService:
    return in_service(program, decode(document.encode(), checksum))


def _differences(row: Row[Any, Any], service: InService, judged: Judged) -> list[str]:
    scored = judged.scored
    again: dict[str, Any] = {
        "score": scored.score,
        "interval_low": scored.low,
        "interval_high": scored.high,
        "probability": scored.probability,
        "agreed_score": scored.agreed_score,
        "grade": grade(service.agreement, scored.score),
        "stage": judged.decision.stage,
        "terms": terms_text(judged),
    }
    return [name for name, value in again.items() if row._mapping[name] != value]


def _stored(row: Row[Any, Any]) -> dict[str, Any]:
    names = ("score_id", "lead_id", "program", "cause", "score", "probability", "grade", "stage", "checksum")
    return {name: row._mapping[name] for name in names} | {"as_of": iso(row.as_of)}

"""What webhooks tell of a lead. Its id, never who it is: a receiver that may know asks for the lead itself."""

from typing import Any

from features.agreement import Agreement
from features.moments import iso
from serving.leads.standing import Standing
from serving.process.moves import Moved, Why
from serving.programs.service import InService
from serving.scorer import Judged
from serving.webhooks.message import Message

REASONS = tuple(f"reason_{i}" for i in range(1, 6))
_TOLD = ("interval_low", "interval_high", "horizon_days", "points_to_next", "missing_for_next", "summary", *REASONS)


def worth_telling(agreement: Agreement, standing: Standing) -> bool:
    """Whether the score differs from what was last told by so many points as were agreed, or in its grade."""
    if standing.score is None:
        return False
    if standing.told_score is None or standing.grade != standing.told_grade:
        return True
    return abs(standing.score - standing.told_score) >= agreement.process.changed_points


def scored_message(service: InService, after: Standing, judged: Judged, at: int) -> Message:
    """``lead.scored``."""
    answer = service.scorer.told(judged, with_moves=False)
    data = present(after) | {name: answer[name] for name in _TOLD} | {"previous_score": after.told_score}
    versions = {name: answer[name] for name in ("model", "model_version", "agreement_version", "agreement_hash")}
    return Message("lead.scored", after.lead_id, after.program, at, data | versions)


def stage_message(service: InService, before: Standing, after: Standing, moved: Moved, why: Why, at: int) -> Message:
    """``lead.stage_changed``."""
    data = present(after) | {"stage_was": before.stage, "action": moved.action, "by": why.by, "reason": why.reason}
    next_step = stage.sla.do if (stage := service.process.stage(moved.to)) and stage.sla else ""
    return Message("lead.stage_changed", after.lead_id, after.program, at, data | {"next_step": next_step})


def recycled_message(service: InService, before: Standing, after: Standing, moved: Moved, why: Why, at: int) -> Message:
    """``lead.recycled``: sales sent the lead back, before or after having accepted it."""
    message = stage_message(service, before, after, moved, why, at)
    return message._replace(type="lead.recycled")


def sla_message(service: InService, standing: Standing, at: int) -> Message:
    """``lead.sla_due`` or ``lead.sla_breached``."""
    stage = service.process.stage(standing.stage)
    data = present(standing) | {"next_step": stage.sla.do if stage and stage.sla else ""}
    return Message(f"lead.sla_{standing.sla_state}", standing.lead_id, standing.program, at, data)


def present(standing: Standing) -> dict[str, Any]:
    """The standing as callers see it: moments as ISO 8601, empty texts where there is nothing."""
    return {
        "lead_id": standing.lead_id,
        "program": standing.program,
        "open": standing.open,
        "score": standing.score,
        "probability": standing.probability,
        "agreed_score": standing.agreed_score,
        "disagreement": standing.disagreement,
        "fit_points": standing.fit_points,
        "interest_points": standing.interest_points,
        "grade": standing.grade,
        "trend": standing.trend,
        "stage": standing.stage,
        "stage_since": iso(standing.stage_since),
        "waiting_for": standing.waiting_for,
        "owner": standing.owner,
        "assigned_to": standing.assigned_to,
        "persona": standing.persona,
        "phase": standing.phase,
        "quadrant": standing.quadrant,
        "exclusion": standing.exclusion,
        "sla_state": standing.sla_state,
        "sla_due_at": "" if standing.sla_due_at is None else iso(standing.sla_due_at),
        "scored_at": "" if standing.scored_at is None else iso(standing.scored_at),
        "score_id": standing.score_id,
        "fault": standing.fault,
    }

"""One step of a lead from stage to stage: the history row, the new clock, and who is told."""

from sqlalchemy import Connection, insert

from features.sendback import SentBack
from serving.leads.announcing import recycled_message, sla_message, stage_message
from serving.leads.standing import Standing
from serving.process.clock import started, stopped
from serving.process.moves import BACK, RULES, Moved, Why
from serving.programs.service import InService
from serving.store.schema import stage_changes
from serving.webhooks.outbox import announce

_CHANGED = insert(stage_changes)


def first_standing(connection: Connection, service: InService, lead_id: str, at: int) -> Standing:
    """The standing of a lead that is new to a program: in its first stage, not scored yet and not stored yet."""
    stage = service.process.first
    new = Standing(lead_id, service.program, True, "", at, stage.owner)
    return _in_stage(connection, service, new, Moved(stage.stage, "created"), at, RULES)


def entered(
    connection: Connection, service: InService, before: Standing, moved: Moved, at: int, why: Why = RULES
) -> Standing:
    """The standing after a move, whose row is written and of which webhooks will tell."""
    if before.sla_state != "breached" and stopped(before.clock, at) == "breached":  # nobody has seen it meanwhile
        announce(connection, sla_message(service, before._replace(sla_state="breached"), at))
    after = _in_stage(connection, service, before, moved, at, why)
    announce(connection, stage_message(service, before, after, moved, why, at))
    if moved.action in BACK:
        announce(connection, recycled_message(service, before, after, moved, why, at))
    return after


def renamed(connection: Connection, service: InService, before: Standing, at: int) -> Standing:
    """The standing in a stage that the agreement has, where the adopted one says where leads of an earlier one go."""
    to = service.process.now_called(before.stage)
    return before if to == before.stage else entered(connection, service, before, Moved(to, "agreement"), at)


def _in_stage(
    connection: Connection, service: InService, before: Standing, moved: Moved, at: int, why: Why
) -> Standing:
    row = {
        "lead_id": before.lead_id,
        "program": before.program,
        "at": at,
        "was": before.stage,
        "stage": moved.to,
        "action": moved.action,
        "reason": why.reason,
        "note": why.note,
        "by": why.by,
        "score_id": before.score_id,
        "score": before.score,
        "sla": stopped(before.clock, at),
    }
    connection.execute(_CHANGED, row)
    stage = service.process.stage(moved.to)
    clock = started(service.agreement, stage, at)
    return _sent_back(before, moved, at)._replace(
        open=service.process.is_open(moved.to),
        stage=moved.to,
        stage_since=at,
        owner=stage.owner if stage else before.owner,
        assigned_to="" if moved.action in BACK else why.assigned_to or before.assigned_to,
        waiting_for="",
        sla_state=clock.state,
        sla_remind_at=clock.remind_at,
        sla_due_at=clock.due_at,
    )


def _sent_back(before: Standing, moved: Moved, at: int) -> Standing:
    """With what is remembered of a lead that goes back to marketing."""
    if moved.action not in BACK:
        return before
    back = SentBack(before.stage, at, before.score or 0.0)
    return before._replace(sent_back_from=back.stage, sent_back_at=back.at, sent_back_score=back.score)

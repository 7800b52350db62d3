"""The SLA of a stage: by when something must have happened, counted in business hours."""

from typing import Literal, NamedTuple

from features.agreement import Agreement, Stage
from features.hours import add_business_hours

State = Literal["none", "running", "due", "breached"]


class Clock(NamedTuple):
    """remind_at: when its owner is reminded; due_at: when it is breached; moments, or None without an SLA."""

    state: State
    remind_at: int | None = None
    due_at: int | None = None


def started(agreement: Agreement, stage: Stage | None, at: int) -> Clock:
    """The clock of a lead that enters a stage."""
    if stage is None or stage.sla is None:
        return Clock("none")
    process, hours = agreement.process, stage.sla.hours
    remind_at = add_business_hours(at, hours * process.remind_share, process.business_hours)
    return Clock("running", remind_at, add_business_hours(at, hours, process.business_hours))


def stopped(clock: Clock, at: int) -> str:
    """How it ended for a lead that leaves the stage: ``kept``, ``breached``, or ``none`` where there was no SLA."""
    if clock.due_at is None:
        return "none"
    return "kept" if at <= clock.due_at else "breached"


def passed(clock: Clock, now: int) -> State:
    """What the clock shows now."""
    if clock.state == "none" or clock.due_at is None or clock.remind_at is None:
        return "none"
    if now > clock.due_at:
        return "breached"
    return "due" if now >= clock.remind_at else "running"

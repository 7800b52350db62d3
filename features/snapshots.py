"""Snapshots: a lead as it was at a moment, with what happened in the horizon after it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from features.moments import DAY
from features.tables import Lead

LOST = "Lost"


class StageChange(NamedTuple):
    """One row of the outcomes table: at a moment, a lead entered a stage."""

    at: int
    stage: str


class Snapshot(NamedTuple):
    """A lead as of a moment, and whether it converted within the horizon after it."""

    lead: Lead
    as_of: int
    converted: bool


def review_snapshots(
    leads: Iterable[Lead],
    outcomes: Mapping[str, Sequence[StageChange]],
    *,
    review_days: float,
    horizon_days: float,
    conversion_stage: str,
    lost_stage: str = LOST,
    known_until: int,
) -> list[Snapshot]:
    """One snapshot a lead, ``review_days`` after it was created, oldest first.

    Left out: leads already converted or lost by then, and those whose horizon has not fully passed at
    ``known_until``. An outcome exactly at the moment is before it; one exactly at the horizon's end counts.
    """
    closing = {conversion_stage, lost_stage}
    snapshots = []
    for lead in leads:
        as_of = (lead.created_at or 0) + round(review_days * DAY)
        until = as_of + round(horizon_days * DAY)
        changes = outcomes.get(lead.lead_id, ())
        if until > known_until or any(c.at <= as_of and c.stage in closing for c in changes):
            continue
        won = any(as_of < c.at <= until and c.stage == conversion_stage for c in changes)
        snapshots.append(Snapshot(lead, as_of, won))
    return sorted(snapshots, key=_order)


def _order(snapshot: Snapshot) -> tuple[int, str]:
    return snapshot.as_of, snapshot.lead.lead_id

"""The whole card of a lead: ``serving.leads.detail`` as a rep reads it, with what only people ask for."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection

from features.moments import DAY, moment
from serving.card.company import Company, company_of
from serving.card.rounding import TENTHS, rounded, tenths
from serving.card.sums import Sum, sum_of
from serving.card.timeline import Done, Titles, timeline_of
from serving.card.track import Track, track_of
from serving.leads.changes import changes
from serving.leads.detail import detail
from serving.leads.errors import NoSuchLead
from serving.leads.who import Who, who_is
from serving.programs.service import InService

USUAL = 7 * DAY  # for whoever looks for the first time: what a week has changed


class Change(NamedTuple):
    """What has moved the score since a moment: by how much, and each cause's part, rounded so that they add up to it.

    first: of a first visit
    """

    since: int
    first: bool
    change: float
    causes: list[dict[str, Any]]


class Card(NamedTuple):
    """All that the card shows; ``lead``: the answer of ``GET /v1/leads/{id}``; moments where it has texts.

    sum, track, changed: None where the lead was never scored, or cannot be
    ahead: the next stage, with what is missing for it; None where there is none
    moved: its stage changes, the latest first; next_step: what is to be done in its stage
    due_at: of the SLA, None without one
    """

    lead: dict[str, Any]
    who: Who
    sum: Sum | None
    track: Track | None
    changed: Change | None
    company: Company
    ahead: dict[str, Any] | None
    timeline: list[Done]
    moved: list[dict[str, Any]]
    next_step: str
    now: int
    stage_since: int
    scored_at: int | None
    due_at: int | None


def card_of(connection: Connection, service: InService, lead_id: str, now: int, since: int | None) -> Card:
    """The card as of the lead's last score, in the language that ``service`` speaks.

    since: the visit before, None for the first one. Raises NoSuchLead.
    """
    lead = detail(connection, service, lead_id, now)
    scored = lead["score"] is not None and lead["base"] is not None  # a closed lead may never have been scored
    return Card(
        lead,
        who_is(lead_id, lead["profile"]),
        sum_of(lead) if scored else None,
        track_of(lead) if scored else None,
        _changed(connection, lead, service.scorer.language, now, since) if scored else None,
        company_of(connection, lead_id, lead["account"], service.program),
        next((s for s in lead["stages"] if s["stage"] == lead["stage_next"]), None),
        timeline_of(lead["timeline"], Titles(service.agreement, service.scorer.wording.labels)),
        [move | {"at": moment(move["at"])} for move in lead["history"]],
        next((s["next_step"] for s in lead["stages"] if s["stage"] == lead["stage"]), ""),
        now,
        moment(lead["stage_since"]),
        _moment(lead, "scored_at"),
        _moment(lead, "sla_due_at"),
    )


def _changed(
    connection: Connection, lead: Mapping[str, Any], language: str, now: int, since: int | None
) -> Change | None:
    at = since if since is not None else now - USUAL
    try:
        told = changes(connection, lead["lead_id"], lead["program"], at, language)
    except NoSuchLead:  # its scores were pruned
        return None
    return change_of(told, at, first=since is None)


def change_of(told: Mapping[str, Any], since: int, *, first: bool) -> Change:
    """What ``serving.leads.changes`` tells, rounded."""
    whole = tenths(told["change"])
    parts = rounded([cause["points"] for cause in told["causes"]], whole)
    causes = [cause | {"points": part / TENTHS} for cause, part in zip(told["causes"], parts, strict=True)]
    return Change(since, first, whole / TENTHS, causes)


def _moment(lead: Mapping[str, Any], name: str) -> int | None:
    return moment(lead[name]) if lead[name] else None

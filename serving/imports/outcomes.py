"""A batch of outcomes into the store: the history of stages, and where each lead stands after the latest of them.

Nothing of it is announced: whoever sends outcomes knows them.
"""

from bisect import insort
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, select, update

from features.errors import DataError
from serving.imports.creating import add_standings
from serving.imports.events import leads_of
from serving.imports.into import ERASED, Into, Kept
from serving.imports.known import Known, moments
from serving.imports.reading import OutcomeRow
from serving.imports.refused import Refused
from serving.leads.later import mark_due
from serving.programs.service import LEADS
from serving.store.many import among, insert_many
from serving.store.schema import stage_changes, standings

IMPORTED = "import"
_NEW = 1 << 62  # beyond every stored id
_PLACE = ("open", "stage", "stage_since", "owner", "waiting_for", "sla_state", "sla_remind_at", "sla_due_at")


class Change(NamedTuple):
    """A lead entered a stage at a moment; ``order``: among changes of one moment."""

    at: int
    order: int
    stage: str


class Timeline:
    """The stage changes of a lead, in order."""

    def __init__(self, stored: Sequence[Change]) -> None:
        self.changes = sorted(stored)
        self._known = {(change.at, change.stage) for change in stored}
        self._last = self.latest

    @property
    def latest(self) -> Change | None:
        """The last change, if any."""
        return self.changes[-1] if self.changes else None

    @property
    def moved(self) -> Change | None:
        """The last change, if it is a new one."""
        return None if self.latest == self._last else self.latest

    def add(self, at: int, stage: str) -> str | None:
        """The stage that the lead came from, empty when nobody knows; None when the change is known already."""
        if (at, stage) in self._known:
            return None
        self._known.add((at, stage))
        change = Change(at, _NEW + len(self.changes), stage)
        insort(self.changes, change)
        place = self.changes.index(change)
        return self.changes[place - 1].stage if place else ""


def keep_outcomes(into: Into, rows: Sequence[OutcomeRow]) -> Kept:
    """Store a batch; raises Overtaken."""
    whose = leads_of(into, rows)
    timelines = _timelines(into, {lead.lead_id for lead in whose.values() if isinstance(lead, Known)})
    new: list[tuple[OutcomeRow, Known, str]] = []
    refused: list[Refused] = []
    for row in sorted(rows, key=lambda row: row.at):
        lead = whose[row.lead]
        if isinstance(lead, DataError):
            refused.append(Refused.of(row.row, lead, "" if lead.what == ERASED else row.lead))
            continue
        was = timelines[lead.lead_id].add(row.at, row.stage)
        if was is not None:
            new.append((row, lead, was))
    _save(into, new)
    _place(into, {lead_id: moved for lead_id, t in timelines.items() if (moved := t.moved) is not None})
    mark_due(into.connection, {lead.lead_id for _, lead, _ in new})
    return Kept(len(new), len(rows) - len(new) - len(refused), refused)


def _timelines(into: Into, lead_ids: set[str]) -> dict[str, Timeline]:
    c = stage_changes.c
    mine = (among(into.connection, c.lead_id, sorted(lead_ids)), c.program == into.service.program)
    found: dict[str, list[Change]] = {lead_id: [] for lead_id in lead_ids}
    for row in into.connection.execute(select(c.lead_id, c.at, c.id, c.stage).where(*mine)):
        found[row.lead_id].append(Change(row.at, row.id, row.stage))
    return {lead_id: Timeline(changes) for lead_id, changes in found.items()}


def _save(into: Into, new: Sequence[tuple[OutcomeRow, Known, str]]) -> None:
    scored = {lead.lead_id: lead for _, lead, _ in new if lead.scored}
    now = moments(into.connection, into.programs, list(scored.values()), into.now)
    rows = [
        {
            "lead_id": lead.lead_id,
            "program": into.service.program,
            "at": row.at,
            "was": was,
            "stage": row.stage,
            "action": IMPORTED,
            "reason": row.reason,
            "note": "",
            "by": row.by or IMPORTED,
            "sla": "none",
            "known_from": now.get(lead.lead_id),
        }
        for row, lead, was in new
    ]
    insert_many(into.connection, stage_changes, rows)


def _place(into: Into, latest: dict[str, Change]) -> None:
    """Put leads into the stages that they entered last."""
    if not latest:
        return
    programs, service, c = into.programs, into.service, standings.c
    if service.program != LEADS:
        add_standings(into, service, {lead_id: change.at for lead_id, change in latest.items()})
    rows = [_placed(into, lead_id, change) for lead_id, change in latest.items()]
    mine = update(standings).where(c.lead_id == bindparam("lead"), c.program == service.program)
    values: dict[str, ColumnElement[object]] = {name: bindparam(f"new_{name}") for name in _PLACE} | {
        "owner": func.coalesce(bindparam("new_owner"), c.owner)
    }
    into.connection.execute(mine.values(values), rows)
    if service.program == LEADS and programs.customers is not None:
        bought = {i: change.at for i, change in latest.items() if service.process.has_converted(change.stage)}
        add_standings(into, programs.customers, bought)


def _placed(into: Into, lead_id: str, change: Change) -> dict[str, object]:
    service = into.service
    stage = service.process.stage(change.stage)
    clock = into.clocks.since(service, change.stage, change.at)
    values = (
        service.process.is_open(change.stage),
        change.stage,
        change.at,
        stage.owner if stage else None,
        "",
        *clock,
    )
    return {"lead": lead_id, **{f"new_{name}": value for name, value in zip(_PLACE, values, strict=True)}}

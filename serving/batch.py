"""Leads of a file or folder as they are, to look at one by one: read as the bulk engines read them."""

import json
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import replace

from features.engines.kinds import properties_of
from features.engines.places import Place
from features.engines.plan import Plan
from features.engines.rows import ACCOUNT_FROM, VALID_FROM, EventRows, LeadRows, Rows, StageRows
from features.engines.sources import Source, Tables, opened
from features.errors import LeadError
from features.tables import Event, Lead, ProfileVersion, StageChange
from training.scorecard import Scorecard

_OF_LEADS = ["lead_id", "created", "account", "joined", "valid_from"]


def find_lead(card: Scorecard, tables: Tables, lead_id: str) -> Lead:
    """One lead with its events, its stages and its colleagues.

    Raises LeadError, with an id like it, when there is none; DataError as the engines do.
    """
    people = _people(card, tables)
    ids = _ids(people)
    if lead_id not in ids:
        near = get_close_matches(lead_id, ids, n=1, cutoff=0.9)
        do = f"did you mean '{near[0]}'?" if near else f"ids look like '{next(iter(ids), '')}'"
        raise LeadError(f"there is no lead '{lead_id}'", where=str(opened(tables.leads, "leads").name), do=do)
    account = people.filter(pc.equal(people.column("lead_id"), lead_id)).column("account")[0]
    group = _leads(tables, people.filter(pc.equal(people.column("account"), account)))
    return next(lead for lead in _with_colleagues(group) if lead.lead_id == lead_id)


def read_leads(card: Scorecard, tables: Tables) -> list[Lead]:
    """All leads with their events, stages and colleagues, in their order; raises DataError as the engines do."""
    people = _people(card, tables)
    account_of = dict(zip(people.column("lead_id").to_pylist(), people.column("account").to_pylist(), strict=True))
    groups: dict[str, list[Lead]] = {}
    for lead in _leads(tables, people):
        groups.setdefault(account_of[lead.lead_id], []).append(lead)
    whole = {lead.lead_id: lead for group in groups.values() for lead in _with_colleagues(group)}
    return [whole[lead_id] for lead_id in _ids(people)]


def _ids(people: pa.Table) -> list[str]:
    """The leads in the order of their first rows."""
    return list(dict.fromkeys(people.column("lead_id").to_pylist()))


def _with_colleagues(group: list[Lead]) -> list[Lead]:
    return [replace(x, colleagues=tuple(o for o in group if o is not x)) for x in group]


def _people(card: Scorecard, tables: Tables) -> pa.Table:
    """The table of leads: ``_OF_LEADS`` of every row, and what else stands there, as JSON text."""
    plan = Plan(card.features, card.missing_values, card.agreement)
    unread = {tables.id_column, "created_at", ACCOUNT_FROM, VALID_FROM}

    def rows(place: Place) -> Rows:
        read = LeadRows(plan, tables.id_column, tables.account, place)

        def with_profile(batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
            found = read(batch, before).select(_OF_LEADS)
            told = batch.select([name for name in batch.schema.names if name not in unread]).to_pylist()
            return found.append_column("profile", pa.array([_written(row) for row in told], pa.string()))

        return with_profile

    return _table(tables.leads, "leads", rows)


def _leads(tables: Tables, people: pa.Table) -> list[Lead]:
    """Leads with their events and stages, without their colleagues."""
    ids = people.column("lead_id").combine_chunks()
    events: dict[str, list[Event]] = {}
    events_of = Place("events")
    for row in _of(tables.events, "events", EventRows, ids):
        properties = properties_of(row["properties"], events_of, row["row"])
        event = Event(row["type"], row["t"], properties, row["event_id"], row["known"])
        events.setdefault(row["lead_id"], []).append(event)
    stages: dict[str, list[StageChange]] = {}
    for row in _of(tables.outcomes, "outcomes", StageRows, ids):
        stages.setdefault(row["lead_id"], []).append(StageChange(row["t"], row["stage"], row["known"]))
    rows_of: dict[str, list[dict[str, Any]]] = {}
    for row in people.to_pylist():
        rows_of.setdefault(row["lead_id"], []).append(row)
    return [
        Lead(
            lead_id,
            {} if _has_versions(rows) else json.loads(rows[0]["profile"]),
            tuple(events.get(lead_id, ())),
            rows[0]["created"],
            tuple(stages.get(lead_id, ())),
            versions=tuple(ProfileVersion(row["valid_from"], json.loads(row["profile"])) for row in rows)
            if _has_versions(rows)
            else (),
            account_from=rows[0]["joined"],
        )
        for lead_id, rows in rows_of.items()
    ]


def _has_versions(rows: list[dict[str, Any]]) -> bool:
    return rows[0]["valid_from"] is not None


def _of(source: Source | None, name: str, rows: Callable[[Place], Rows], ids: pa.Array) -> Iterator[Any]:
    """The rows of a table that are about these leads."""
    if source is None:
        return iter(())
    return iter(_table(source, name, rows, lambda rows: rows.filter(pc.is_in(rows.column("lead_id"), ids))).to_pylist())


def _table(
    source: Source,
    name: str,
    rows: Callable[[Place], Rows],
    chosen: Callable[[pa.RecordBatch], pa.RecordBatch] = lambda rows: rows,
) -> pa.Table:
    found = opened(source, name)
    read, before, batches = rows(found.name), 0, []
    for batch in found.batches:
        batches.append(chosen(read(batch, before)))
        before += len(batch)
    if not batches:
        return pa.table({name: pa.array([], pa.string()) for name in (*_OF_LEADS, "profile")})
    return pa.Table.from_batches(batches)


def _written(row: dict[str, Any]) -> str:
    return json.dumps(row, default=str)

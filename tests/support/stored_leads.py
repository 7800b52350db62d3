"""Leads put into the tables of the store as the lead process keeps them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection

from features.derive import account_of
from features.moments import moment
from features.tables import Lead
from serving.store import schema


class Stored(NamedTuple):
    """A lead as the store knows it.

    stays: the accounts that it was of, each with the moment since when, in their order; it still is of the last
    moves_elsewhere: its moves in another program
    """

    lead: Lead
    stays: Sequence[tuple[str, int | None]] = ()
    moves_elsewhere: Sequence[tuple[int, str]] = ()


CSV = ("leads", "events", "outcomes")
TABLES = (
    schema.past_accounts,
    schema.stage_changes,
    schema.events,
    schema.profile_versions,
    schema.leads,
    schema.agreements,
)


def put(connection: Connection, people: Iterable[Stored]) -> None:
    """Replace whatever is there by these leads, their profiles, events and changes of stage."""
    for table in TABLES:
        connection.execute(table.delete())
    for stored in people:
        _put_lead(connection, stored)


def _put_lead(connection: Connection, stored: Stored) -> None:
    lead, lead_id = stored.lead, stored.lead.lead_id
    account, since = stored.stays[-1] if stored.stays else (None, None)
    row = {"created_at": lead.created_at, "moment": 0, "profile": "{}", "account": account, "account_from": since}
    add(connection, schema.leads, lead_id=lead_id, **row)
    for (account, since), (_, until) in pairwise(stored.stays):
        add(connection, schema.past_accounts, lead_id=lead_id, account=account, since=since or 0, until=until)
    for version in lead.versions:
        row = {"valid_from": version.valid_from, "profile": json.dumps(dict(version.profile), ensure_ascii=False)}
        add(connection, schema.profile_versions, lead_id=lead_id, **row)
    for event in lead.events:
        known = event.at if event.known_from is None else event.known_from
        add(
            connection, schema.events, message_id=event.event_id, lead_id=lead_id, type=event.type, at=event.at,
            received_at=known, known_from=known, properties=json.dumps(dict(event.properties)),
        )  # fmt: skip
    for change in lead.stages:
        add_change(connection, lead_id, "leads", change.at, change.stage, change.known_from)
    for at, stage in stored.moves_elsewhere:
        add_change(connection, lead_id, "customers", at, stage)


def add_change(
    connection: Connection, lead_id: str, program: str, at: int, stage: str, known_from: int | None = None
) -> None:
    """A change of stage."""
    said = {"was": "", "action": "enter", "reason": "", "note": "", "by": "agreement", "sla": ""}
    row = {"program": program, "at": at, "stage": stage, "known_from": known_from, **said}
    add(connection, schema.stage_changes, lead_id=lead_id, **row)


def add(connection: Connection, table: Any, **row: Any) -> None:
    """A row."""
    values: Mapping[str, Any] = row
    connection.execute(table.insert().values(**values))


def put_company(connection: Connection, folder: Path) -> None:
    """The made-up company's tables, as the store keeps them: one version of every profile."""
    leads, events, outcomes = (pd.read_csv(folder / f"{name}.csv", dtype={"event_id": "str"}) for name in CSV)
    created = _moments(leads["created_at"])
    fields = leads.drop(columns=["lead_id", "created_at"])
    profiles = [
        json.dumps({k: v for k, v in row.items() if v == v}) for row in fields.astype(object).to_dict("records")
    ]
    ids = leads["lead_id"].tolist()
    accounts = [None if pd.isna(e) or not (name := account_of(e)) else f"domain:{name}" for e in leads["email"]]
    _add_all(connection, schema.leads, lead_id=ids, created_at=created, moment=created, account=accounts)
    _add_all(connection, schema.profile_versions, lead_id=ids, valid_from=created, profile=profiles)
    events = events.sort_values("at").drop_duplicates(["lead_id", "event_id"])  # as the service would, by messageId
    at = _moments(events["at"])
    properties = ["{}" if pd.isna(p) else p for p in events["properties"]]
    _add_all(
        connection, schema.events, message_id=[f"m{i}" for i in range(len(at))], lead_id=events["lead_id"].tolist(),
        type=events["type"].tolist(), at=at, received_at=at, known_from=at, properties=properties,
    )  # fmt: skip
    changed = {"lead_id": outcomes["lead_id"].tolist(), "at": _moments(outcomes["at"])}
    _add_all(
        connection, schema.stage_changes, **changed, stage=outcomes["stage"].tolist(), program=["leads"] * len(outcomes)
    )


def _moments(times: pd.Series) -> list[int]:
    return [moment(str(time)) for time in times]


def _add_all(connection: Connection, table: Any, **columns: list[Any]) -> None:
    """Rows; texts that must not be null and are not told are empty."""
    n = len(next(iter(columns.values())))
    required = [c.name for c in table.columns if not c.nullable and not c.primary_key and c.name not in columns]
    columns |= {name: [""] * n for name in required}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    connection.execute(table.insert(), rows)

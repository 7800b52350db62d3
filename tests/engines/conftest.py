"""A tiny company that stands in every kind of table, and what the reference reads of it."""

import json
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import pyarrow as pa
import pytest

from features.catalog import Feature, Source, Value, Where
from features.engines.duck import DuckEngine
from features.engines.results import Result
from features.engines.sources import Tables
from features.moments import moment
from features.reference import Reader
from features.tables import Event, Lead, StageChange

NOW = moment("2026-11-21T09:00:00Z")

LEADS = [
    {"lead_id": "1", "created_at": "2026-11-01T09:00:00Z", "title": "Head of\nIT", "staff": "320"},
    {"lead_id": "2", "created_at": "2026-11-11T09:00:00Z", "title": 'The "boss", Köln', "staff": "3.5"},
    {"lead_id": "3", "created_at": "2026-11-20T09:00:00Z", "title": None, "staff": None},
]
EVENTS = [
    {"event_id": event_id, "lead_id": lead_id, "at": at, "type": kind, "properties": properties}
    for event_id, lead_id, at, kind, properties in (
        ("e1", "1", "2026-11-20T08:59:59.5Z", "visit", {"path": "/pricing", "n": 2.0}),
        ("e1", "1", "2026-11-20T10:00:00Z", "visit", {"path": "/pricing", "n": 2.0}),
        ("e2", "2", "2026-11-19T09:00:00Z", "visit", {"path": "/a, b", "n": 0.5}),
        ("e3", "2", "2026-11-21T08:00:00Z", "visit", {"path": "/pricing/x", "n": 1.25}),
        ("e4", "2", "2026-11-18T09:00:00Z", "click", {}),
    )
]
STAGES = [
    {"lead_id": "1", "at": "2026-11-10T09:00:00Z", "stage": "MQL"},
    {"lead_id": "1", "at": "2026-11-15T09:00:00Z", "stage": "SAL"},
]


def fact(name: str, type_: Any = "number", **source: Any) -> Feature:
    return Feature(name=name, label=name, kind="interest", type=type_, source=Source(**source))


FACTS = (
    fact("title", "text", field="title"),
    fact("staff", field="staff"),
    fact("age", lead="age_days"),
    fact("stage", "text", lead="stage"),
    fact("visits", event="visit"),
    fact("pricing", event="visit", where={"path": Where(starts_with="/pricing")}, window_days=7.0),
    fact("spent", event="visit", measure="sum", property="n"),
    fact("page", "text", event="visit", measure="last", property="path"),
    fact("quiet", event="any", measure="days_since_last"),
)


def expected() -> dict[str, list[Value]]:
    """What the reference reads of the company."""
    reader = Reader(FACTS)

    def lead_of(row: dict[str, Any]) -> Lead:
        mine = row["lead_id"]
        events = tuple(
            Event(e["type"], moment(e["at"]), e["properties"], e["event_id"]) for e in EVENTS if e["lead_id"] == mine
        )
        stages = tuple(StageChange(moment(s["at"]), s["stage"]) for s in STAGES if s["lead_id"] == mine)
        profile = {"title": row["title"], "staff": row["staff"]}
        return Lead(mine, profile, events, moment(row["created_at"]), stages)

    return {row["lead_id"]: reader.read(lead_of(row), NOW) for row in LEADS}


class Company:
    """The rows of the tables, the facts to read, and what the reference reads."""

    now, facts = NOW, FACTS

    def __init__(self) -> None:
        self.leads, self.events, self.stages = deepcopy((LEADS, EVENTS, STAGES))

    def read(self, tables: Tables, **how: Any) -> dict[str, list[Any]]:
        """The values of the facts by lead, as DuckDB reads them."""
        return values(DuckEngine(threads=1, **how).read(FACTS, tables, NOW))

    def arrow(self) -> Tables:
        """The company in Arrow tables of texts."""
        events = [e | {"properties": json.dumps(e["properties"])} for e in self.events]
        return Tables(*(pa.Table.from_pylist(rows) for rows in (self.leads, events, self.stages)))


def values(results: Iterable[Result]) -> dict[str, list[Any]]:
    return {
        lead_id: list(row)
        for r in results
        for lead_id, *row in zip(r.lead_ids.to_pylist(), *(c.plain() for c in r.columns), strict=True)
    }


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture(scope="session")
def truth() -> dict[str, list[Any]]:
    """What the reference reads of the company."""
    return expected()

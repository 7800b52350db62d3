"""Leads with a row per version of their profile, and events that are known late: what is read, what is refused."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from features.catalog import Feature, Source
from features.engines.duck import DuckEngine
from features.engines.sources import Tables
from features.errors import DataError
from features.moments import moment

NOW = moment("2026-11-21T09:00:00Z")
STAFF = Feature(name="staff", label="staff", kind="fit", type="number", source=Source(field="staff"))
VISITS = Feature(name="visits", label="visits", kind="interest", type="number", source=Source(event="visit"))
COLLEAGUES = Feature(name="colleagues", label="colleagues", kind="fit", type="number", source=Source(lead="colleagues"))
ROW = {"lead_id": "1", "created_at": "2026-01-01", "firm": "a", "staff": "3", "valid_from": "2026-02-01"}
LATER = ROW | {"valid_from": "2026-03-01", "staff": "4"}


def leads(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows))


def read(table: Any, *features: Feature, **how: Any) -> list[list[Any]]:
    tables = Tables(table, account="firm", **how)
    results = DuckEngine(threads=1).read(features or (STAFF,), tables, NOW)
    return [list(row) for r in results for row in zip(*(c.plain() for c in r.columns), strict=True)]


def refusal(*rows: dict[str, Any]) -> DataError:
    with pytest.raises(DataError) as raised:
        read(leads(*rows), COLLEAGUES)
    return raised.value


def test_a_lead_is_read_once_whatever_its_versions() -> None:
    assert read(leads(LATER, ROW, ROW | {"lead_id": "2"})) == [[4.0], [3.0]]


def test_where_versions_are_no_part_of_the_contract_the_column_is_one_like_any_other() -> None:
    since = Feature(name="since", label="since", kind="fit", type="text", source=Source(field="valid_from"))
    assert read(leads(LATER), since, dated=False) == [["2026-03-01"]]


def test_two_versions_from_one_moment_on() -> None:
    error = refusal(ROW | {"lead_id": "2"}, ROW, LATER, ROW | {"staff": "5", "valid_from": "2026-02-01T00:00"})
    assert error.what == "the lead '1' has two versions from one moment on"
    assert (error.where, error.got) == ("leads, row 3 and leads, row 5", "2026-02-01T00:00:00Z")


@pytest.mark.parametrize(
    ("column", "other", "got"),
    [
        ("created_at", "2026-01-02", "2026-01-01T00:00:00Z and 2026-01-02T00:00:00Z"),
        ("created_at", None, "2026-01-01T00:00:00Z and none"),
        ("firm", "b", "a and b"),
        ("firm", None, "a and none"),
        ("account_from", "2026-01-02", "none and 2026-01-02T00:00:00Z"),
    ],
)
def test_what_is_the_same_for_all_versions(column: str, other: str | None, got: str) -> None:
    error = refusal(
        ROW | {"account_from": None}, ROW | {"account_from": None, "valid_from": "2026-03-01", column: other}
    )
    name = "account" if column == "firm" else column
    assert error.what == f"the rows of the lead '1' disagree on its {name}"
    assert (error.where, error.got) == ("leads, row 2 and leads, row 3", got)


def test_a_version_without_a_moment() -> None:
    error = refusal(ROW, LATER | {"valid_from": None})
    assert (error.what, error.where) == ("a row has no 'valid_from'", "leads, row 3, column 'valid_from'")


EVENTS = [
    {"lead_id": "1", "at": "2026-11-01T00:00:00Z", "type": "visit", "known_from": "2026-11-21T09:00:00Z"},
    {"lead_id": "1", "at": "2026-11-01T00:00:00Z", "type": "visit", "known_from": "2026-11-21T09:00:00.000001Z"},
    {"lead_id": "1", "at": "2026-11-01T00:00:00Z", "type": "visit", "known_from": None},
]


def stamps(table: pa.Table) -> pa.Table:
    """With times as DuckDB reads them itself."""
    for column in ("at", "known_from"):
        at = [None if cell is None else moment(cell) for cell in table.column(column).to_pylist()]
        times = pa.array(at, pa.int64()).cast(pa.timestamp("us", "UTC"))
        table = table.set_column(table.column_names.index(column), column, times)
    return table


@pytest.mark.parametrize("kind", ["frame", "CSV", "Parquet", "Parquet by DuckDB"])
def test_events_known_late_of_every_source(kind: str, tmp_path: Path) -> None:
    table = pa.Table.from_pylist(EVENTS)
    source: Any = table if kind == "frame" else tmp_path / ("events.csv" if kind == "CSV" else "events.parquet")
    if kind == "CSV":
        pyarrow.csv.write_csv(table, source)
    elif kind != "frame":
        pq.write_table(stamps(table) if kind == "Parquet by DuckDB" else table, source)
    assert read(leads(ROW), VISITS, events=source) == [[2.0]]


def test_a_moment_that_is_none_is_named() -> None:
    events = pa.Table.from_pylist([*EVENTS, EVENTS[0] | {"known_from": "soon"}])
    with pytest.raises(DataError) as raised:
        read(leads(ROW), VISITS, events=events)
    assert (raised.value.where, raised.value.got) == ("events, row 5, column 'known_from'", "'soon'")

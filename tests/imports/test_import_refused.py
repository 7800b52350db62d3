"""Rows that cannot be stored: each is told with its reason, and the others are stored."""

import gzip
from typing import Any

import orjson
import pytest
from brought import bring, bring_file, csv_of
from desk import HEAD_OF_IT, Desk
from sqlalchemy import select

from features.errors import DataError
from serving.imports.refused import MOST_KEPT
from serving.imports.run import Import, Order
from serving.programs.programs import NoSuchProgram
from serving.store.schema import events, imports, leads, profile_versions

KIM = {"lead_id": "L-1", "created_at": "2026-10-01T08:00:00Z"} | HEAD_OF_IT
VISIT = {"event_id": "e-1", "lead_id": "L-1", "at": "2026-10-30T10:00:00Z", "type": "page_view", "properties": None}
HUGE = "a whole number that is too large to be kept exactly"


@pytest.mark.parametrize(
    ("bad", "column", "what"),
    [
        ({"lead_id": None}, "lead_id", "a row has no 'lead_id'"),
        ({"lead_id": "x" * 201}, "lead_id", "too long for a name"),
        ({"lead_id": "L\0"}, "lead_id", "a text with the character NUL"),
        ({"lead_id": "L\udcff"}, "lead_id", "bytes that are no text"),
        ({"job_title": "Head\0"}, "job_title", "a text with the character NUL"),
        ({"job_title": "Head \udced\udca0\udc80"}, "job_title", "bytes that are no text"),
        ({"job_title": "x" * 32_001}, "profile", "too much for one row"),
        ({"created_at": None}, "created_at", "a row has no 'created_at'"),
        ({"created_at": "yesterday"}, "created_at", "not a moment in time"),
        ({"created_at": "2026-13-01"}, "created_at", "not a moment in time"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "created_at", "not a moment in time"),
        ({"created_at": "2026-11-03T00:00:00Z"}, "created_at", "a moment that has not come yet"),
        ({"created_at": "2026-10-01T08:00:00"}, "created_at", "some times name their zone and others do not"),
    ],
)
def test_a_row_of_leads_is_refused_and_the_others_are_stored(
    desk: Desk, bad: dict[str, Any], column: str, what: str
) -> None:
    told = bring(desk, "leads", [KIM, KIM | {"lead_id": "L-2"} | bad, KIM | {"lead_id": "L-3"}])
    assert (told.totals, told.why()) == ((3, 2, 0, 1), [(3, column, what)])
    assert [row["lead_id"] for row in desk.rows(leads)] == ["L-1", "L-3"]


@pytest.mark.parametrize(
    ("bad", "column", "what"),
    [
        ({"type": None}, "type", "a row has no 'type'"),
        ({"at": "2026-11-02T09:00:00.000001Z"}, "at", "a moment that has not come yet"),
        ({"properties": "[1]"}, "properties", "an event's properties are no JSON object"),
        ({"properties": '{"a": NaN}'}, "properties", "an event's properties are no JSON object"),
        ({"properties": '{"a": 1e999}'}, "properties", "an event's properties are no JSON object"),
        ({"properties": r'{"a": "\ud800"}'}, "properties", "an event's properties are no JSON object"),
        ({"properties": '{"a":' * 5_000}, "properties", "an event's properties are no JSON object"),
        ({"properties": '{"a": 18446744073709551616}'}, "properties", HUGE),
        ({"properties": '{"a": "' + "x" * 32_000 + '"}'}, "properties", "too much for one row"),
        ({"event_id": "\0"}, "event_id", "a text with the character NUL"),
        ({"lead_id": "nobody"}, "lead_id", "there is no such lead"),
    ],
)  # fmt: skip
def test_a_row_of_events_is_refused_and_the_others_are_stored(
    desk: Desk, bad: dict[str, Any], column: str, what: str
) -> None:
    bring(desk, "leads", [KIM])
    told = bring(desk, "events", [VISIT, VISIT | {"event_id": "e-2"} | bad, VISIT | {"event_id": "e-3"}])
    assert (told.totals, told.why()) == ((3, 2, 0, 1), [(3, column, what)])


def test_properties_with_an_escaped_nul_are_kept(desk: Desk) -> None:
    bring(desk, "events", [VISIT | {"properties": r'{"a": "\u0000"}'}], create=True)
    assert orjson.loads(desk.rows(events)[0]["properties"]) == {"a": "\0"}


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_a_number_without_bounds_is_refused(desk: Desk, value: float) -> None:
    told = bring(desk, "leads", [KIM | {"employees": value}], "parquet")
    assert told.why() == [(2, "employees", "not a usable number")]


def test_nan_is_nothing_and_the_largest_numbers_are_kept(desk: Desk) -> None:
    rows = [KIM | {"employees": value, "lead_id": f"L-{i}"} for i, value in enumerate((float("nan"), 1.7e308))]
    assert bring(desk, "leads", rows, "parquet").totals.stored == 2
    kept = [orjson.loads(row["profile"]).get("employees") for row in desk.rows(profile_versions)]
    assert kept == [None, 1.7e308]


def test_times_of_parquet_may_not_be_numbers(desk: Desk) -> None:
    told = bring(desk, "leads", [KIM | {"created_at": 1_790_841_600}], "parquet")
    assert told.why() == [(2, "created_at", "not a moment in time")]


def test_a_row_with_cells_too_few_or_too_many_is_refused_and_those_after_it_are_read(desk: Desk) -> None:
    text = b'lead_id,created_at,title\nL-1,2026-01-01\n\nL-2,2026-01-01,a\nL-3,2026-01-01,a,b\nL-4,2026-01-01,"x\ny"\n'
    told = bring_file(desk, "leads", text)
    assert told.why() == [(2, "", "cells too few or too many"), (4, "", "cells too few or too many")]
    assert [row["lead_id"] for row in desk.rows(leads)] == ["L-2", "L-4"]


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(desk: Desk) -> None:
    rows = b"".join(b"L-%d,2026-01-01,a\n" % i for i in range(20_000))
    told = bring_file(desk, "leads", b'lead_id,created_at,title\nL-a,2026-01-01,a\nL-b,2026-01-01,"open\n' + rows)
    assert told.totals.stored > 10_000
    assert (told.refused[0].row, told.refused[0].what) == (3, "a row that cannot be read")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_may_begin_with_a_mark_and_separate_otherwise(desk: Desk, separator: str) -> None:
    lines = [["lead_id", "created_at", "title"], ["L-1", "2026-01-01", " Müller "]]
    text = "\ufeff" + "\r\n".join(separator.join(line) for line in lines)
    assert bring_file(desk, "leads", text.encode()).totals.stored == 1
    assert orjson.loads(desk.rows(profile_versions)[0]["profile"]) == {"title": "Müller"}


@pytest.mark.parametrize(
    ("content", "kind", "what"),
    [
        (b"", "csv", "the file is empty"),
        (b"created_at\n2026-01-01\n", "csv", "the column 'lead_id' is not in the table"),
        (b"lead_id,created_at,a,a\n", "csv", "the column 'a' stands twice"),
        (b"lead_id,created_at\n", "csv.gz", "cannot read the file"),
        (b"lead_id,created_at\n", "parquet", "cannot read the file"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_as_a_whole(desk: Desk, content: bytes, kind: Any, what: str) -> None:
    with pytest.raises(DataError) as raised:
        bring_file(desk, "leads", content, kind)
    assert raised.value.what == what
    assert desk.rows(imports) == []


def test_a_file_that_breaks_off_leaves_what_came_before_and_says_so(desk: Desk) -> None:
    rows = [KIM | {"lead_id": f"L-{i}", "job_title": str(i * 7919)} for i in range(20_000)]
    packed = gzip.compress(csv_of(rows))
    with pytest.raises(DataError, match="cannot read the file"):
        bring_file(desk, "leads", packed[: len(packed) // 2], "csv.gz")
    (row,) = desk.rows(imports)
    assert orjson.loads(row["fault"])["what"] == "cannot read the file"
    assert row["ended_at"] is not None
    assert 0 < row["stored"] == len(desk.rows(leads)) < 20_000
    assert row["stored"] % 1_000 == 0


def test_a_report_holds_the_first_thousand_and_counts_all(desk: Desk) -> None:
    told = bring(desk, "leads", [KIM | {"lead_id": None}] * (MOST_KEPT + 500))
    (row,) = desk.rows(imports)
    assert (row["refused"], len(orjson.loads(row["report"]))) == (MOST_KEPT + 500, MOST_KEPT)
    assert len(told.refused) == MOST_KEPT + 500


def test_a_program_that_is_not_there_is_said(desk: Desk) -> None:
    with pytest.raises(NoSuchProgram):
        bring(desk, "outcomes", [], program="customers")


def test_stopping_leaves_whole_batches_and_importing_again_completes_them(desk: Desk) -> None:
    import io
    from threading import Event

    stop, content = Event(), csv_of([KIM | {"lead_id": f"L-{i}"} for i in range(50)])
    one = Import(
        desk.store, desk.programs, io.BytesIO(content), Order("leads", "csv", "leads.csv", "me"),
        clock=lambda: desk.now, told=lambda _: stop.set(), batch=10,
    )  # fmt: skip
    desk.store.write(one.begin)
    with pytest.raises(DataError, match="stopped before the end"):
        one.run(stop=stop)
    assert len(desk.store.read(lambda c: c.execute(select(leads)).all())) == 10
    assert bring_file(desk, "leads", content).totals == (50, 40, 10, 0)

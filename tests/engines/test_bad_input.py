"""Bad input is refused by name, row and column, and nothing is left behind."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from features.catalog import Feature, Source
from features.engines.databases import Query
from features.engines.duck import DuckEngine
from features.engines.sources import Tables
from features.errors import DataError
from features.moments import moment

NOW = moment("2026-11-21T09:00:00Z")
SOON = "2026-11-21T09:00:00.000001Z"


def fact(name: str, type_: Any = "number", **source: Any) -> Feature:
    return Feature(name=name, label=name, kind="interest", type=type_, source=Source(**source))


STAFF = fact("staff", field="staff")
VISITS = fact("visits", event="visit")
SPENT = fact("spent", event="visit", measure="sum", property="n")
MOST = fact("most", event="visit", measure="max", property="n")
LAST = fact("last", event="visit", measure="last", property="n")
STAGE = fact("stage", "text", lead="stage")
PAGES = fact("pages", event="visit", measure="distinct", property="path")

LEADS = {"lead_id": ["1", "2"], "created_at": ["2026-11-01", "2026-11-02"], "staff": ["7", None]}
EVENTS = {
    "event_id": ["a", "b", "c"],
    "lead_id": ["1", "2", "2"],
    "at": ["2026-11-03T10:00:00Z"] * 3,
    "type": ["visit"] * 3,
    "properties": ['{"n": 1}', None, "{}"],
}
STAGES = {"lead_id": ["1"], "at": ["2026-11-03"], "stage": ["MQL"]}


def csv_file(table: pa.Table, file: Path) -> Path:
    pyarrow.csv.write_csv(table, written := file.with_suffix(".csv"))
    return written


def parquet_file(table: pa.Table, file: Path) -> Path:
    pq.write_table(table, written := file.with_suffix(".parquet"))
    return written


def native_file(table: pa.Table, file: Path) -> Path:
    """A file that DuckDB reads itself, where its times can be told."""
    if "at" in table.column_names:
        at = [None if cell is None else moment(cell) for cell in table.column("at").to_pylist()]
        stamps = pa.array(at, pa.int64()).cast(pa.timestamp("us", "UTC"))
        table = table.set_column(table.column_names.index("at"), "at", stamps)
    return parquet_file(table, file)


def table_of(columns: dict[str, Any], **changed: Any) -> pa.Table:
    columns = columns | changed
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items() if values is not None})


@pytest.fixture
def spill(tmp_path: Path) -> Iterator[Path]:
    """A folder to spill to, which is empty afterwards."""
    (folder := tmp_path / "spill").mkdir()
    yield folder
    assert list(folder.iterdir()) == []


Refused = Callable[..., DataError]


@pytest.fixture
def refused(tmp_path: Path, spill: Path) -> Refused:
    """Reads tables, which are refused."""

    def read(
        kind: Callable[[pa.Table, Path], Path],
        leads: pa.Table | None = None,
        events: pa.Table | None = None,
        stages: pa.Table | None = None,
        facts: tuple[Feature, ...] = (STAFF, VISITS, STAGE),
        **how: Any,
    ) -> DataError:
        tables = Tables(
            kind(table_of(LEADS) if leads is None else leads, tmp_path / "leads"),
            kind(table_of(EVENTS) if events is None else events, tmp_path / "events"),
            kind(table_of(STAGES) if stages is None else stages, tmp_path / "stages"),
        )
        return refusal(tables, facts, spill=spill, **how)

    return read


def refusal(tables: Tables, facts: tuple[Feature, ...] = (VISITS,), spill: Path | None = None, **how: Any) -> DataError:
    threads = threading.active_count()
    with pytest.raises(DataError) as raised:
        list(DuckEngine(threads=1, spill=spill).read(facts, tables, how.pop("moments", NOW), **how))
    assert threading.active_count() == threads
    return raised.value


KINDS = [csv_file, parquet_file, native_file]
both = pytest.mark.parametrize("kind", KINDS, ids=["CSV", "Parquet", "Parquet by DuckDB"])
as_text = pytest.mark.parametrize("kind", KINDS[:2], ids=["CSV", "Parquet"])


def ending(kind: Any) -> str:
    return ".csv" if kind is csv_file else ".parquet"


# --- columns and cells


@both
def test_a_column_of_events_that_is_not_there(kind: Any, refused: Refused) -> None:
    events = table_of(EVENTS).rename_columns(["event_id", "lead_id", "at", "typ", "properties"])
    error = refused(kind, events=events)
    assert error.what == "the column 'type' is not in the table"
    assert (error.where, error.do) == (f"events{ending(kind)}", "did you mean 'typ'?")


@both
def test_the_id_column_that_is_not_there(kind: Any, refused: Refused) -> None:
    error = refused(kind, leads=table_of(LEADS).rename_columns(["LeadId", "created_at", "staff"]))
    assert error.what == "the column 'lead_id' is not in the table"
    assert (error.where, error.do) == (f"leads{ending(kind)}", "did you mean 'LeadId'?")


def test_two_columns_of_one_name(tmp_path: Path, spill: Path) -> None:
    (file := tmp_path / "leads.csv").write_text("lead_id,staff,staff\n1,2,3\n")
    error = refusal(Tables(file), (STAFF,), spill)
    assert (error.what, error.where) == ("the column 'staff' stands twice", "leads.csv")


@both
@pytest.mark.parametrize("column", ["lead_id", "at", "type"])
def test_an_empty_cell_of_an_event(kind: Any, column: str, refused: Refused) -> None:
    cells = [*EVENTS[column][:2], None]
    error = refused(kind, events=table_of(EVENTS, **{column: cells}))
    assert error.what == f"a row has no '{column}'"
    assert error.where == f"events{ending(kind)}, row 4, column '{column}'"


@both
def test_a_profile_value_that_is_no_number(kind: Any, refused: Refused) -> None:
    error = refused(kind, leads=table_of(LEADS, staff=["7", "many"]))
    assert error.what == "'staff' cannot be read as a number"
    assert (error.where, error.got) == (f"leads{ending(kind)}, row 3, column 'staff'", "'many'")


@both
def test_a_lead_that_stands_twice(kind: Any, refused: Refused) -> None:
    leads = table_of({"lead_id": ["1", "2", "3", "2", "2"]})
    error = refused(kind, leads=leads)
    file = f"leads{ending(kind)}"
    assert (error.what, error.where) == ("the lead '2' stands twice", f"{file}, row 3 and {file}, row 5")


@both
@pytest.mark.parametrize("table", ["events", "stages"])
def test_leads_that_are_not_in_the_table_of_leads(kind: Any, table: str, refused: Refused) -> None:
    columns = EVENTS if table == "events" else STAGES
    rows = {name: [*cells, cells[0], cells[0], cells[0]] for name, cells in columns.items()}
    rows["lead_id"] = [*columns["lead_id"], "8", "7", "8"]
    error = refused(kind, **{table: table_of(rows)})
    first = len(columns["lead_id"]) + 2
    assert error.what == "2 lead(s) stand here but not in the table of leads"
    assert error.where == f"{table}{ending(kind)}, row {first}, column 'lead_id'"
    assert error.got == "such as 8"


# --- times


@as_text
def test_times_with_and_without_their_zone(kind: Any, refused: Refused) -> None:
    at = ["2026-11-03T10:00:00+01:00", "2026-11-03T10:00:00Z", "2026-11-03 10:00"]
    error = refused(kind, events=table_of(EVENTS, at=at))
    assert error.what == "some times name their zone and others do not"
    assert error.where == f"events{ending(kind)}, row 4, column 'at'"
    assert error.got == "'2026-11-03 10:00', without a zone, unlike those before it"


def test_all_offsets_may_differ(tmp_path: Path, spill: Path) -> None:
    at = ["2026-11-20T10:00:00+01:00", "2026-11-20T10:00:00Z", "2026-11-20T10:00:00-0530"]
    tables = Tables(table_of(LEADS), csv_file(table_of(EVENTS, at=at), tmp_path / "events"))
    (result,) = DuckEngine(threads=1).read([VISITS], tables, NOW)
    assert result.columns[0].plain() == [1.0, 2.0]


MANY = 200_000  # rows: more than one batch of any reader


@as_text
@pytest.mark.parametrize("wrong", ["2026-11-03T10:00:00Z", "soon"])
def test_a_wrong_time_beyond_the_first_batch(kind: Any, wrong: str, refused: Refused) -> None:
    rows = {"lead_id": ["1"] * MANY, "at": ["2026-11-03 10:00"] * MANY, "type": ["visit"] * MANY}
    rows["at"][MANY - 7] = wrong
    error = refused(kind, events=table_of(rows))
    assert error.where == f"events{ending(kind)}, row {MANY - 7 + 2}, column 'at'"
    assert wrong in error.got


def test_the_part_of_a_folder_is_named(tmp_path: Path, spill: Path) -> None:
    (folder := tmp_path / "events").mkdir()
    for i, at in enumerate(["2026-11-03", "2026-11-04", "soon"]):
        pq.write_table(table_of(EVENTS, at=[at] * 3), folder / f"part-{i}.parquet")
    error = refusal(Tables(table_of(LEADS), folder), spill=spill)
    assert error.where == "events/part-2.parquet, row 2, column 'at'"


def test_parts_whose_times_are_of_different_kinds(tmp_path: Path, spill: Path) -> None:
    (folder := tmp_path / "events").mkdir()
    for i, zone in enumerate(["UTC", None]):
        at = pa.array([NOW] * 3, pa.int64()).cast(pa.timestamp("us", zone))
        pq.write_table(table_of(EVENTS).set_column(2, "at", at), folder / f"part-{i}.parquet")
    error = refusal(Tables(table_of(LEADS), folder), spill=spill)
    assert error.where == "events/part-1.parquet, row 2, column 'at'"


def test_a_frame_of_times_with_and_without_their_zone(spill: Path) -> None:
    at = [pd.Timestamp("2026-11-03T10:00Z"), pd.Timestamp("2026-11-03T10:00"), pd.NaT]
    events = pd.DataFrame({"lead_id": ["1", "2"], "at": pd.Series(at[:2], dtype=object), "type": "visit"})
    error = refusal(Tables(table_of(LEADS), events), spill=spill)
    assert error.where == "events, row 3, column 'at'"
    assert error.what == "some times name their zone and others do not"


@both
def test_a_lead_made_at_no_time(kind: Any, refused: Refused) -> None:
    error = refused(kind, leads=table_of(LEADS, created_at=["2026-11-01", "01.11.2026"]))
    assert error.what == "not a moment in time"
    assert (error.where, error.got) == (f"leads{ending(kind)}, row 3, column 'created_at'", "'01.11.2026'")


@both
def test_an_event_that_has_not_come_yet(kind: Any, refused: Refused) -> None:
    error = refused(kind, events=table_of(EVENTS, at=[*EVENTS["at"][:2], SOON]), until=NOW)
    assert error.what == "a moment that has not come yet"
    assert (error.where, error.got) == (f"events{ending(kind)}, row 4, column 'at'", SOON)


def test_a_time_out_of_all_years(tmp_path: Path, spill: Path) -> None:
    at = pa.array([NOW, NOW, 2**60], pa.int64()).cast(pa.timestamp("us"))
    file = parquet_file(table_of(EVENTS).set_column(2, "at", at), tmp_path / "events")
    error = refusal(Tables(table_of(LEADS), file), spill=spill)
    assert (error.where, error.allowed) == ("events.parquet, row 4, column 'at'", "the years 1 to 9999")


# --- properties


@both
@pytest.mark.parametrize(
    "wrong", ["{'path': '/a'}", "[1]", "7", "[" * 100_000], ids=["quotes", "list", "number", "deep"]
)
def test_properties_that_are_no_object(kind: Any, wrong: str, refused: Refused) -> None:
    error = refused(kind, events=table_of(EVENTS, properties=[None, "{}", wrong]))
    assert error.what == "an event's properties are no JSON object"
    assert error.where == f"events{ending(kind)}, row 4, column 'properties'"


@both
@pytest.mark.parametrize("of", [SPENT, MOST, LAST], ids=["sum", "max", "last"])
@pytest.mark.parametrize("wrong", ['"many"', "true", "[1]", "1e16"])
def test_a_property_that_is_no_number(kind: Any, of: Feature, wrong: str, refused: Refused) -> None:
    error = refused(kind, events=table_of(EVENTS, properties=[None, "{}", f'{{"n": {wrong}}}']), facts=(of,))
    assert error.what == "the property 'n' cannot be read as a number"
    assert error.where == f"events{ending(kind)}, row 4, column 'properties'"


# --- files, databases, snapshots


def test_a_row_of_a_csv_file_with_a_cell_too_few(tmp_path: Path, spill: Path) -> None:
    rows = ["lead_id,staff", *(f'{i},"a\nb"' for i in range(MANY)), "broken", "9999999,1"]
    (file := tmp_path / "leads.csv").write_text("\n".join(rows))
    error = refusal(Tables(file), spill=spill)
    assert (error.what, error.where) == ("cannot read the table", f"{file}, row {MANY + 2}")


def test_a_csv_file_that_is_no_utf_8(tmp_path: Path, spill: Path) -> None:
    (file := tmp_path / "leads.csv").write_bytes("lead_id,city\n1,Bonn\n2,Köln\n".encode("latin-1"))
    error = refusal(Tables(file), spill=spill)
    assert (error.what, error.where) == ("cannot read the table", f"{file}, row 3")


@pytest.mark.parametrize("name", ["events.csv", "events.csv.gz", "events.parquet"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00hello" * 9], ids=["empty", "noise"])
def test_a_file_that_is_not_what_its_name_says(name: str, content: bytes, tmp_path: Path, spill: Path) -> None:
    (file := tmp_path / name).write_bytes(content)
    error = refusal(Tables(table_of(LEADS), file), spill=spill)
    assert error.what == "cannot read the table"
    assert error.where.startswith(str(file))


@both
def test_a_parquet_file_damaged_in_the_middle(kind: Any, tmp_path: Path, spill: Path) -> None:
    table = table_of(
        {"lead_id": [str(i * 7919) for i in range(MANY)], "at": ["2026-11-03"] * MANY, "type": ["x"] * MANY}
    )
    file = kind(table, tmp_path / "events")
    content = bytearray(file.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 2000] = b"\xff" * 2000
    file.write_bytes(content)
    error = refusal(Tables(table_of(LEADS), file), spill=spill)
    assert (error.what, error.where.startswith((str(file), file.name))) == ("cannot read the table", True)


@pytest.mark.parametrize("name", ["leads.xlsx", "leads", "leads.CSV.zip"])
def test_an_unknown_kind_of_file(name: str, tmp_path: Path, spill: Path) -> None:
    (file := tmp_path / name).touch()
    error = refusal(Tables(file), spill=spill)
    assert (error.what, error.where) == ("unknown kind of file", str(file))
    assert ".parquet" in error.allowed


def test_no_such_file(tmp_path: Path, spill: Path) -> None:
    error = refusal(Tables(tmp_path / "leads.csv"), spill=spill)
    assert (error.what, error.where) == ("there is no such file", str(tmp_path / "leads.csv"))


def test_an_empty_folder(tmp_path: Path, spill: Path) -> None:
    (folder := tmp_path / "parts").mkdir()
    assert refusal(Tables(folder), spill=spill).what == "the folder holds no Parquet file"


def test_what_is_no_table(spill: Path) -> None:
    error = refusal(Tables(["lead_id"]), spill=spill)
    assert (error.what, error.where, error.got) == ("no table that can be read", "leads", "list")


DATABASES = {
    "no such file": ("sqlite:///{folder}/no.db", "SELECT 1"),
    "no such table": ("sqlite:///{folder}/crm.db", "SELECT * FROM nowhere"),
    "no such server": ("postgresql+psycopg://nobody:secret@127.0.0.1:1/crm", "SELECT 1"),
    "no such kind": ("oracool://x", "SELECT 1"),
    "no URL": ("crm", "SELECT 1"),
    "no query": ("sqlite:///{folder}/crm.db", "SELEKT 1"),
    "no rows": ("sqlite:///{folder}/crm.db", "CREATE TABLE x (y)"),
}


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_that_cannot_be_read(kind: str, tmp_path: Path, spill: Path) -> None:
    (tmp_path / "crm.db").touch()
    url, query = DATABASES[kind]
    error = refusal(Tables(Query(url.format(folder=tmp_path), query)), spill=spill)
    assert error.where == "leads"
    assert error.what in ("cannot read from the database", "there is no such file")
    assert "secret" not in str(error)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["crm.db", "spill"]


def test_a_query_that_fails_in_the_middle(postgres: str, spill: Path) -> None:
    query = f"SELECT i::text AS lead_id, 1 / ({MANY} - i) AS staff FROM generate_series(1, {MANY}) AS n(i)"
    error = refusal(Tables(Query(postgres, query)), (STAFF,), spill)
    assert (error.what, error.where) == ("cannot read from the database", "leads")
    assert "division by zero" in error.got


def test_snapshots_of_leads_that_are_not_there(spill: Path) -> None:
    asked = pa.table({"lead_id": ["1", "3", "4"], "as_of": [NOW] * 3})
    error = refusal(Tables(table_of(LEADS)), spill=spill, moments=asked)
    assert error.where == "snapshots, row 3, column 'lead_id'"


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"lead_id": ["1"], "at": [NOW]}, "snapshots"),
        ({"lead_id": ["1", "2"], "as_of": pa.array([NOW, None])}, "snapshots, row 3, column 'as_of'"),
        ({"lead_id": ["1", "2"], "as_of": ["2026-11-03", "soon"]}, "snapshots, row 3, column 'as_of'"),
        ({"lead_id": pa.array(["1", None]), "as_of": [NOW, NOW]}, "snapshots, row 3, column 'lead_id'"),
    ],
    ids=["no column", "no moment", "no time", "no lead"],
)
def test_snapshots_that_cannot_be_read(asked: dict[str, Any], where: str, spill: Path) -> None:
    assert refusal(Tables(table_of(LEADS)), spill=spill, moments=pa.table(asked)).where == where

"""A company reads the same from wherever its tables are."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import sqlalchemy

from features.engines.databases import Query
from features.engines.duck import DuckEngine, read_frame
from features.engines.files import BATCH
from features.engines.frames import array_of
from features.engines.sources import Tables, opened
from features.errors import DataError

# --- CSV


def as_csv(rows: list[dict[str, Any]], delimiter: str = ",", ends: str = "\n") -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator=ends)
    writer.writeheader()
    writer.writerows({k: json.dumps(v) if isinstance(v, dict) else v for k, v in row.items()} for row in rows)
    return text.getvalue()


def csv_tables(company: Any, folder: Path, written: Callable[[str], bytes], ending: str = ".csv", **how: Any) -> Tables:
    files = []
    for name in ("leads", "events", "stages"):
        file = folder / f"{name}{ending}"
        file.write_bytes(written(as_csv(getattr(company, name), **how)))
        files.append(file)
    return Tables(*files)


CSV: dict[str, tuple[Callable[[str], bytes], dict[str, str]]] = {
    "comma": (str.encode, {}),
    "semicolon": (str.encode, {"delimiter": ";"}),
    "tab": (str.encode, {"delimiter": "\t"}),
    "CRLF": (str.encode, {"ends": "\r\n"}),
    "BOM": (lambda text: text.encode("utf-8-sig"), {}),
    "gzip": (lambda text: gzip.compress(text.encode()), {"ending": ".csv.gz"}),
    "cells of spaces": (lambda text: text.replace(",,", ",  ,").encode(), {}),
    "spaces around cells": (lambda text: text.replace(",visit,", ", visit ,").encode(), {}),
}


@pytest.mark.parametrize("kind", CSV)
def test_csv(kind: str, company: Any, truth: Any, tmp_path: Path) -> None:
    written, how = CSV[kind]
    assert company.read(csv_tables(company, tmp_path, written, **how)) == truth


def test_an_empty_csv_table_holds_no_rows(company: Any, tmp_path: Path) -> None:
    tables = csv_tables(company, tmp_path, str.encode)
    (tmp_path / "events.csv").write_text("lead_id,at,type\n")
    read = company.read(tables)
    assert [row[4] for row in read.values()] == [0, 0, 0]


def test_a_company_without_leads_reads_as_nothing(company: Any, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id,title\n")
    assert company.read(Tables(tmp_path / "leads.csv")) == {}


# --- Parquet and Arrow

TEXT, STAMPS = pa.string(), {"created_at", "at"}
KINDS: dict[str, Callable[[str, pa.Array], pa.Array]] = {
    "texts": lambda name, column: column,
    "large texts": lambda name, column: column.cast(pa.large_string()),
    "texts that are views": lambda name, column: column.cast(pa.string_view()),
    "dictionaries": lambda name, column: column.dictionary_encode(),
    "microseconds": lambda name, column: stamped(name, column, pa.timestamp("us")),
    "milliseconds": lambda name, column: stamped(name, column, pa.timestamp("ms")),
    "nanoseconds": lambda name, column: stamped(name, column, pa.timestamp("ns")),
    "microseconds, UTC": lambda name, column: stamped(name, column, pa.timestamp("us", "UTC")),
    "milliseconds, UTC": lambda name, column: stamped(name, column, pa.timestamp("ms", "UTC")),
    "nanoseconds, UTC": lambda name, column: stamped(name, column, pa.timestamp("ns", "UTC")),
    "microseconds, Berlin": lambda name, column: stamped(name, column, pa.timestamp("us", "Europe/Berlin")),
    "structures": lambda name, column: properties(name, column, pa.struct({"path": TEXT, "n": pa.float64()})),
    "maps": lambda name, column: properties(name, column, pa.map_(TEXT, TEXT)),
    "numbers": lambda name, column: column.cast(pa.int32()) if name == "lead_id" else column,
    "decimals": lambda name, column: column.cast(pa.decimal128(8, 2)) if name == "staff" else column,
    "floats": lambda name, column: column.cast(pa.float64()) if name in ("lead_id", "staff") else column,
}


def stamped(name: str, column: pa.Array, kind: pa.DataType) -> pa.Array:
    if name not in STAMPS:
        return column
    utc = column.cast(pa.timestamp("ns", "UTC"))
    return (
        utc.cast(pa.timestamp("ns", kind.tz)).cast(kind)
        if kind.tz
        else utc.cast(pa.int64()).cast("timestamp[ns]").cast(kind)
    )


def properties(name: str, column: pa.Array, kind: pa.DataType) -> pa.Array:
    if name != "properties":
        return column
    read = [json.loads(text) for text in column.to_pylist()]
    return pa.array([list(p.items()) if pa.types.is_map(kind) else p for p in stringed(read, kind)], kind)


def stringed(read: list[dict[str, Any]], kind: pa.DataType) -> list[dict[str, Any]]:
    return [{k: str(v) for k, v in p.items()} for p in read] if pa.types.is_map(kind) else read


def arrow_tables(company: Any, kind: str) -> list[pa.Table]:
    def turned(table: pa.Table) -> pa.Table:
        columns = [KINDS[kind](name, table.column(name).combine_chunks()) for name in table.column_names]
        return pa.table(columns, names=table.column_names)

    return [turned(table) for table in company.arrow()[:3]]


@pytest.mark.parametrize("kind", KINDS)
def test_arrow_tables(kind: str, company: Any, truth: Any) -> None:
    assert company.read(Tables(*arrow_tables(company, kind))) == truth


@pytest.mark.parametrize("kind", KINDS)
def test_parquet(kind: str, company: Any, truth: Any, tmp_path: Path) -> None:
    assert company.read(parquet_tables(company, kind, tmp_path)) == truth


def parquet_tables(company: Any, kind: str, folder: Path) -> Tables:
    files = []
    for name, table in zip(("leads", "events", "stages"), arrow_tables(company, kind), strict=True):
        pq.write_table(table, file := folder / f"{name}.parquet")
        files.append(file)
    return Tables(*files)


def test_a_path_with_the_signs_of_a_pattern_is_one_file(company: Any, truth: Any, tmp_path: Path) -> None:
    (folder := tmp_path / "it's [1]*").mkdir()
    assert company.read(parquet_tables(company, "microseconds", folder)) == truth


def test_a_folder_of_parquet_parts(company: Any, truth: Any, tmp_path: Path) -> None:
    folders = []
    for name, table in zip(("leads", "events", "stages"), arrow_tables(company, "microseconds"), strict=True):
        (folder := tmp_path / name).mkdir()
        for i in range(len(table)):
            pq.write_table(table.slice(i, 1), folder / f"part-{i:03}.parquet")
        folders.append(folder)
    assert company.read(Tables(*folders)) == truth


def test_tables_without_event_ids_and_properties(company: Any, tmp_path: Path) -> None:
    leads, events, stages = arrow_tables(company, "microseconds")
    pq.write_table(events.drop_columns(["event_id", "properties"]), tmp_path / "events.parquet")
    read = company.read(Tables(leads, tmp_path / "events.parquet", stages))
    assert [row[4] for row in read.values()] == [2, 2, 0]


# --- frames


def pandas_frames(company: Any) -> list[pd.DataFrame]:
    return [pd.DataFrame(rows) for rows in (company.leads, company.events, company.stages)]


def polars_frames(company: Any) -> list[pl.DataFrame]:
    return [pl.DataFrame(rows, strict=False) for rows in (company.leads, company.events, company.stages)]


def changed(frame: pd.DataFrame, **columns: Callable[[pd.Series], Any]) -> pd.DataFrame:
    return frame.assign(**{name: change(frame[name]) for name, change in columns.items() if name in frame})


def as_type(kind: Any) -> Callable[[pd.Series], pd.Series]:
    return lambda column: column.astype(kind)


def utc(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, format="ISO8601", utc=True)


PANDAS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "as they come": lambda frame: frame,
    "objects": lambda frame: frame.astype(object),
    "texts of Python": lambda frame: changed(frame, title=as_type("string[python]")),
    "texts of Arrow": lambda frame: changed(frame, title=as_type("string[pyarrow]")),
    "categories": lambda frame: changed(frame, type=as_type("category"), lead_id=as_type("category")),
    "times, UTC": lambda frame: changed(frame, at=utc, created_at=utc),
    "times, Berlin": lambda frame: changed(frame, at=lambda c: utc(c).dt.tz_convert("Europe/Berlin")),
    "times without a zone": lambda frame: changed(frame, at=lambda c: utc(c).dt.tz_localize(None)),
    "nanoseconds": lambda frame: changed(frame, at=lambda c: utc(c).astype("datetime64[ns, UTC]")),
    "times as objects": lambda frame: changed(frame, at=lambda c: utc(c).astype(object)),
    "JSON text": lambda frame: changed(frame, properties=lambda c: c.map(json.dumps)),
    "NaN": lambda frame: changed(frame, title=lambda c: c.astype(object).fillna(np.nan), staff=as_type(float)),
    "NA": lambda frame: changed(frame, title=lambda c: c.astype(object).fillna(pd.NA), staff=as_type("Float64")),
    "numbers": lambda frame: changed(frame, lead_id=as_type(int)),
    "nullable numbers": lambda frame: changed(frame, lead_id=as_type("Int64")),
    "mixed objects": lambda frame: changed(frame, lead_id=lambda c: pd.Series([int(c[0]), *c[1:]], dtype=object)),
    "an index of its own": lambda frame: frame.set_axis(range(7, 7 + len(frame))),
}  # fmt: skip


@pytest.mark.parametrize("kind", PANDAS)
def test_pandas_frames(kind: str, company: Any, truth: Any) -> None:
    assert company.read(Tables(*map(PANDAS[kind], pandas_frames(company)))) == truth


TIMES = pl.col("^at|created_at$").str.to_datetime(time_zone="UTC")
POLARS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "as they come": lambda frame: frame,
    "times": lambda frame: frame.with_columns(TIMES),
    "nanoseconds": lambda frame: frame.with_columns(TIMES.dt.cast_time_unit("ns")),
    "categories": lambda frame: frame.with_columns(pl.col("^type|stage$").cast(pl.Categorical)),
    "numbers": lambda frame: frame.with_columns(pl.col("lead_id").cast(pl.Int16)),
}


@pytest.mark.parametrize("kind", POLARS)
def test_polars_frames(kind: str, company: Any, truth: Any) -> None:
    assert company.read(Tables(*map(POLARS[kind], polars_frames(company)))) == truth


def test_a_lazy_frame_is_refused_with_what_to_do() -> None:
    with pytest.raises(DataError) as raised:
        opened(pl.LazyFrame({"lead_id": ["1"]}), "leads")
    assert (raised.value.where, raised.value.got, raised.value.do) == ("leads", "LazyFrame", "collect it first")


def test_pandas_in_and_pandas_out(company: Any, truth: Any) -> None:
    tables = Tables(*pandas_frames(company))
    frame = read_frame(company.facts, tables, company.now).to_pandas()
    assert list(frame.columns) == ["lead_id", "as_of", *(f.name for f in company.facts)]
    assert frame["visits"].tolist() == [row[4] for row in truth.values()]
    assert frame["as_of"].dt.tz is not None
    assert frame.loc[2, ["title", "staff"]].isna().all()


@pytest.mark.parametrize("as_of", ["2026-11-21T09:00:00Z", datetime(2026, 11, 21, 9)], ids=["text", "datetime"])
def test_snapshots_may_be_a_frame_of_pandas(as_of: Any, company: Any, truth: Any) -> None:
    asked = pd.DataFrame({"lead_id": ["2", "2", "1"], "as_of": as_of})
    table = read_frame(company.facts, Tables(*pandas_frames(company)), asked)
    assert table.column("lead_id").to_pylist() == ["2", "2", "1"]
    assert table.column("spent").to_pylist() == [truth["2"][6], truth["2"][6], truth["1"][6]]


def test_nothing_asked_gives_an_empty_frame_with_its_columns(company: Any) -> None:
    asked = pd.DataFrame({"lead_id": [], "as_of": []}).astype({"lead_id": str, "as_of": int})
    table = read_frame(company.facts, company.arrow(), asked)
    assert (len(table), table.column_names[-1]) == (0, company.facts[-1].name)


UUID_1 = UUID("12345678123456781234567812345678")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([{"a": 1}, '{"b": 2}', None, float("nan")], ['{"a": 1}', '{"b": 2}', None, None]),
        ([True, "yes", 3.0, 2**70], ["true", "yes", "3", str(2**70)]),
        ([datetime(2026, 1, 2, 3), datetime(2026, 1, 2).date()], ["2026-01-02T03:00:00", "2026-01-02"]),
        ([datetime(2026, 1, 2, 3), "soon"], ["2026-01-02T03:00:00", "soon"]),
        ([UUID_1], [UUID_1]),
    ],
    ids=["objects", "mixed", "dates among times", "texts among times", "UUIDs"],
)
def test_python_values_become_arrays(values: list[Any], expected: list[Any]) -> None:
    assert array_of(values).to_pylist() == expected


# --- databases


def queries(company: Any, url: str, **types: Any) -> Tables:
    engine = sqlalchemy.create_engine(url)
    for name, frame in zip(("leads", "events", "stages"), pandas_frames(company), strict=True):
        mine = {column: kind() for column, kind in types.items() if column in frame}
        for column, kind in mine.items():
            if isinstance(kind, sqlalchemy.DateTime):
                frame[column] = utc(frame[column])
        if "properties" in frame and "properties" not in mine:
            frame["properties"] = frame["properties"].map(json.dumps)
        frame.to_sql(name, engine, index=False, if_exists="replace", dtype=mine)
    engine.dispose()
    return Tables(*(Query(url, f"SELECT * FROM {name} ORDER BY 1") for name in ("leads", "events", "stages")))


def test_sqlite(company: Any, truth: Any, tmp_path: Path) -> None:
    assert company.read(queries(company, f"sqlite:///{tmp_path}/crm.db")) == truth


def test_sqlite_with_times(company: Any, truth: Any, tmp_path: Path) -> None:
    tables = queries(company, f"sqlite:///{tmp_path}/crm.db", at=sqlalchemy.DateTime, created_at=sqlalchemy.DateTime)
    assert company.read(tables) == truth


def test_postgresql(company: Any, truth: Any, postgres: str) -> None:
    from sqlalchemy.dialects import postgresql

    def zoned() -> sqlalchemy.DateTime:
        return sqlalchemy.DateTime(timezone=True)

    tables = queries(company, postgres, at=zoned, created_at=zoned, properties=postgresql.JSONB)
    assert company.read(tables) == truth


def test_postgresql_with_its_own_types_and_signs(postgres: str) -> None:
    """Query texts are the database's own: colons and percent signs mean nothing to SQLAlchemy."""
    query = (
        "SELECT '12345678-1234-5678-1234-567812345678'::uuid AS id, 12.50::numeric AS n, 7 % 4 AS rest, ':x' AS colon, "
        "DATE '2026-01-02' AS day, TIMESTAMP '2026-01-02 03:04' AS at"
    )
    (batch,) = opened(Query(postgres, query), "leads").batches
    row = batch.to_pylist()[0]
    assert (row["id"], float(row["n"]), row["rest"], row["colon"]) == (UUID_1, 12.5, 3, ":x")
    assert batch.schema.field("at").type == pa.timestamp("us")


# --- streaming

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 'visit' AS type FROM n"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_first_rows_of_an_endless_query_come(database: str, tmp_path: Path, request: Any) -> None:
    (tmp_path / "crm.db").touch()
    url = f"sqlite:///{tmp_path}/crm.db" if database == "sqlite" else request.getfixturevalue("postgres")
    found = opened(Query(url, ENDLESS), "events")
    first = next(found.batches)
    found.batches.close()
    assert (found.columns, len(first)) == (["i", "type"], BATCH)


def test_a_stream_is_read_as_it_comes(company: Any) -> None:
    """Five million events pass in batches, of which few are alive at a time."""
    most = 0
    base = pa.total_allocated_bytes()
    n, rows = 50, 100_000  # batches, and events in each
    batch = pa.record_batch({"lead_id": ["1"] * rows, "at": ["2026-11-20T09:00:00Z"] * rows, "type": ["visit"] * rows})

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal most
        for _ in range(n):
            most = max(most, pa.total_allocated_bytes() - base)
            yield pa.record_batch(
                [pc.binary_join_element_wise(c, "", "") for c in batch.columns], names=batch.schema.names
            )

    stream = pa.RecordBatchReader.from_batches(batch.schema, batches())
    read = company.read(Tables(company.arrow().leads, stream))
    assert read["1"][4] == n * rows
    assert most < 10 * batch.nbytes


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_files_are_read_in_parts(ending: str, tmp_path: Path) -> None:
    rows = 4_000_000
    table = pa.table({"lead_id": pa.array(range(rows)).cast(TEXT), "title": ["Head of IT"] * rows})
    file = tmp_path / f"leads{ending}"
    pq.write_table(table, file) if ending == ".parquet" else pa.csv.write_csv(table, file)
    whole = table.nbytes
    del table
    base, most, seen = pa.total_allocated_bytes(), 0, 0
    for batch in opened(file, "leads").batches:
        seen += len(batch)
        most = max(most, pa.total_allocated_bytes() - base)
    assert (seen, most < whole / 2) == (rows, True)


def test_rows_come_out_in_batches(company: Any) -> None:
    rows = 100_000
    leads = pa.table({"lead_id": pa.array(range(rows)).cast(TEXT)})
    results = DuckEngine(threads=1).read(company.facts[:1], Tables(leads), company.now)
    assert len(next(results)) < rows
    results.close()

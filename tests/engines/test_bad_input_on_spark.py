"""What executors refuse is told by the driver, with the row that only reading in order can know."""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from features.engines.duck import DuckEngine
from features.engines.sources import Tables
from features.errors import DataError

pytestmark = pytest.mark.spark

Change = Callable[[list[dict[str, Any]]], Any]


def kept(_: list[dict[str, Any]]) -> None:
    """As it is."""


def setting(row: int, column: str, value: str | None) -> Change:
    """Another cell in a row of a file."""
    return lambda rows: rows[row - 2].update({column: value})


def adding(**cells: str) -> Change:
    return lambda rows: rows.append(rows[-1] | cells)


def versions(first: str, second: str, **cells: str) -> Change:
    """A moment for every row, and one more version of the last lead, with other cells."""

    def change(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["valid_from"] = first
        rows.append(rows[-1] | {"valid_from": second} | cells)

    return change


CASES: dict[str, tuple[str, Change, Change]] = {
    "a profile value that is no number": (".csv", setting(3, "staff", "many"), kept),
    "a lead that stands twice": (".parquet", adding(lead_id="1"), kept),
    "a time that is none": (".csv", kept, setting(4, "at", "soon")),
    "properties that are no object": (".parquet", kept, setting(5, "properties", "[1]")),
    "a property that is no number": (".parquet", kept, setting(5, "properties", '{"n": "many"}')),
    "a lead that is not in the table of leads": (".csv", kept, adding(lead_id="9")),
    "two versions from one moment on": (".parquet", versions("2026-11-02", "2026-11-02"), kept),
    "versions that disagree": (".csv", versions("2026-11-02", "2026-11-03", created_at="2026-11-01T09:00:01Z"), kept),
}


def written(kind: str, rows: list[dict[str, Any]], file: Path) -> Path:
    table = pa.Table.from_pylist(rows)
    if kind == ".csv":
        pyarrow.csv.write_csv(table, file.with_suffix(kind))
    else:
        pq.write_table(table, file.with_suffix(kind))
    return file.with_suffix(kind)


def tables_of(company: Any, kind: str, folder: Path, *changes: Change) -> Tables:
    names = ("leads", "events", "stages")
    tables = [table.to_pylist() for table in company.arrow()[:3]]
    for change, rows in zip(changes, tables, strict=False):
        change(rows)
    return Tables(*(written(kind, rows, folder / name) for name, rows in zip(names, tables, strict=True)))


@pytest.mark.parametrize("case", CASES)
def test_spark_refuses_with_the_words_of_duckdb(case: str, company: Any, spark: Any, tmp_path: Path) -> None:
    kind, *changes = CASES[case]
    tables = tables_of(company, kind, tmp_path, *changes)
    ours, theirs = (refusal(e, company, tables) for e in (on(spark), DuckEngine(threads=1)))
    assert ours.parts() == theirs.parts()
    assert ", row " in ours.where
    assert not spark.sparkContext._jsc.getPersistentRDDs()


def on(session: Any) -> Any:
    return import_module("features.engines.spark").SparkEngine(session)


def values(results: Iterable[Any]) -> dict[str, list[Any]]:
    return {
        lead_id: list(row)
        for r in results
        for lead_id, *row in zip(r.lead_ids.to_pylist(), *(c.plain() for c in r.columns), strict=True)
    }


def refusal(engine: Any, company: Any, tables: Tables) -> DataError:
    with pytest.raises(DataError) as raised:
        list(engine.read(company.facts, tables, company.now))
    return raised.value


@pytest.mark.parametrize("kind", [".csv", ".parquet", "frames"])
def test_spark_reads_the_company(kind: str, company: Any, truth: Any, spark: Any, tmp_path: Path) -> None:
    tables = company.arrow() if kind == "frames" else tables_of(company, kind, tmp_path)
    found = values(on(spark).read(company.facts, tables, company.now))
    assert found == truth
    assert not spark.sparkContext._jsc.getPersistentRDDs()


def test_csv_of_other_programs(company: Any, truth: Any, spark: Any, tmp_path: Path) -> None:
    """A mark of the byte order, semicolons, cells of spaces."""
    tables = tables_of(company, ".csv", tmp_path)
    options = pyarrow.csv.WriteOptions(delimiter=";")
    for table, file in zip(company.arrow()[:3], tables[:3], strict=True):
        pyarrow.csv.write_csv(table, file, options)
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b";;", b";  ;").replace(b'"visit"', b'" visit "'))
    found = values(on(spark).read(company.facts, tables, company.now))
    assert found == truth


@pytest.mark.parametrize("broken", ["4", "4,a,b,c,d"], ids=["too few", "too many"])
def test_a_csv_row_with_another_number_of_cells(broken: str, company: Any, spark: Any, tmp_path: Path) -> None:
    tables = tables_of(company, ".csv", tmp_path)
    with tables.leads.open("a") as file:
        file.write(f"{broken}\n")
    error = refusal(on(spark), company, tables)
    assert (error.what, error.where) == ("cannot read the table", f"{tables.leads}, row 5")

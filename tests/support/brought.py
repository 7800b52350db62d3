"""Files brought into a desk's store, from rows that a test writes down."""

import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from desk import Desk

from serving.imports.opening import Format
from serving.imports.reading import TableName
from serving.imports.refused import Refused
from serving.imports.run import Import, Order, Totals

Rows = Sequence[Mapping[str, Any]]


class Brought(NamedTuple):
    """What came of an import."""

    totals: Totals
    refused: list[Refused]

    def why(self) -> list[tuple[int, str, str]]:
        """Row, column and reason of every refused row."""
        return [(r.row, r.column, r.what) for r in self.refused]


def bring(desk: Desk, table: TableName, rows: Rows, kind: Format = "csv", batch: int = 1_000, **order: Any) -> Brought:
    """Import rows as a file of a format."""
    return bring_file(desk, table, WRITTEN[kind](rows), kind, batch, **order)


def bring_file(
    desk: Desk, table: TableName, content: bytes, kind: Format = "csv", batch: int = 1_000, **order: Any
) -> Brought:
    """Import a file."""
    refused: list[Refused] = []
    told = Order(table, kind, f"{table}.{kind}", "tests", **order)
    one = Import(
        desk.store,
        desk.programs,
        io.BytesIO(content),
        told,
        clock=lambda: desk.now,
        told=refused.extend,
        batch=batch,
    )
    desk.store.write(one.begin)
    return Brought(one.run(), refused)


def csv_of(rows: Rows) -> bytes:
    """Rows as CSV; None is an empty cell."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")


def gz_of(rows: Rows) -> bytes:
    """Rows as packed CSV."""
    return gzip.compress(csv_of(rows))


def parquet_of(rows: Rows) -> bytes:
    """Rows as Parquet, each column of the type that its values have."""
    columns = dict.fromkeys(name for row in rows for name in row)
    table = pa.table({name: pa.array([row.get(name) for row in rows]) for name in columns})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


WRITTEN = {"csv": csv_of, "csv.gz": gz_of, "parquet": parquet_of}

"""Tables from wherever they are, as Arrow batches: CSV and Parquet files, frames of pandas or Polars, databases.

Cells of a CSV file come as the texts that they are; an empty cell is unknown.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import sqlalchemy

from features.errors import DataError
from features.texts import text

BATCH = 65_536
FORMATS = ".csv, .csv.gz or .parquet"


@dataclass(frozen=True)
class Query:
    """Rows of a database: a SQLAlchemy URL, and the query that gives the table's columns."""

    url: str
    query: str


Source = Path | Query | Any  # or a frame of pandas, Polars or Arrow


class Tables(NamedTuple):
    """The tables of the data contract.

    id_column, account: the columns of ``leads`` that name a lead and its account (else its email's domain does)
    """

    leads: Source
    events: Source | None = None
    outcomes: Source | None = None
    id_column: str = "lead_id"
    account: str = ""


class Opened(NamedTuple):
    """A table's name for errors, its columns, and its batches in order."""

    name: str
    columns: list[str]
    batches: Iterator[pa.RecordBatch]


def opened(source: Source, name: str) -> Opened:
    """Open a table; ``name`` stands for what has no file name.

    Raises DataError when it is not there, or not readable as its ending says.
    """
    if isinstance(source, Query):
        return _query(source, name)
    if isinstance(source, Path):
        return _file(source)
    return _frame(source, name)


def _file(path: Path) -> Opened:
    if not path.exists():
        raise DataError("there is no such file", where=str(path))
    kind: Callable[[Path], Opened] | None = None
    if path.is_dir() or path.suffix == ".parquet":
        kind = _parquet
    elif path.name.endswith((".csv", ".csv.gz")):
        kind = _csv
    if kind is None:
        raise DataError("unknown kind of file", where=str(path), allowed=FORMATS)
    with _Readable(path):
        found = kind(path)
    return found._replace(batches=_guarded(found.batches, path))


class _Readable:
    """Turns what a reader raises into a DataError that names the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, pa.ArrowInvalid | pa.ArrowNotImplementedError | OSError | EOFError | UnicodeDecodeError):
            got = str(error).strip().partition("\n")[0][:200]
            raise DataError("cannot read the table", where=str(self._path), got=got) from None


def _guarded(batches: Iterator[pa.RecordBatch], path: Path) -> Iterator[pa.RecordBatch]:
    with _Readable(path):
        yield from batches


def _parquet(path: Path) -> Opened:
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise DataError("the folder holds no Parquet file", where=str(path))
    columns = list(pq.read_schema(files[0]).names)
    return Opened(path.name, columns, (b for f in files for b in pq.ParquetFile(f).iter_batches(BATCH)))


def _csv(path: Path) -> Opened:
    plain = pyarrow.csv.ParseOptions(delimiter=separator(path), newlines_in_values=True)
    with pyarrow.csv.open_csv(path, parse_options=plain) as found:
        columns = found.schema.names
    as_text = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    reader = pyarrow.csv.open_csv(path, parse_options=plain, convert_options=as_text)
    return Opened(path.name, columns, map(_trimmed, reader))


def _trimmed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A cell of spaces is empty."""
    columns = [pc.utf8_trim_whitespace(column) for column in batch.columns]
    return pa.record_batch([pc.if_else(pc.equal(c, ""), None, c) for c in columns], schema=batch.schema)


def separator(path: Path) -> str:
    """What stands most often in the first line: a comma, or the semicolon or tab that many exports use."""
    unpacked = gzip.open if path.suffix == ".gz" else open
    with unpacked(path, "rt", encoding="utf-8-sig") as file:
        header = str(file.readline())
    return max(",;\t", key=header.count)


def _query(source: Query, name: str) -> Opened:
    """Rows come in batches through a server-side cursor where the database has one."""
    try:
        engine = sqlalchemy.create_engine(source.url)
        connection = engine.connect().execution_options(stream_results=True, max_row_buffer=BATCH)
        result = connection.execute(sqlalchemy.text(source.query))
    except (sqlalchemy.exc.SQLAlchemyError, ModuleNotFoundError) as error:
        got = str(error).strip().partition("\n")[0]
        raise DataError("cannot read from the database", where=name, got=got) from None
    columns = list(result.keys())

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for rows in result.partitions(BATCH):
                yield pa.record_batch([array_of(c) for c in zip(*rows, strict=True)], names=columns)
        finally:
            connection.close()
            engine.dispose()

    return Opened(name, columns, batches())


def _frame(frame: Any, name: str) -> Opened:
    if isinstance(frame, pa.Table):
        return Opened(name, frame.schema.names, iter(frame.combine_chunks().to_batches(BATCH)))
    try:
        wrapped = nw.from_native(frame, eager_only=True)
    except TypeError:
        got = type(frame).__name__
        raise DataError("no table that can be read", where=name, got=got, allowed="a path, a frame, a query") from None
    columns = [str(c) for c in wrapped.columns]
    arrays = [_series(wrapped.get_column(c)) for c in wrapped.columns]
    table = pa.table(arrays, names=columns).combine_chunks()
    return Opened(name, columns, iter(table.to_batches(BATCH)))


def _series(series: Any) -> pa.Array:
    if series.dtype == nw.Object:
        return array_of(series.to_list())
    found = series.to_arrow()
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def array_of(values: Iterable[Any]) -> pa.Array:
    """Python values as an array; objects as JSON text, mixed kinds as the texts that they are."""
    plain = [None if v is None or v != v else v for v in values]
    if any(isinstance(v, Mapping) for v in plain):
        return pa.array([json.dumps(dict(v), default=str) if isinstance(v, Mapping) else v for v in plain], pa.string())
    try:
        return pa.array(plain)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return pa.array([v if v is None or isinstance(v, str) else text(v) or str(v) for v in plain], pa.string())

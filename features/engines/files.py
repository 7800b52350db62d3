"""Tables in files, as Arrow batches: CSV and Parquet. Cells of a CSV file come as the texts that they are."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from features.engines.places import HEADER, Batches, Opened, Place
from features.errors import DataError

BATCH = 65_536
FORMATS = ".csv, .csv.gz, .parquet, or a folder of Parquet files"
_NO_TEXT = range(0xDC80, 0xDD00)  # how Python marks bytes that are no UTF-8


def file_opened(path: Path) -> Opened:
    """Open a file, or a folder of Parquet files; raises DataError naming what cannot be read, and its row."""
    if not path.exists():
        raise DataError("there is no such file", where=str(path))
    if path.is_dir() or path.suffix == ".parquet":
        return _parquet(path)
    if is_csv(path):
        return _csv(path)
    raise DataError("unknown kind of file", where=str(path), allowed=FORMATS)


def is_csv(path: Path) -> bool:
    """Whether a file's name says that it holds comma-separated values."""
    return path.name.endswith((".csv", ".csv.gz"))


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns what a reader raises into a DataError that names the file, and the row if one can be blamed."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, zlib.error) as error:
        got = str(error).strip().partition("\n")[0][:200]
        raise DataError("cannot read the table", where=f"{path}{_broken_row(path)}", got=got) from None


def _parquet(path: Path) -> Opened:
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise DataError("the folder holds no Parquet file", where=str(path))
    return Opened(table := Place(path.name), parquet_schema(files[0]).names, _parts(path, files, table))


def parquet_schema(path: Path) -> pa.Schema:
    """The columns of a Parquet file; raises DataError when it is none."""
    with readable(path):
        return pq.read_schema(path)


def _parts(path: Path, files: list[Path], table: Place) -> Batches:
    before = 0
    for file in files:
        if path.is_dir():
            table.begin(file.name, before)
        with readable(file), pq.ParquetFile(file) as part:
            for batch in part.iter_batches(BATCH):
                before += len(batch)
                yield batch


def _csv(path: Path) -> Opened:
    with readable(path):
        plain = pyarrow.csv.ParseOptions(delimiter=separator(path), newlines_in_values=True)
        with pyarrow.csv.open_csv(path, parse_options=plain) as found:
            columns = found.schema.names
    texts = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    return Opened(Place(path.name), columns, _rows(path, plain, texts))


def _rows(path: Path, plain: pyarrow.csv.ParseOptions, texts: pyarrow.csv.ConvertOptions) -> Batches:
    with readable(path), pyarrow.csv.open_csv(path, parse_options=plain, convert_options=texts) as reader:
        for batch in reader:
            yield trimmed(batch)


def trimmed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch of texts without the spaces around them; a cell of spaces is empty."""
    columns = [pc.utf8_trim_whitespace(column) for column in batch.columns]
    return pa.record_batch([pc.if_else(pc.equal(c, ""), None, c) for c in columns], names=batch.schema.names)


def separator(path: Path) -> str:
    """What stands most often in the first line: a comma, or the semicolon or tab that many exports use."""
    with _text(path) as file:
        header = file.readline()
    return max(",;\t", key=header.count)


def _text(path: Path) -> TextIO:
    opener = gzip.open if path.suffix == ".gz" else open
    return opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")


def _broken_row(path: Path) -> str:
    """The first row of a CSV file with cells too few or too many, or that are no text; empty where none is.

    Reads the file once more: Arrow does not say which row it refused.
    """
    if not is_csv(path):
        return ""
    try:
        with _text(path) as file:
            rows = (cells for cells in csv.reader(file, delimiter=separator(path)) if cells)
            width = len(next(rows, []))
            for row, cells in enumerate(rows, HEADER):
                if len(cells) != width or any(ord(sign) in _NO_TEXT for cell in cells for sign in cell):
                    return f", row {row}"
    except (csv.Error, OSError, EOFError, zlib.error):
        pass  # what the reader said must do
    return ""

"""Parquet files, row by row: the only file of the import that needs pyarrow."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.engines.cells import as_text
from features.errors import DataError
from serving.imports.raw import FIRST_ROW, Raw

BATCH = 8_192


def parquet_rows(
    file: BinaryIO, name: str, texts: Collection[str], times: Collection[str]
) -> tuple[list[str], Iterator[Raw], Callable[[], float]]:
    """The columns of a file, its rows, and how much of it has been read; raises DataError, as do the rows.

    texts: the columns that are read as texts; times: those whose moments come as microseconds
    """
    with _readable(name):
        opened = pq.ParquetFile(file)
    read = _Rows(opened, name, frozenset(texts), frozenset(times))
    return opened.schema_arrow.names, iter(read), read.share


class _Rows:
    """The rows of a file that is open."""

    def __init__(self, opened: Any, name: str, texts: frozenset[str], times: frozenset[str]) -> None:
        self._opened, self._name, self._texts, self._times = opened, name, texts, times
        self._done = 0

    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        rows: int = self._opened.metadata.num_rows
        return self._done / max(1, rows)

    def __iter__(self) -> Iterator[Raw]:
        batches = self._opened.iter_batches(BATCH)
        while True:
            with _readable(self._name):
                batch = next(batches, None)
                if batch is None:
                    return
                cells = [self._cells(batch.schema.names[i], column) for i, column in enumerate(batch.columns)]
            for row in zip(*cells, strict=True):
                yield Raw(FIRST_ROW + self._done, row)
                self._done += 1

    def _cells(self, name: str, column: Any) -> Any:
        if name in self._times:
            return _moments(column)
        return (as_text(column) if name in self._texts else _plain(column)).to_pylist()


def _moments(column: Any) -> Any:
    """Times as microseconds since 1970, UTC; what is no time as the text that it is."""
    if pa.types.is_date(column.type):
        column = pc.cast(column, pa.timestamp("us"))
    if not pa.types.is_timestamp(column.type):
        return as_text(column).to_pylist()
    return pc.cast(pc.cast(column, pa.timestamp("us", column.type.tz), safe=False), pa.int64()).to_pylist()


def _plain(column: Any) -> Any:
    """Columns that Python has values for; times to the microsecond, what else there is as texts."""
    if pa.types.is_timestamp(column.type):
        return pc.cast(column, pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    return column


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
        got = str(error).strip().partition("\n")[0][:200]
        raise DataError("cannot read the file", where=name, got=got) from None

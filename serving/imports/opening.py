"""A file as rows of cells, whatever its format; nothing of it is held but the rows that are being read."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO, Literal, NamedTuple

from features.errors import ConfigError, DataError, nearest
from serving.imports.csvfile import csv_rows
from serving.imports.raw import Raw
from serving.imports.refused import Refused

Format = Literal["csv", "csv.gz", "parquet"]


class Columns(NamedTuple):
    """What is asked of the columns.

    needed: those that must be there, first the one that names the lead; texts: read as texts; times: as moments
    """

    needed: tuple[str, ...]
    texts: Collection[str]
    times: Collection[str]


class Opened(NamedTuple):
    """A file that is open: its columns, its rows, and how much of it has been read (0 to 1)."""

    columns: list[str]
    rows: Iterator[Raw | Refused]
    share: Callable[[], float]


def opened(file: BinaryIO, kind: Format, name: str, wanted: Columns) -> Opened:
    """Read the columns of a file, and have its rows ready.

    name: what errors call the file
    Raises DataError when it cannot be read, lacks a column, or has one twice; so may its rows, further down.
    """
    columns, rows, share = csv_rows(file, kind, name) if kind != "parquet" else _parquet(file, name, wanted)
    _check(columns, name, wanted)
    return Opened(columns, rows, share)


def _parquet(
    file: BinaryIO, name: str, wanted: Columns
) -> tuple[list[str], Iterator[Raw | Refused], Callable[[], float]]:
    try:
        from serving.imports.parquet import parquet_rows
    except ModuleNotFoundError as error:
        do = "pip install 'leadscore[files]', or send CSV"
        raise ConfigError(f"Parquet needs '{error.name}'", where=name, do=do) from None
    return parquet_rows(file, name, wanted.texts, wanted.times)


def _check(columns: list[str], name: str, wanted: Columns) -> None:
    twice = [column for column, n in Counter(columns).items() if n > 1]
    if twice:
        raise DataError(f"the column '{twice[0]}' stands twice", where=name, do="keep one of them")
    for column in wanted.needed:
        if column not in columns:
            raise DataError(f"the column '{column}' is not in the table", where=name, do=nearest(column, columns))

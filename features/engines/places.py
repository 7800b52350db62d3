"""Where rows stand, for errors: in which file, in which row of it."""

from collections.abc import Generator
from typing import NamedTuple

import pyarrow as pa

HEADER = 2  # the first row of a table is on line 2 of its file

Batches = Generator[pa.RecordBatch, None, None]


class Place:
    """A table as errors call it; of a folder of files, they call the file.

    >>> leads = Place("leads")
    >>> leads.begin("part-0.parquet", 0)
    >>> leads.begin("part-1.parquet", 1000)
    >>> leads.row(1000 + 2, "email"), str(leads)
    ("leads/part-1.parquet, row 2, column 'email'", 'leads')
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._parts = [(0, name)]

    def __str__(self) -> str:
        return self._name

    def begin(self, file: str, before: int) -> None:
        """Say that a file of the folder begins after so many rows."""
        self._parts.append((before, f"{self._name}/{file}"))

    def file(self, before: int) -> str:
        """The file of a row, or of an empty batch, before which so many rows stand."""
        return self._part(before)[1]

    def row(self, row: int, column: str = "") -> str:
        """Where a row stands; ``row``: as counted from ``HEADER`` through all files."""
        before, name = self._part(row - HEADER)
        return f"{name}, row {row - before}" + (f", column '{column}'" if column else "")

    def _part(self, before: int) -> tuple[int, str]:
        return next(part for part in reversed(self._parts) if part[0] <= before)


class Stretch(NamedTuple):
    """A batch of a table; ``before``: how many rows stand before it."""

    table: Place
    before: int

    def rows(self, n: int) -> pa.Array:
        """The rows of a batch of ``n``, as a person counts them in the file."""
        return pa.array(range(self.before + HEADER, self.before + HEADER + n), pa.int64())

    @property
    def file(self) -> str:
        """The file of the batch, or the table where it is no folder."""
        return self.table.file(self.before)

    def row(self, column: str, at: int) -> str:
        """Where the cell of the batch's row ``at`` stands."""
        return self.table.row(self.before + at + HEADER, column)


class Opened(NamedTuple):
    """A table that is open: what it is called, its columns, and its batches in order; close these when done."""

    name: Place
    columns: list[str]
    batches: Batches

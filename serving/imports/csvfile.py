"""CSV files, row by row, with commas, semicolons or tabs. Cells come as the texts that they are, without spaces around.

A row that has cells too few or too many is refused, and those after it are read on.
"""

import csv
import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from features.errors import DataError
from serving.imports.raw import FIRST_ROW, Raw
from serving.imports.refused import Refused, shown

LONGEST_LINE = 1_000_000  # characters that are held, should the line not end
_QUOTES = "are quotes closed, and is a cell that holds a separator in quotes?"


def csv_rows(file: BinaryIO, kind: str, name: str) -> tuple[list[str], Iterator[Raw | Refused], Callable[[], float]]:
    """The columns of a file, its rows, and how much of it has been read; raises DataError, as do the rows."""
    read = _Rows(file, kind, name)
    return read.columns, iter(read), read.share


class _Rows:
    """The rows of a file that is open."""

    def __init__(self, file: BinaryIO, kind: str, name: str) -> None:
        self._file, self._name = file, name
        self._size = max(1, file.seek(0, os.SEEK_END))
        file.seek(0)
        plain = gzip.GzipFile(fileobj=file) if kind == "csv.gz" else file
        # What is no UTF-8 comes as lone surrogates, so that only the cells that have it are refused.
        self._text = io.TextIOWrapper(plain, encoding="utf-8-sig", errors="surrogateescape", newline="")
        with _readable(name):
            header = self._text.readline(LONGEST_LINE)
        if any("\udc80" <= character <= "\udcff" for character in header):
            raise DataError("the first line is not UTF-8 text", where=name, do="save the file as 'CSV UTF-8'")
        if not header.strip():
            raise DataError("the file is empty", where=name, allowed="a first line with the names of the columns")
        self._lines = csv.reader(self._from(header), delimiter=max(",;\t", key=header.count))
        try:
            with _readable(name):
                self.columns = next(self._lines)
        except csv.Error as error:
            raise DataError("the first line cannot be read", where=name, got=str(error)) from None

    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(1.0, self._file.tell() / self._size)

    def __iter__(self) -> Iterator[Raw | Refused]:
        row, width = FIRST_ROW - 1, len(self.columns)
        while True:
            try:
                with _readable(self._name):
                    cells = next(self._lines, None)
            except csv.Error as error:
                row += 1
                yield Refused(row, "", "a row that cannot be read", str(error), do="are its quotes closed?")
                continue
            if cells is None:
                return
            if not cells:
                continue
            row += 1
            if len(cells) == width:
                yield Raw(row, [cell.strip() or None for cell in cells])
            else:
                got, do = f"{len(cells)} cells", f"{_QUOTES}; it begins with {shown(cells[0])}"
                yield Refused(row, "", "cells too few or too many", got, f"{width}, as in the first line", do)

    def _from(self, header: str) -> Iterator[str]:
        yield header
        yield from iter(lambda: self._text.readline(LONGEST_LINE), "")


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turns what reading raises into a DataError, but for a single row's fault."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise DataError("cannot read the file", where=name, got=str(error)[:200]) from None

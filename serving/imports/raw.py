"""A row as its file has it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

FIRST_ROW = 2  # as people count: the header is row 1


class Raw(NamedTuple):
    """The cells of a row, in the order of the columns; None where there is nothing."""

    row: int
    cells: Sequence[Any]

"""A part of many rows, the same each time, without sorting them."""

from typing import Any

from sqlalchemy import ColumnElement

_RANGE = 1 << 16
_FACTOR = 40_503  # of the golden section: multiples of it fall evenly over the range, whatever step numbers come in


def one_in(every: int, number: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a row is of the part; about one in ``every``. ``number``: whole, at least 0, another for each row.

    Not every k-th number: where two programs are scored in turns, all numbers of one may be even.
    """
    return number * _FACTOR % _RANGE < _RANGE // every

"""A row of columns: how many, step by step, over time."""

from collections.abc import Sequence
from typing import NamedTuple


class Column(NamedTuple):
    """One column, in the units of the drawing; ``y`` is its upper edge."""

    x: float
    y: float
    width: float
    height: float


def columns(values: Sequence[float], width: float, height: float, highest: float | None = None) -> list[Column]:
    """Columns that fill the drawing; ``highest``: the value that is as high as the drawing, else the largest.

    What is not nothing is seen: it is at least one unit high.

    >>> columns([2, 4, 0], 30, 10)
    [Column(x=1.0, y=5.0, width=8.0, height=5.0), Column(x=11.0, y=0.0, width=8.0, height=10.0), \
Column(x=21.0, y=10.0, width=8.0, height=0.0)]
    """
    most = highest or max(values, default=0) or 1
    each = width / max(len(values), 1)
    highs = [max(height * value / most, 1.0) if value else 0.0 for value in values]
    return [
        Column(round(each * (i + 0.1), 2), round(height - high, 2), round(each * 0.8, 2), round(high, 2))
        for i, high in enumerate(highs)
    ]

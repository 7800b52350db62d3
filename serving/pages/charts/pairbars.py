"""Two bars from a middle line, agreed above learned: how far apart the two are is seen before it is read."""

from typing import NamedTuple

WIDTH, HALF, THICK, GAP = 120, 60, 6, 3
HEIGHT = 2 * THICK + GAP


class Bar(NamedTuple):
    """A bar: where it begins, how long it is, and how it is coloured."""

    x: float
    y: int
    width: float
    kind: str


def pair_bars(agreed: float, learned: float, most: float) -> tuple[Bar, Bar]:
    """The bars of two amounts of points; ``most``: the points that fill half the width.

    >>> pair_bars(10.0, -5.0, 10.0)
    (Bar(x=60, y=0, width=60.0, kind='agreed'), Bar(x=30.0, y=9, width=30.0, kind='learned'))
    """
    return _bar(agreed, most, 0, "agreed"), _bar(learned, most, THICK + GAP, "learned")


def _bar(points: float, most: float, y: int, kind: str) -> Bar:
    width = round(HALF * min(abs(points) / most, 1.0), 1)
    return Bar(HALF if points >= 0 else HALF - width, y, width, kind)

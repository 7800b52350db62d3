"""Predicted against observed shares: where the marks of the calibration chart lie. On the diagonal the numbers hold."""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from serving.versions.shapes import Group

SIZE, LEFT, BOTTOM, PAD = 320, 44, 36, 8
TICKS = 4


class Mark(NamedTuple):
    """A group: its point, and the ends of its interval."""

    x: float
    y: float
    low: float
    high: float


class Tick(NamedTuple):
    """A share on both axes: where it lies."""

    share: float
    x: float
    y: float


class CalibrationChart(NamedTuple):
    """Its marks, joined by a line, and the ticks of both axes; the diagonal goes from the first to the last."""

    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    size: int = SIZE
    left: int = LEFT
    bottom: int = SIZE - BOTTOM

    @property
    def line(self) -> str:
        """The points of the line."""
        return " ".join(f"{mark.x},{mark.y}" for mark in self.marks)


def calibration(groups: Sequence[Group]) -> CalibrationChart:
    """The chart of some groups, at least one; both axes end at the next tenth above all shares."""
    top = min(1.0, ceil(10 * max(max(g.predicted, g.observed, g.high) for g in groups)) / 10) or 0.1

    def x(share: float) -> float:
        return round(LEFT + (SIZE - LEFT - PAD) * share / top, 1)

    def y(share: float) -> float:
        return round(PAD + (SIZE - BOTTOM - PAD) * (1 - share / top), 1)

    marks = tuple(Mark(x(g.predicted), y(g.observed), y(g.low), y(g.high)) for g in groups)
    shares = [top * i / TICKS for i in range(TICKS + 1)]
    return CalibrationChart(marks, tuple(Tick(share, x(share), y(share)) for share in shares))

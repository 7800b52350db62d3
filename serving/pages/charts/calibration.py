"""Predicted against observed shares: where the marks of the calibration chart lie. On the diagonal the numbers hold."""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple, Protocol

SIZE, LEFT, BOTTOM, PAD = 320, 44, 36, 8
TICKS = 4


class Share(Protocol):
    """What is drawn of one group of leads."""

    @property
    def predicted(self) -> float: ...
    @property
    def observed(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


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
    """The chart: its marks, joined by a line, and the ticks of both axes, of which the first and last end the diagonal."""

    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    size: int = SIZE
    left: int = LEFT
    bottom: int = SIZE - BOTTOM

    @property
    def line(self) -> str:
        """The points of the line."""
        return " ".join(f"{mark.x},{mark.y}" for mark in self.marks)


def calibration(groups: Sequence[Share]) -> CalibrationChart:
    """The chart of some groups, at least one; both axes end at the next tenth above all shares."""
    top = min(1.0, ceil(10 * max(max(g.predicted, g.observed, g.high) for g in groups)) / 10) or 0.1

    def x(share: float) -> float:
        return round(LEFT + (SIZE - LEFT - PAD) * share / top, 1)

    def y(share: float) -> float:
        return round(PAD + (SIZE - BOTTOM - PAD) * (1 - share / top), 1)

    marks = tuple(Mark(x(g.predicted), y(g.observed), y(g.low), y(g.high)) for g in groups)
    shares = [top * i / TICKS for i in range(TICKS + 1)]
    return CalibrationChart(marks, tuple(Tick(share, x(share), y(share)) for share in shares))

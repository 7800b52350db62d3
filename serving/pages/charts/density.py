"""A grid of squares, the darker the more lie in each: for more dots than a chart can hold."""

from collections.abc import Iterable
from math import log
from typing import NamedTuple

LEVELS = 5


class Square(NamedTuple):
    """One square, in the units of the drawing; ``level``: 1 (few) to LEVELS (most); ``n``: how many lie in it."""

    x: float
    y: float
    width: float
    height: float
    level: int
    n: int


class Grid(NamedTuple):
    """The steps of both axes, from the first to the last, and the size of the drawing."""

    first_x: int
    last_x: int
    first_y: int
    last_y: int
    width: float
    height: float

    @property
    def step_x(self) -> float:
        """The width of a square."""
        return self.width / (self.last_x - self.first_x + 1)

    @property
    def step_y(self) -> float:
        """The height of a square."""
        return self.height / (self.last_y - self.first_y + 1)

    def x(self, step: float) -> float:
        """Where a step begins along."""
        return round((step - self.first_x) * self.step_x, 2)

    def y(self, step: float) -> float:
        """Where a step ends upwards; the drawing's y grows downwards."""
        return round(self.height - (step - self.first_y) * self.step_y, 2)


def squares(grid: Grid, cells: Iterable[tuple[int, int, int]]) -> list[Square]:
    """A square for each (x, y, count).

    >>> squares(Grid(-1, 0, -1, 0, 20, 20), [(0, 0, 8), (-1, -1, 1)])[0]
    Square(x=10.0, y=0.0, width=10.0, height=10.0, level=5, n=8)
    """
    found = list(cells)
    most = max((count for _, _, count in found), default=1)
    size = round(grid.step_x, 2), round(grid.step_y, 2)
    return [Square(grid.x(x), grid.y(y + 1), *size, level(count, most), count) for x, y, count in found]


def level(count: int, most: int) -> int:
    """How dark a square is: by the logarithm of its count, as a few squares hold most.

    >>> [level(n, 1000) for n in (1, 2, 30, 400, 1000)]
    [1, 1, 3, 5, 5]
    """
    return 1 + min(LEVELS - 1, int(LEVELS * log(count) / log(most))) if most > 1 else LEVELS

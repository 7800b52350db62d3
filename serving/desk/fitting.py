"""Fit and interest of the open leads: a grid of counts, the four quarters, and what the agreement offers in each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Integer, case, cast, func, select

from features.processkeys import Quadrant
from features.segmentkeys import ANY, Content
from serving.programs.service import InService
from serving.store.schema import standings

STEPS = 24  # of the grid on each axis, about
LEAST = 4  # steps on either side of the border, so that the quarters' names have room
SEGMENTS = 3  # the most frequent ones that are told of a quarter
KEYS = ("both_high", "fit_high", "interest_high", "both_low")
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


class Axis(NamedTuple):
    """The steps of one axis: ``width`` points each, counted from the agreed border, which lies between two of them."""

    border: float
    width: float
    first: int
    last: int

    @property
    def low(self) -> float:
        """Where it begins."""
        return self.border + self.first * self.width

    @property
    def high(self) -> float:
        """Where it ends."""
        return self.border + (self.last + 1) * self.width


class Cell(NamedTuple):
    """How many leads have so much fit and interest; ``x``, ``y``: steps from the border."""

    x: int
    y: int
    leads: int


class Offer(NamedTuple):
    """A persona and a phase within a quarter (empty: none), how many leads, and what is offered to them first."""

    persona: str
    phase: str
    leads: int
    content: Content | None


class Quarter(NamedTuple):
    """One of the four; ``key``: of the agreement's four, whatever it calls them."""

    key: str
    name: str
    leads: int
    offers: list[Offer]


class Spread(NamedTuple):
    """The open leads that have a score; fit lies along, interest up."""

    fit: Axis
    interest: Axis
    cells: list[Cell]
    quarters: list[Quarter]
    leads: int


def spread(connection: Connection, service: InService) -> Spread | None:
    """How the open leads lie; None where the agreement has no quadrant."""
    agreed = service.agreement.quadrant
    if agreed is None:
        return None
    c = standings.c
    fit, interest = _axes(connection, service, agreed)
    x, y = _step(c.fit_points, fit).label("x"), _step(c.interest_points, interest).label("y")
    columns = (x, y, c.persona, c.phase)
    rows = connection.execute(select(*columns, func.count().label("leads")).where(*_open(service)).group_by(*columns))
    cells, segments = Counter[tuple[int, int]](), Counter[tuple[str, str, str]]()
    for row in rows:
        cells[row.x, row.y] += row.leads
        segments[_key(row.x, row.y), row.persona, row.phase] += row.leads
    shown = [Cell(*place, n) for place, n in sorted(cells.items())]
    return Spread(fit, interest, shown, _quarters(service, agreed, segments), cells.total())


def _open(service: InService) -> tuple[ColumnElement[bool], ...]:
    c = standings.c
    scored = (c.score.is_not(None), c.fit_points.is_not(None), c.interest_points.is_not(None))
    return (c.program == service.program, c.open == True, *scored)  # noqa: E712


def _axes(connection: Connection, service: InService, agreed: Quadrant) -> tuple[Axis, Axis]:
    fit, interest = standings.c.fit_points, standings.c.interest_points
    ends = select(func.min(fit), func.max(fit), func.min(interest), func.max(interest)).where(*_open(service))
    least_fit, most_fit, least, most = connection.execute(ends).one()
    return axis(agreed.fit, least_fit, most_fit), axis(agreed.interest, least, most)


def axis(border: float, low: float | None, high: float | None) -> Axis:
    """An axis with round steps, from below the lowest points to above the highest, and room beside the border.

    >>> axis(20.0, -12.5, 58.0)
    Axis(border=20.0, width=5.0, first=-8, last=8)
    """
    low, high = (border if end is None else end for end in (low, high))
    span = max(high, border) - min(low, border) or float(STEPS)
    ten = 10.0 ** floor(log10(span / STEPS))
    width = next(ten * step for step in _ROUND if ten * step >= span / STEPS)
    first, last = floor((low - border) / width), floor((high - border) / width)
    return Axis(border, width, min(first - 1, -LEAST), max(last + 1, LEAST - 1))


def _step(points: ColumnElement[Any], along: Axis) -> ColumnElement[int]:
    """The step of an axis that points lie in: rounded down, which neither database's cast does by itself."""
    steps = (points - along.border) / along.width
    cut = cast(steps, Integer)
    return cut - case((steps < cut, 1), else_=0)


def _key(x: int, y: int) -> str:
    return KEYS[2 * (x < 0) + (y < 0)]


def _quarters(service: InService, agreed: Quadrant, segments: Mapping[tuple[str, str, str], int]) -> list[Quarter]:
    content = service.agreement.segments.content if service.agreement.segments else ()
    return [_quarter(key, name, segments, content) for key, name in zip(KEYS, agreed.names, strict=True)]


def _quarter(key: str, name: str, segments: Mapping[tuple[str, str, str], int], content: Sequence[Content]) -> Quarter:
    mine = Counter({(persona, phase): n for (of, persona, phase), n in segments.items() if of == key})
    most = sorted(mine.items(), key=lambda segment: (-segment[1], segment[0]))[:SEGMENTS]
    return Quarter(key, name, mine.total(), [Offer(*s, n, _first(content, *s)) for s, n in most])


def _first(content: Sequence[Content], persona: str, phase: str) -> Content | None:
    """What is offered first to a persona in a phase."""
    return next((c for c in content if c.persona in (ANY, persona) and c.phase in (ANY, phase)), None)

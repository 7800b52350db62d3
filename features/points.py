"""How many points were agreed for a value."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from math import inf

from features.agreement import Condition, Fact, Points, class_name
from features.catalog import Value
from features.texts import text, word_pattern

Holds = Callable[[Value], bool]
AgreedPoints = Callable[[Value], float]


def agreed_points(fact: Fact) -> AgreedPoints:
    """The function from a fact's value to the points agreed for it; 0 where no condition holds.

    ``points_each`` gives ``points_each * value``, cut to ``-abs(cap)..abs(cap)``.

    >>> visits = Fact(fact="visits", event="page_view", points_each=5.0, cap=15.0)
    >>> [agreed_points(visits)(n) for n in (0.0, 2.0, 9.0)]
    [0.0, 10.0, 15.0]
    """
    if fact.points_each is not None:
        return _each(fact.points_each, fact.cap)
    missing = next((p.points for p in fact.points if p.missing), 0.0)
    exact = {v: p.points for p in reversed(fact.points) for v in exact_values(p)}
    ranges = sorted((*span(p), p.points) for p in fact.points if span(p) is not None)  # type: ignore[misc]
    starts = [low for low, _, _ in ranges]

    def points(value: Value) -> float:
        if value is None:
            return missing
        if value in exact:
            return exact[value]
        at = bisect_right(starts, value) - 1 if starts else -1
        return ranges[at][2] if at >= 0 and value < ranges[at][1] else 0.0

    return points


def _each(each: float, cap: float | None) -> AgreedPoints:
    if cap is None:
        return lambda value: 0.0 if value is None else each * value + 0.0  # type: ignore[operator]
    limit = abs(cap)
    return lambda value: 0.0 if value is None else max(-limit, min(limit, each * value)) + 0.0  # type: ignore[operator]


def exact_values(condition: Condition) -> list[float | str]:
    """The values that a condition names one by one, in normal form (a matched class by its name)."""
    named = [v for v in (condition.equals, *condition.one_of) if v is not None]
    if isinstance(condition, Points) and condition.matches:
        named.append(class_name(condition))
    return [plain for v in named if (plain := _normal(v)) is not None]


def _normal(value: str | float | bool) -> float | str | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else text(value)


def span(condition: Condition) -> tuple[float, float] | None:
    """The half-open range of numbers that a condition covers, if it is a range."""
    if condition.at_least is None and condition.below is None:
        return None
    low = -inf if condition.at_least is None else condition.at_least
    high = inf if condition.below is None else condition.below
    return low, high


def holds(condition: Condition) -> Holds:
    """Whether a condition holds for a value (for ``matches``: for the plain text itself)."""
    if condition.missing:
        return lambda value: value is None
    if condition.matches:
        pattern = word_pattern(condition.matches)
        return lambda value: isinstance(value, str) and pattern.search(value) is not None
    bounds = span(condition)
    if bounds is not None:
        low, high = bounds
        return lambda value: isinstance(value, float) and low <= value < high
    values = frozenset(exact_values(condition))
    return lambda value: value in values


def extremes(fact: Fact) -> tuple[float, float]:
    """The least and the most points that a fact can give.

    >>> extremes(Fact(fact="visits", event="page_view", points_each=-5.0, cap=-15.0))
    (-15.0, 0.0)
    """
    if fact.points_each == 0:
        return 0.0, 0.0
    if fact.points_each is not None:
        most = inf if fact.cap is None else abs(fact.cap)
        signed = fact.event is None or fact.measure in ("sum", "max", "last")  # what is counted is never negative
        return -most if signed or fact.points_each < 0 else 0.0, most if signed or fact.points_each > 0 else 0.0
    points = [0.0, *(p.points for p in fact.points)]
    return min(points), max(points)


def total_extremes(facts: Iterable[Fact]) -> tuple[float, float]:
    """The least and the most points that all facts together can give."""
    pairs = [extremes(f) for f in facts]
    return sum(low for low, _ in pairs), sum(high for _, high in pairs)


def added(points: Iterable[float], to: float = 0.0) -> float:
    """The plain sum from left to right, the same bits everywhere.

    The built-in ``sum`` rounds otherwise from Python 3.12 on, and numpy's in blocks.
    """
    for p in points:
        to += p
    return to

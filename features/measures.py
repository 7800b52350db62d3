"""What is measured over the chosen events of a lead. The order of events, and of ties in time, changes nothing.

An event counts when ``as_of - window < at <= as_of - delay``; later ones may be among those given. Then

    count               how many; with a half-life the sum of ``0.5 ** (age / half-life)``
    distinct            how many values of the property, in the normal form of texts; unknown ones do not count
    sum                 of the property's numbers, each rounded to a millionth and added exactly
    max                 the largest of them
    last                the property's latest known value; of several at one moment the greatest
    days_since_first    the age of the oldest event (within the window)
    days_since_last     the age of the latest
    pace                recent events per day against those of the longer window: 1 is as ever, 2 twice as many
    sessions            how many runs of events without a pause longer than the gap
    leads               how many leads the events belong to
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from features.catalog import Source, Value
from features.moments import DAY
from features.tables import Event
from features.texts import number, text_of_any

MILLIONTHS = 1_000_000
FADED = 2**36  # parts that a fading event counts in, so that sums of them are exact, whatever the order


class Chosen(NamedTuple):
    """The events of one selection, oldest first; three lists of one length.

    times: when each happened; owners: the lead that each belongs to, where events of several are measured
    """

    events: list[Event]
    times: list[int]
    owners: list[str]


Inner = Callable[[Chosen, int, int, int], Value]
OverChosen = Callable[[Chosen, int], Value]


class UnreadableProperty(ValueError):
    """A property that should be a number is none."""

    def __init__(self, name: str, value: Any) -> None:
        self.name, self.value = name, value
        super().__init__(f"property '{name}' is no usable number")


def amount(name: str, value: Any) -> float | None:
    """A property as a number, None when unknown; raises UnreadableProperty."""
    try:
        return number(value)
    except (TypeError, ValueError):
        raise UnreadableProperty(name, value) from None


def millionths(value: float) -> int:
    """An amount in whole millionths, of which sums are exact.

    >>> millionths(0.1) + millionths(0.2) == millionths(0.3)
    True
    """
    return round(value * MILLIONTHS)


def microseconds(days: float) -> int:
    """A length of time as moments measure it."""
    return round(days * DAY)


def measure_of(source: Source, *, text: bool = False) -> OverChosen:
    """The function that measures ``source`` over its chosen events; ``text``: the last value is a text."""
    window = None if source.window_days is None else microseconds(source.window_days)
    delay = microseconds(source.delay_days)
    if source.measure == "count" and source.half_life_days is None and not delay:
        return _counted(window)
    inner = _INNER[source.measure](source, text)

    def run(chosen: Chosen, as_of: int) -> Value:
        times = chosen.times
        low = 0 if window is None else bisect_right(times, as_of - window)
        high = bisect_right(times, as_of - delay)
        return inner(chosen, low, high, as_of)

    return run


def _counted(window: int | None) -> OverChosen:
    """The most frequent measure, short."""
    if window is None:
        return lambda chosen, as_of: float(bisect_right(chosen.times, as_of))
    return lambda chosen, as_of: float(bisect_right(chosen.times, as_of) - bisect_right(chosen.times, as_of - window))


def _count(source: Source, _: bool) -> Inner:
    if source.half_life_days is None:
        return lambda chosen, low, high, as_of: float(max(high - low, 0))
    half_life = source.half_life_days * DAY
    return lambda chosen, low, high, as_of: (
        sum(int(0.5 ** ((as_of - t) / half_life) * FADED) for t in chosen.times[low:high]) / FADED
    )


def _distinct(source: Source, _: bool) -> Inner:
    name = source.property or ""

    def distinct(chosen: Chosen, low: int, high: int, as_of: int) -> Value:
        values = {text_of_any(e.properties.get(name)) for e in chosen.events[low:high]}
        return float(len(values - {None}))

    return distinct


def _amounts(name: str, events: Sequence[Event]) -> Iterator[float]:
    return (v for e in events if (v := amount(name, e.properties.get(name))) is not None)


def _sum(source: Source, _: bool) -> Inner:
    name = source.property or ""
    return lambda chosen, low, high, as_of: (
        float(sum(millionths(v) for v in _amounts(name, chosen.events[low:high]))) / MILLIONTHS
    )


def _max(source: Source, _: bool) -> Inner:
    name = source.property or ""
    return lambda chosen, low, high, as_of: max(_amounts(name, chosen.events[low:high]), default=None)


def _last(source: Source, text: bool) -> Inner:
    name = source.property or ""
    read: Callable[[Any], Value] = text_of_any if text else lambda value: amount(name, value)

    def last(chosen: Chosen, low: int, high: int, as_of: int) -> Value:
        best: Value = None
        best_at = 0
        for at in range(high - 1, low - 1, -1):
            if best is not None and chosen.times[at] < best_at:
                break
            value = read(chosen.events[at].properties.get(name))
            if value is not None and (best is None or value > best):  # type: ignore[operator]
                best, best_at = value, chosen.times[at]
        return best

    return last


def _days_since_first(_: Source, __: bool) -> Inner:
    return lambda chosen, low, high, as_of: (as_of - chosen.times[low]) / DAY if low < high else None


def _days_since_last(_: Source, __: bool) -> Inner:
    return lambda chosen, low, high, as_of: (as_of - chosen.times[high - 1]) / DAY if low < high else None


def pace_ratio(source: Source) -> float:
    """What the share of recent events is multiplied by, so that a steady pace is 1: the days of both windows.

    >>> pace_ratio(Source(event="any", measure="pace", window_days=7.0, compare_days=28.0))
    4.0
    """
    late = source.delay_days
    return ((source.compare_days or 1.0) - late) / ((source.window_days or 1.0) - late)


def _pace(source: Source, _: bool) -> Inner:
    compare, ratio = microseconds(source.compare_days or 1.0), pace_ratio(source)

    def pace(chosen: Chosen, low: int, high: int, as_of: int) -> Value:
        whole = high - bisect_right(chosen.times, as_of - compare)
        return max(high - low, 0) / whole * ratio if whole > 0 else None

    return pace


def _sessions(source: Source, _: bool) -> Inner:
    gap = microseconds((source.gap_minutes or 0.0) / 1440)

    def sessions(chosen: Chosen, low: int, high: int, as_of: int) -> Value:
        times = chosen.times[low:high]
        pauses = sum(after - before > gap for before, after in pairwise(times))
        return float(pauses + 1) if times else 0.0

    return sessions


def _leads(_: Source, __: bool) -> Inner:
    return lambda chosen, low, high, as_of: float(len(set(chosen.owners[low:high])))


_INNER: dict[str, Callable[[Source, bool], Inner]] = {
    "count": _count,
    "distinct": _distinct,
    "sum": _sum,
    "max": _max,
    "last": _last,
    "days_since_first": _days_since_first,
    "days_since_last": _days_since_last,
    "pace": _pace,
    "sessions": _sessions,
    "leads": _leads,
}

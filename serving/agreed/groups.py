"""The values of a fact, put into the few groups that people talk of: the agreement's own brackets, or texts."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import ceil, inf, nextafter
from typing import NamedTuple

from features.agreement import Condition, Fact
from features.catalog import Feature, Value
from serving.agreed.sources import value_text
from serving.words.conditions import condition_in
from serving.words.words import Words
from training.additive import AdditiveScorer, breaks_of

MOST_STEPS = 4  # of what gives points for each
PARTS = 4  # that a number without brackets is cut into


class Group(NamedTuple):
    """Values that are shown as one; numbers: ``low <= value < high``; else the text, or None for what is unknown."""

    low: float
    high: float
    value: str | None = None

    @property
    def is_range(self) -> bool:
        """Whether it is a range of numbers."""
        return self.low == self.low

    def holds(self, value: Value) -> bool:
        """Whether a value belongs to it."""
        if isinstance(value, float | int):
            return self.is_range and self.low <= value < self.high
        return not self.is_range and value == self.value


def unknown() -> Group:
    """The group of leads of whom the value is not known."""
    return named(None)


def named(value: str | None) -> Group:
    """The group of one text."""
    return Group(float("nan"), float("nan"), value)


def groups_of(feature: Feature, fact: Fact | None, told: Sequence[Value], values: Sequence[Value]) -> list[Group]:
    """The groups of a fact.

    fact: as agreed, None where it was only learned; told: the values that its points tell apart; values: today's
    """
    if feature.type == "text":
        return [*(named(value) for value in told if isinstance(value, str)), unknown()]
    edges = _edges(feature, fact, told, [v for v in values if isinstance(v, float | int)])
    ranges = [Group(low, high) for low, high in pairwise([-inf, *edges, inf])]
    return [*ranges, unknown()] if feature.nothing is None else ranges


def _edges(feature: Feature, fact: Fact | None, told: Sequence[Value], values: Sequence[float]) -> list[float]:
    """Where ranges begin, ascending."""
    if fact is not None and fact.points_each:
        most = MOST_STEPS if fact.cap is None else min(ceil(abs(fact.cap / fact.points_each)), MOST_STEPS)
        first = [] if feature.is_count else [nextafter(0.0, inf)]
        return [*first, *(float(n) for n in range(1, most + 1))]
    if fact is not None and fact.points:
        return sorted(end for end in breaks_of(fact) if abs(end) != inf)
    cuts = sorted(v for v in told if isinstance(v, float))
    inside = sorted({cuts[max(bisect_right(cuts, v) - 1, 0)] for v in values}) if cuts and values else cuts
    return sorted({inside[len(inside) * k // PARTS] for k in range(1, PARTS)}) if inside else []


def called(t: Words, feature: Feature, group: Group) -> str:
    """What a group is called."""
    if not group.is_range:
        return value_text(t, group.value)
    low, high = group.low, group.high
    if high == nextafter(low, inf) or (feature.is_count and high - low == 1):
        return _in_words(t, feature, Condition(equals=low))
    if low == -inf and (high == nextafter(0.0, inf) or (feature.is_count and high == 1)):
        return _in_words(t, feature, Condition(equals=0.0))
    if low == nextafter(0.0, inf):
        return t("agreement.above_zero", more=_in_words(t, feature, Condition(below=high)))
    begins, ends = (None if abs(end) == inf else end for end in (low, high))
    return _in_words(t, feature, Condition(at_least=begins, below=ends))


def _in_words(t: Words, feature: Feature, condition: Condition) -> str:
    return condition_in(t, condition, feature.unit)


def representative(scorer: AdditiveScorer, index: int, group: Group) -> list[Value]:
    """Values that stand for a group of which no lead is at hand: where its points may change."""
    if not group.is_range:
        return [group.value]
    found: list[Value] = [v for v in scorer.telling_values(index) if group.holds(v)]
    edge = group.low if group.low > -inf else nextafter(group.high, -inf) if group.high < inf else 0.0
    return [*found, max(edge, 0.0) if group.holds(0.0) else edge]

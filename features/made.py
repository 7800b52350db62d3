"""Facts made of other facts: the points agreed for them, and pairs of them.

What they are made of is read first, by whichever engine; they then follow from it by the functions here, the same
for one lead and for many.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from features.agreement import Agreement, Fact, feature_of
from features.catalog import Feature, Kind, Pair, Value
from features.columns import Column, Numbers, Texts
from features.errors import ConfigError, nearest
from features.pairs import pair_column, pair_value, sides_of
from features.points import AgreedPoints, added, agreed_points

TOTALS = ("fit", "interest", "score")  # what ``points_of`` can name beside a fact


class PointsOf(NamedTuple):
    """The fact at ``place`` is the sum of the points agreed for the facts at ``parts``."""

    place: int
    parts: tuple[int, ...]
    points: tuple[AgreedPoints, ...]

    def value(self, values: Sequence[Value]) -> Value:
        """Its value, given those of all facts."""
        return added(points(values[at]) for at, points in zip(self.parts, self.points, strict=True))

    def column(self, columns: Mapping[int, Column], n: int) -> Numbers:
        """Its values for n leads, given the columns of the facts by position; added in the order of ``value``."""
        total = np.zeros(n)
        for at, points in zip(self.parts, self.points, strict=True):
            column = columns[at]
            if isinstance(column, Texts):
                table = np.array([points(v) for v in (*column.words, None)])
                total += table[column.codes]
                continue
            values, places = np.unique(column.values, return_inverse=True)
            told: list[Value] = [None if v != v else v for v in values.tolist()]
            total += np.array([points(v) for v in told])[places]
        return Numbers(total)


class PairOf(NamedTuple):
    """The fact at ``place`` is a pair of the facts at ``parts``."""

    place: int
    parts: tuple[int, int]
    pair: Pair
    together: Callable[[Value, Value], Value]

    def value(self, values: Sequence[Value]) -> Value:
        """Its value, given those of all facts."""
        first, second = self.parts
        return self.together(values[first], values[second])

    def column(self, columns: Mapping[int, Column], n: int) -> Texts:  # noqa: ARG002 - as of ``PointsOf``
        """Its values for n leads, given the columns of the facts by position."""
        first, second = self.parts
        return pair_column(self.pair, columns[first], columns[second])


Made = PointsOf | PairOf


def made_facts(features: Sequence[Feature], agreement: Agreement | None) -> tuple[list[Feature], list[Made]]:
    """The agreed facts that points are made of and that are not in ``features``, and every fact made of others.

    Positions are those in ``features`` and the facts after them. Points are those of one fact, or of a kind before
    any bounds.
    Raises ConfigError where a feature names no agreed fact, such as itself, where there is no agreement, and for a
    pair as ``features.pairs.sides_of``.
    """
    behind: list[Feature] = []
    made: list[Made] = []
    for place, feature in enumerate(features):
        if feature.source.points_of is not None:
            made.append(_points_of(place, feature.source.points_of, features, behind, agreement))
        elif feature.source.pair is not None:
            pair = feature.source.pair
            made.append(PairOf(place, sides_of(feature.name, pair, features), pair, pair_value(pair)))
    return behind, made


def made_within(made: Sequence[Made], n: int) -> list[Made]:
    """Those that are made of the first ``n`` facts alone."""
    return [one for one in made if all(at < n for at in one.parts)]


def _points_of(
    place: int, of: str, features: Sequence[Feature], behind: list[Feature], agreement: Agreement | None
) -> PointsOf:
    """Points, for which the agreed facts that are in neither list are put ``behind``."""
    name = features[place].name
    if agreement is None:
        raise ConfigError("there is no agreement whose points could be read", where=_where(name), got=of)
    facts = _facts_of(of, name, agreement)
    parts = []
    for kind, fact in facts:
        everything, agreed = [*features, *behind], feature_of(fact, kind)
        if agreed not in everything:
            behind.append(agreed)
        parts.append([*everything, agreed].index(agreed))
    return PointsOf(place, tuple(parts), tuple(agreed_points(fact) for _, fact in facts))


def _facts_of(of: str, name: str, agreement: Agreement) -> list[tuple[Kind, Fact]]:
    """The facts that ``of`` means: all, those of a kind, or the one so called."""
    if of in TOTALS:
        return [(kind, fact) for kind, fact in agreement.facts if of in ("score", kind)]
    found = [(kind, fact) for kind, fact in agreement.facts if fact.fact == of]
    if not found:
        what = "a feature cannot refer to itself" if name == of else f"'{of}' is no fact of the agreement"
        allowed = [*TOTALS, *(fact.fact for _, fact in agreement.facts)]
        raise ConfigError(what, where=_where(name), got=of, do=nearest(of, allowed))
    return found


def _where(name: str) -> str:
    return f"feature '{name}', points_of"

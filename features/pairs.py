"""Two facts together: a text for every combination of their values.

A text takes part with its value, a number with the range that it lies in, and what is not known as ``unknown``.

>>> pair = Pair(first="industry", second="visits", second_cuts=(3.0, 8.0))
>>> of = pair_value(pair)
>>> of("software", 3.0), of("software", None), of(None, 0.0), of(None, None)
('software × 3 to 8', 'software × unknown', 'unknown × below 3', None)
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from features.catalog import Feature, Pair, Value
from features.columns import UNKNOWN, Column, Texts
from features.errors import ConfigError
from features.pairchecks import fault_of

BOTH = "{} × {}"
NOT_KNOWN = "unknown"


def pair_value(pair: Pair) -> Callable[[Value, Value], Value]:
    """The function from the values of a pair's two facts to its own; None where neither is known."""
    left, right = _named(pair.first_cuts), _named(pair.second_cuts)

    def value(first: Value, second: Value) -> Value:
        return None if first is None and second is None else BOTH.format(left(first), right(second))

    return value


def _named(cuts: tuple[float, ...]) -> Callable[[Value], str]:
    """What a value is called as one of two."""
    if not cuts:
        return lambda value: value if isinstance(value, str) else NOT_KNOWN
    names = range_names(cuts)
    return lambda value: names[bisect_right(cuts, value)] if isinstance(value, float) else NOT_KNOWN


def range_names(cuts: Sequence[float]) -> list[str]:
    """The ranges between cuts, in words; each begins with its cut. Ranges in the same words are one to a pair.

    Whole numbers are written in full, others with six digits.

    >>> range_names([0.25, 8.0, 2500000.0])
    ['below 0.25', '0.25 to 8', '8 to 2500000', 'from 2500000']
    """
    words = [f"{cut:.0f}" if float(cut).is_integer() else f"{cut:g}" for cut in cuts]
    between = [f"{low} to {high}" for low, high in pairwise(words)]
    return [f"below {words[0]}", *between, f"from {words[-1]}"]


def pair_column(pair: Pair, first: Column, second: Column) -> Texts:
    """The values of n leads, given the columns of the two facts: what ``pair_value`` gives for each.

    Words are made once for every combination that occurs.
    """
    (left, names), (right, others) = _coded(first, pair.first_cuts), _coded(second, pair.second_cuts)
    distinct, places = np.unique(left * len(others) + right, return_inverse=True)
    told = (divmod(both, len(others)) for both in distinct.tolist())
    words: dict[str | None, int] = {None: UNKNOWN}
    codes = [
        words.setdefault(BOTH.format(names[at], others[other]) if at or other else None, len(words) - 1)
        for at, other in told
    ]
    return Texts(np.array(codes, dtype=np.int32)[places], tuple(word for word in words if word is not None))


def _coded(column: Column, cuts: tuple[float, ...]) -> tuple[NDArray[np.int64], list[str]]:
    """A column as codes, (n,), and what each code is called; the first is for the unknown."""
    if isinstance(column, Texts):
        return column.codes.astype(np.int64) + 1, [NOT_KNOWN, *column.words]
    ranges = np.searchsorted(cuts, column.values, side="right") + 1
    return np.where(np.isnan(column.values), 0, ranges), [NOT_KNOWN, *range_names(cuts)]


def completed(features: Sequence[Feature], columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns of all features, given those of all but the last ones, which are pairs.

    Raises ConfigError as ``sides_of``.
    """
    more = []
    for feature in features[len(columns) :]:
        pair = feature.source.pair
        if pair is not None:
            first, second = sides_of(feature.name, pair, features[: len(columns)])
            more.append(pair_column(pair, columns[first], columns[second]))
    return (*columns, *more)


def sides_of(name: str, pair: Pair, features: Sequence[Feature]) -> tuple[int, int]:
    """The positions among ``features`` of the two facts of the pair that is called ``name``.

    Raises ConfigError, with the nearest name, where one is not there, is made of other facts itself, or is cut into
    ranges as it cannot be.
    """
    places = {f.name: i for i, f in reversed(list(enumerate(features)))}
    fault = fault_of(pair, {name: features[i] for name, i in places.items()})
    if fault is not None:
        where = f"feature '{name}', pair.{fault.key}"
        raise ConfigError(fault.what, where=where, got=fault.got, allowed=fault.allowed, do=fault.do)
    return places[pair.first], places[pair.second]

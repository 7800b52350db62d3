"""The bins by which a fact is watched: those in which the scorecard tells values apart, few enough to be counted."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.catalog import Feature
from features.columns import Column, Numbers, Texts
from features.describe import value_words
from features.pairs import range_names
from training.additive import AdditiveScorer
from training.learn.bins import cuts_of

RANGES = 12  # of a number, about, each with as many leads
VALUES = 30  # texts of a fact that no table tells apart, the most frequent
UNKNOWN, NEW = "unknown", "new or rare"  # behind the ranges or values of every fact

Bins = tuple[tuple[float, ...], tuple[str, ...]]


def bins_of(scorer: AdditiveScorer, index: int, column: Column) -> Bins:
    """Where a number's ranges begin, and the texts that are counted one by one.

    A number's neighbouring ranges are taken together until each holds a twelfth of the values in ``column``.
    """
    told = scorer.telling_values(index)
    if isinstance(column, Numbers):
        known = column.values[~np.isnan(column.values)]
        cuts = tuple(v for v in told if isinstance(v, float)) or cuts_of(column.values, RANGES)
        return _fewer(cuts, known), ()
    return (), tuple(v for v in told if isinstance(v, str)) or _frequent(column)


def _fewer(cuts: Sequence[float], known: NDArray[np.float64]) -> tuple[float, ...]:
    below = np.searchsorted(np.sort(known), cuts, side="left") / max(len(known), 1)
    kept, last = [], 0.0
    for cut, share in zip(cuts, below.tolist(), strict=True):
        if share - last >= 1 / RANGES and share < 1:
            kept.append(cut)
            last = share
    return tuple(kept)


def _frequent(column: Texts) -> tuple[str, ...]:
    counts = np.bincount(column.codes + 1, minlength=len(column.words) + 1)[1:]
    order = sorted(range(len(counts)), key=lambda i: (-int(counts[i]), column.words[i]))
    return tuple(column.words[i] for i in order[:VALUES] if counts[i])


def bin_names(feature: Feature, cuts: Sequence[float], values: Sequence[str]) -> list[str]:
    """What each bin is called, in the order of a table's rows: ranges or values, unknown, new or rare.

    >>> from features.catalog import Source
    >>> size = Feature(name="size", label="size", kind="fit", type="number", source=Source(field="size"))
    >>> bin_names(size, (10.0, 50.0), ())
    ['below 10', '10 to 50', 'from 50', 'unknown', 'new or rare']
    """
    if feature.type == "number":
        own = range_names(cuts) if cuts else ["known"]
    else:
        own = [value_words(value) for value in values]
    return [*own, UNKNOWN, NEW]

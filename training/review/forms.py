"""The rule that a fact without one would have: so many points each, up to a cap, or points per value or range."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from features.agreement import Fact, Points
from features.catalog import Feature
from features.columns import Column, Texts
from training.learn.bins import cuts_of

Floats = NDArray[np.float64]

FEWEST = 30  # leads that a value or range must have for a rule of its own
VALUES = 10  # of a text, at most
RANGES = 4  # of a number, at most
UNKNOWN = 0.2  # of the leads: from so many on, those of whom it is unknown are what the others are compared with
CAPS = (1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 12.0, 20.0)
OFTEN = 0.99  # the quantile of a count beyond which no cap is tried


def forms_of(feature: Feature, column: Column) -> Iterator[Fact]:
    """The forms that a rule could take, with 1 point in each place, to be measured; conditions for all frequent values.

    >>> from features.catalog import Source
    >>> from features.columns import Numbers
    >>> trials = Feature(name="t", label="t", kind="interest", type="number", source=Source(event="trial"))
    >>> [fact.cap for fact in forms_of(trials, Numbers(np.array([0.0, 0.0, 1.0, 2.0])))]
    [1.0, 2.0]
    """
    if isinstance(column, Texts):
        yield from _with_points(feature, _values(feature, column))
    elif feature.is_count or (feature.of_events and feature.source.half_life_days is not None):
        most = float(np.nanquantile(column.values, OFTEN, method="inverted_cdf"))
        for cap in (c for c in CAPS if c <= max(most, 1.0)):
            yield replace(_bare(feature), points_each=1.0, cap=cap)
    else:
        yield from _with_points(feature, _ranges(column.values))


def against_nothing(fact: Fact, effects: Floats, sizes: Floats) -> Fact:
    """The fact without the condition with which the others are compared: it shall give nothing.

    That is the unknown where many are, as an agreement gives nothing where nothing is known; else the one in the middle
    of the effects, so that few others differ from it. effects: (conditions,); sizes: (n, conditions)
    """
    if not fact.points:
        return fact
    shares = sizes.mean(axis=0)
    unknown = next((i for i, p in enumerate(fact.points) if p.missing and shares[i] >= UNKNOWN), None)
    order = np.argsort(effects, kind="stable")
    middle = order[int(np.searchsorted(np.cumsum(shares[order]), shares.sum() / 2))]
    dropped = int(middle) if unknown is None else unknown
    return only(fact, [i for i in range(len(fact.points)) if i != dropped])


def only(fact: Fact, places: list[int]) -> Fact:
    """The fact with the conditions at these places only."""
    return replace(fact, points=tuple(fact.points[i] for i in places)) if fact.points else fact


def _bare(feature: Feature) -> Fact:
    source = {name: getattr(feature.source, name) for name in feature.source.__struct_fields__}
    label = "" if feature.label == feature.name.replace("_", " ") else feature.label
    return Fact(fact=feature.name, label=label, labels=feature.labels, unit=feature.unit, **source)


def _with_points(feature: Feature, conditions: list[Points]) -> Iterator[Fact]:
    if conditions:
        yield replace(_bare(feature), points=tuple(conditions))


def _values(feature: Feature, column: Texts) -> list[Points]:
    """A condition for each frequent value, the unknown one too."""
    counts = np.bincount(column.codes + 1, minlength=len(column.words) + 1)
    order = np.argsort(-counts, kind="stable")[:VALUES].tolist()
    found = (_condition(feature, None if i == 0 else column.words[i - 1]) for i in order if counts[i] >= FEWEST)
    return [condition for condition in found if condition is not None]


def _condition(feature: Feature, word: str | None) -> Points | None:
    """None for the class of the texts that match nothing: no condition can name it."""
    if word is None:
        return Points(missing=True, points=1.0)
    if not feature.classes:
        return Points(equals=word, points=1.0)
    words = next((c.words for c in feature.classes if c.name == word), ())
    return Points(matches=words, named=word, points=1.0) if words else None


def _ranges(values: Floats) -> list[Points]:
    """A condition for each range, and for the unknown."""
    cuts = cuts_of(values, RANGES)
    ends = [None, *cuts, None]
    conditions = [Points(at_least=a, below=b, points=1.0) for a, b in pairwise(ends) if cuts]
    conditions.append(Points(missing=True, points=1.0))
    at = np.where(np.isnan(values), len(conditions) - 1, np.searchsorted(cuts, values, side="right"))
    counts = np.bincount(at, minlength=len(conditions))
    return [condition for condition, leads in zip(conditions, counts, strict=True) if leads >= FEWEST]

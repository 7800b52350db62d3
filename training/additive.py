"""Evaluates a scorecard: the terms of a score, for one lead in plain Python or for many in numpy.

Both do the same operations on the same doubles in the same order, so that both give the same bits, and

    score = base + sum(points)                          (the cut by bounds included, as a last term)
    points[i] = (1 - w) * agreed[i] + w * learned[i]
    probability = 1 / (1 + exp(-(scale_a + scale_b * score)))
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate
from math import exp, inf, isfinite, nextafter, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.agreement import Fact
from features.catalog import Feature, Value
from features.columns import Column, Numbers
from features.pairs import completed
from features.points import added, agreed_points, exact_values, span
from training.additive_many import ManyScorer, ScoredMany, variance
from training.cells import FactCells, Ranges
from training.scorecard import Scorecard

Floats = NDArray[np.float64]
Z90 = 1.6448536269514722  # the normal quantile of a two-sided 90 % interval


class Scored(NamedTuple):
    """One lead's score and all that made it; lists in the order of ``features``.

    ``cut`` is what the agreement's bounds took off or added (0.0 without bounds).
    ``total`` and ``agreed_total`` are the sums of the counted and the agreed points, before base and bounds.
    """

    score: float
    low: float
    high: float
    probability: float
    agreed_score: float
    base: float
    cut: float
    agreed: list[float]
    learned: list[float]
    points: list[float]
    total: float
    agreed_total: float


class FactPoints(NamedTuple):
    """What one fact's value is worth; ``row``: its place in the learned tables, all below each other."""

    agreed: float
    learned: float
    counted: float
    row: int


class AdditiveScorer:
    """A scorecard made ready to score values read by ``features.reference.Reader``."""

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        facts = {fact.fact: fact for _, fact in card.agreement.facts}
        self._facts = [facts.get(f.name) for f in card.features]
        self._agreed = [agreed_points(fact) if fact else _nothing for fact in self._facts]
        self._tables = [card.tables.get(f.name) for f in card.features]
        self._row = [
            row_of(f, t.cuts, t.values) if t else _first for f, t in zip(card.features, self._tables, strict=True)
        ]
        self._learned = [(*t.points, t.missing, t.other) if t else (0.0,) for t in self._tables]
        self._w = card.weight_of_history
        self.base = self._w * card.learned_base
        bounds = card.agreement.bounds
        # Adding 0.0 makes -0.0 a plain zero, which min and max of Python and of numpy choose alike.
        self._low, self._high = (bounds.low + 0.0, bounds.high + 0.0) if bounds else (-inf, inf)
        self.has_bounds = bounds is not None
        self._bags, self._offsets = self._bag_rows()
        self._base_bags = np.array(card.base_bags, dtype=np.float64)
        self._width = self._w * card.spread * Z90 if len(card.base_bags) > 1 and card.features else 0.0

    def one(self, values: Sequence[Value]) -> Scored:
        """The score and terms of one lead."""
        return self.scored([self.points_of(i, value) for i, value in enumerate(values)])

    def points_of(self, index: int, value: Value) -> FactPoints:
        """What a value of one fact is worth."""
        row, w = self._row[index](value), self._w
        agreed, learned = self._agreed[index](value), self._learned[index][row]
        return FactPoints(agreed, learned, (1.0 - w) * agreed + w * learned, self._offsets[index] + row)

    def scored(self, facts: Sequence[FactPoints]) -> Scored:
        """The score of a lead whose facts are worth these points."""
        agreed, learned, points, rows = map(list, zip(*facts, strict=True)) if facts else ([], [], [], [])
        total, agreed_total = added(points), added(agreed)
        whole = self.base + total
        score = self.cut(whole)
        half = self._half_width(rows)
        return Scored(
            score=score,
            low=self.cut(score - half),
            high=self.cut(score + half),
            probability=probability(self.card.scale_a, self.card.scale_b, score),
            agreed_score=self.cut(agreed_total),
            base=self.base,
            cut=score - whole,
            agreed=agreed,
            learned=learned,
            points=points,
            total=total,
            agreed_total=agreed_total,
        )

    def cut(self, score: float) -> float:
        """A score within the agreement's bounds."""
        return self._low if score < self._low else self._high if score > self._high else score

    def terms_of(self, index: int, value: Value) -> tuple[float, float, float]:
        """The agreed, learned and counted points of one fact for a value."""
        return self.points_of(index, value)[:3]

    def telling_values(self, index: int) -> list[Value]:
        """The values of a fact that the agreement or history can tell apart: its texts, or where its ranges begin."""
        feature, table, fact = self.card.features[index], self._tables[index], self._facts[index]
        values: set[Value] = set()
        if fact is not None:
            values |= {v for p in fact.points for v in exact_values(p)}
            values |= {s[0] for p in fact.points if (s := span(p)) is not None and isfinite(s[0])}
        if table is not None:
            values |= set(table.values if feature.type == "text" else table.cuts)
        return sorted(values, key=_order)

    def many(self, columns: Sequence[Column], *, terms: bool = True, leads: int = 0) -> ScoredMany:
        """The scores of many leads, given one column per feature; those of pairs that stand last may be left out.

        leads: how many there are, where the scorecard reads no facts, so that no column tells
        Terms take 24 bytes per lead and feature; without ``terms`` they are computed but not kept.
        """
        return self._many.score(completed(self.card.features, columns), terms=terms, leads=leads)

    @cached_property
    def _many(self) -> ManyScorer:
        return ManyScorer(
            facts=tuple(self._cells(i) for i in range(len(self.card.features))),
            base=self.base,
            base_bags=self._base_bags,
            width=self._width,
            bounds=(self._low, self._high),
            scale=(self.card.scale_a, self.card.scale_b),
        )

    def _cells(self, index: int) -> FactCells:
        feature, table, fact = self.card.features[index], self._tables[index], self._facts[index]
        breaks = {*(table.cuts if table else ()), *(breaks_of(fact) if fact else ())}
        start, rows = self._offsets[index], len(self._learned[index])
        return FactCells(
            agreed=self._agreed[index],
            row=self._row[index],
            learned=np.array(self._learned[index]),
            bags=self._bags[start : start + rows] if self._width and table and table.bags else None,
            weight=self._w,
            ranges=Ranges(breaks) if feature.type == "number" else None,
            each=(fact.points_each, inf if fact.cap is None else abs(fact.cap))
            if fact and fact.points_each is not None
            else None,
        )

    def _half_width(self, rows: Sequence[int]) -> float:
        if self._width == 0.0:
            return 0.0
        totals = self._base_bags + np.add.reduce(self._bags.take(rows, axis=0), axis=0)
        return self._width * sqrt(variance(totals.tolist()))

    def _bag_rows(self) -> tuple[Floats, list[int]]:
        """All bag tables below each other, (rows, bags), and where each fact's rows begin."""
        n_bags = len(self.card.base_bags)
        blocks = [
            np.array(t.bags, dtype=np.float64).T if t and t.bags else np.zeros((len(points), n_bags))
            for t, points in zip(self._tables, self._learned, strict=True)
        ]
        starts = [0, *accumulate(len(b) for b in blocks)][:-1]
        return np.vstack([np.empty((0, n_bags)), *blocks]), starts


def probability(scale_a: float, scale_b: float, score: float) -> float:
    """``1 / (1 + exp(-(a + b * score)))``, without overflow for any score."""
    z = scale_a + scale_b * score
    return 1.0 / (1.0 + exp(-z)) if z >= 0 else exp(z) / (1.0 + exp(z))


def _order(value: Value) -> tuple[bool, float, str]:
    return (False, value, "") if isinstance(value, float) else (True, 0.0, str(value))


def breaks_of(fact: Fact) -> set[float]:
    """Where the agreed points of a number may change."""
    exact = {v for p in fact.points for v in exact_values(p) if isinstance(v, float)}
    return exact | {nextafter(v, inf) for v in exact} | {end for p in fact.points for end in span(p) or ()}


def _nothing(_: Value) -> float:
    return 0.0


def _first(_: Value) -> int:
    return 0


def row_of(feature: Feature, cuts: Sequence[float], values: Sequence[str]) -> Callable[[Value], int]:
    """The function from a value to its row in a table of (bins..., unknown, never seen).

    Numbers: bin i holds ``cuts[i - 1] <= value < cuts[i]``; texts: bin i is ``values[i]``.
    """
    if feature.type == "number":
        unknown = len(cuts) + 1
        return lambda value: unknown if value is None else bisect_right(cuts, value)
    rows: dict[Value, int] = {value: i for i, value in enumerate(values)}
    rows[None] = len(values)
    never_seen = len(values) + 1
    return lambda value: rows.get(value, never_seen)


def rows_of(feature: Feature, cuts: Sequence[float], values: Sequence[str], column: Column) -> NDArray[np.intp]:
    """The rows of a whole column, (n,): what ``row_of`` gives for each value."""
    if isinstance(column, Numbers):  # NaN sorts behind every number, so that a last cut of NaN gives it the next row
        return np.searchsorted((*cuts, np.nan), column.values, side="right")
    row = row_of(feature, cuts, values)
    return np.array([*map(row, column.words), row(None)], dtype=np.intp)[column.codes]

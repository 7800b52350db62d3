"""Scores of many leads at once, in numpy: chunk by chunk, on a few threads.

The operations on each lead are those of ``training.additive`` in the same order, so that the bits are the same.
"""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import exp
from typing import NamedTuple, TypeVar

import numpy as np

from features.columns import Column
from training.cells import FactCells, Floats, Tables

CHUNK = 16_384  # leads: what they need at a time stays in a core's cache
THREADS = min(4, os.cpu_count() or 1)
Total = TypeVar("Total", float, Floats)


class ScoredMany(NamedTuple):
    """Scores of n leads: (n,) arrays; the terms (n, features), or (0, features) where they were not asked for.

    ``points`` are without the cut by bounds, which is a term of its own.
    """

    score: Floats
    low: Floats
    high: Floats
    probability: Floats
    agreed_score: Floats
    cut: Floats
    agreed: Floats
    learned: Floats
    points: Floats

    @classmethod
    def empty(cls, n: int, n_terms: int, features: int) -> "ScoredMany":
        """Room for n leads; terms of one feature lie side by side."""
        sums, terms = (np.empty(n) for _ in range(6)), (np.empty((features, n_terms)).T for _ in range(3))
        return cls(*sums, *terms)


@dataclass(frozen=True)
class ManyScorer:
    """A scorecard's sums, over ``facts``; ``width``: points per standard deviation of the bags' totals."""

    facts: Sequence[FactCells]
    base: float
    base_bags: Floats
    width: float
    bounds: tuple[float, float]
    scale: tuple[float, float]

    def score(self, columns: Sequence[Column], *, terms: bool, leads: int = 0) -> ScoredMany:
        """The scores of all leads of the columns, one per fact; of so many ``leads`` where there is no fact."""
        n = len(columns[0]) if columns else leads
        scored = ScoredMany.empty(n, n if terms else 0, len(columns))
        tables = [fact.tables(column) for fact, column in zip(self.facts, columns, strict=True)]
        starts = range(0, n, CHUNK)

        def work(start: int) -> None:
            self._chunk(columns, tables, slice(start, start + CHUNK), scored)

        if len(starts) < 2:
            for start in starts:
                work(start)
        else:
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(work, starts))
        return scored

    def _chunk(self, columns: Sequence[Column], tables: Sequence[Tables], rows: slice, scored: ScoredMany) -> None:
        n = len(scored.score[rows])
        whole, agreed_sum, bags = np.zeros(n), np.zeros(n), np.zeros((n, len(self.base_bags)))
        agreed, points, taken = np.empty(n), np.empty(n), np.empty_like(bags)
        for j, (fact, table) in enumerate(zip(self.facts, tables, strict=True)):
            column = columns[j].part(rows)
            cells = fact.cells(column)
            if len(scored.points):
                agreed, points = scored.agreed[rows, j], scored.points[rows, j]
                np.take(table.learned, cells, out=scored.learned[rows, j], mode="clip")
            fact.fill(column, cells, table, agreed, points)
            whole += points
            agreed_sum += agreed
            if table.bags is not None:
                bags += np.take(table.bags, cells, axis=0, out=taken, mode="clip")
        self._sums(whole, agreed_sum, bags, rows, scored)

    def _sums(self, whole: Floats, agreed: Floats, bags: Floats, rows: slice, scored: ScoredMany) -> None:
        low, high = self.bounds
        whole += self.base
        score = np.clip(whole, low, high, out=scored.score[rows])
        half = self.width * np.sqrt(variance(np.ascontiguousarray((self.base_bags + bags).T))) if self.width else 0.0
        np.maximum(score - half, low, out=scored.low[rows])
        np.minimum(score + half, high, out=scored.high[rows])
        np.clip(agreed, low, high, out=scored.agreed_score[rows])
        np.subtract(score, whole, out=scored.cut[rows])
        scored.probability[rows] = _probabilities(*self.scale, score)


def variance(totals: Iterable[Total]) -> Total:
    """The variance of numbers, or of arrays element by element, added from left to right; there are at least two."""
    known = list(totals)
    mean = _added(known) / len(known)
    return _added([(t - mean) * (t - mean) for t in known]) / (len(known) - 1)


def _added(totals: list[Total]) -> Total:
    first, *others = totals
    for total in others:
        first = first + total
    return first


def _probabilities(scale_a: float, scale_b: float, score: Floats) -> Floats:
    """As ``training.additive.probability``; with ``math.exp``, because numpy's differs in bits between machines."""
    z = scale_a + scale_b * score
    e = np.fromiter(map(exp, (-np.abs(z)).tolist()), np.float64, len(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)

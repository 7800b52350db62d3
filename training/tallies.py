"""Rows counted by their probability: what every measure is made of.

Rows of equal probability lie together, so that no measure depends on the order of the rows. Weights count a row
several times, or not at all, as a bootstrap does; all draws are counted at once.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SURELY = 1e-15  # how far from 0 and 1 a probability is taken to be, so that no surprise is infinite


class Tallies(NamedTuple):
    """For each of r draws and g probabilities in ascending order: how many rows there are, and how many converted.

    probability: (g,); rows, won: (r, g); starts: where each period begins (one period: ``[0]``)
    """

    probability: Floats
    rows: Floats
    won: Floats
    starts: Ints

    def auc(self) -> Floats:
        """The share of pairs (converted, not converted) of the same period in the right order, (r,).

        Equal probabilities count for half; NaN without a pair.
        """
        lost = self.rows - self.won
        below = np.cumsum(lost, axis=1) - lost
        sizes = np.diff(np.r_[self.starts, len(self.probability)])
        below -= np.repeat(below[:, self.starts], sizes, axis=1)
        in_order = (self.won * (below + lost / 2)).sum(axis=1)
        pairs = np.add.reduceat(self.won, self.starts, axis=1) * np.add.reduceat(lost, self.starts, axis=1)
        return _share(in_order, pairs.sum(axis=1))

    def pr_auc(self) -> Floats:
        """Average precision: the precision at each probability, weighted by the recall that it adds, (r,)."""
        rows, won = self.rows[:, ::-1], self.won[:, ::-1]
        precision = np.cumsum(won, axis=1) / np.maximum(np.cumsum(rows, axis=1), 1.0)
        return _share((won * precision).sum(axis=1), won.sum(axis=1))

    def log_loss(self) -> Floats:
        """Mean surprise in nats, (r,)."""
        p = np.clip(self.probability, SURELY, 1 - SURELY)
        return self._mean(-np.log(p), -np.log1p(-p))

    def brier(self) -> Floats:
        """Mean squared error, (r,)."""
        return self._mean((1 - self.probability) ** 2, self.probability**2)

    def _mean(self, if_won: Floats, if_lost: Floats) -> Floats:
        """The mean of what a row costs, (g,) by probability."""
        total = (self.won * if_won + (self.rows - self.won) * if_lost).sum(axis=1)
        return np.asarray(total / self.rows.sum(axis=1), dtype=np.float64)

    def capture(self, share: float) -> Floats:
        """The share of conversions among the ``share`` of each period's rows with the highest probabilities, (r,)."""
        caught = np.zeros(len(self.rows))
        for begin, end in pairwise([*self.starts.tolist(), len(self.probability)]):
            rows, won = _from_the_top(self.rows[:, begin:end]), _from_the_top(self.won[:, begin:end])
            caught += [np.interp(share * r[-1], r, w) for r, w in zip(rows, won, strict=True)]
        return _share(caught, self.won.sum(axis=1))

    def gaps(self, groups: int) -> Floats:
        """Predicted minus observed share in groups of equal size, best first, over all rows, (r, groups).

        Their absolute values sum to the calibration error, the gaps themselves to the bias of the mean.
        """
        rows = _from_the_top(self.rows)
        excess = _from_the_top(self.rows * self.probability - self.won)
        steps = np.linspace(0, 1, groups + 1)
        at = [np.interp(steps * r[-1], r, e) / r[-1] for r, e in zip(rows, excess, strict=True)]
        return np.asarray(np.diff(np.array(at), axis=1), dtype=np.float64)

    def refinement(self) -> Floats:
        """The Brier score that is left when the probabilities are calibrated as well as any order of them can be, (r,).

        The calibrated ones are the shares observed, made never to fall with the probability (isotonic regression).
        """
        return np.array([_refinement(rows, won) for rows, won in zip(self.rows, self.won, strict=True)])


def _refinement(rows: Floats, won: Floats) -> float:
    there = rows > 0
    rows, won = rows[there], won[there]
    best = isotonic_regression(won / rows, weights=rows).x
    return float((won * (1 - best) ** 2 + (rows - won) * best**2).sum() / rows.sum())


def _from_the_top(counts: Floats) -> Floats:
    """Counted from the highest probability down, beginning with none, (r, g + 1)."""
    return np.hstack([np.zeros((len(counts), 1)), np.cumsum(counts[:, ::-1], axis=1)])


def _share(part: Floats, whole: Floats) -> Floats:
    shares: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return shares


class Ranked(NamedTuple):
    """(n,) rows in the order of their periods, and within these of their probabilities; ready to be counted.

    order: (n,); first: where each group of equal rows begins, (g,)
    """

    order: NDArray[np.intp]
    first: NDArray[np.intp]
    converted: Floats
    probability: Floats
    starts: Ints

    @classmethod
    def of(cls, converted: Ints, probability: Floats, periods: Ints | None = None) -> "Ranked":
        """Rank rows; ``periods``: (n,) which period each is of, without them one for all."""
        period = np.zeros(len(converted), dtype=np.int64) if periods is None else periods
        order = np.lexsort((probability, period))
        period, ranked = period[order], probability[order]
        first = np.flatnonzero(np.r_[True, (np.diff(ranked) != 0) | (np.diff(period) != 0)])
        starts = np.flatnonzero(np.r_[True, np.diff(period[first]) != 0])
        return cls(order, first, converted[order].astype(np.float64), ranked[first], starts)

    def tally(self, weights: Floats) -> Tallies:
        """Count rows; weights (r, n): how often each draw holds each row."""
        rows = weights[:, self.order]
        won = rows * self.converted
        if len(self.first) < len(self.order):
            rows, won = np.add.reduceat(rows, self.first, axis=1), np.add.reduceat(won, self.first, axis=1)
        return Tallies(self.probability, rows, won, self.starts)

    def once(self) -> Tallies:
        """Count every row once."""
        return self.tally(np.ones((1, len(self.order))))

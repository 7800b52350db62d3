"""Pairs of facts that say together what neither says alone: found, proved on held-out rows, and shrunken.

A pair is a table of cells, one per value of the one fact and value of the other. Its cells are Gaussian around 0
with one precision, so that a cell with few leads is worth little. All looking is done on what is left over when
every row is predicted by a model that did not see it, so that a fact that was merely shrunken does not look like a
pair. Of numbers, up to 4, 8 or 16 ranges are told apart, whichever the marginal likelihood prefers.
"""

from collections.abc import Container, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from training.learn.bins import Bins
from training.learn.design import Design

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

RANGES = (4, 8, 16)
PRECISIONS = np.geomspace(1.0, 1000.0, 13)
LIKELY = 3.0  # nats of marginal likelihood beyond those of the two facts alone, for a pair to be tried
TRIED, KEPT = 20, 10  # at most
SURE = 3.0  # standard errors of the held-out gain
LARGEST = 250_000  # cells of a table that is looked at
NEWTON = 3


class Grid(NamedTuple):
    """A fact told apart coarsely.

    group: (table size,) the group of each row of its table; never_seen: the group of texts never seen
    """

    group: Rows
    groups: int
    cuts: tuple[float, ...]
    never_seen: int | None = None


class Pair(NamedTuple):
    """Two facts (their places) on grids, with the precision of the cells."""

    first: int
    second: int
    grids: tuple[Grid, Grid]
    precision: float

    def cells(self, codes: Sequence[Rows]) -> Rows:
        """The cell of each row, (n,)."""
        one, two = self.grids
        return one.group[codes[self.first]] * two.groups + two.group[codes[self.second]]

    @property
    def size(self) -> int:
        """How many cells there could be."""
        return self.grids[0].groups * self.grids[1].groups

    @property
    def named(self) -> NDArray[np.bool_]:
        """(cells,) whether a cell can be named: both its values have been seen."""
        one, two = (np.arange(g.groups) != (-1 if g.never_seen is None else g.never_seen) for g in self.grids)
        return np.asarray(one[:, None] & two[None, :], dtype=np.bool_).ravel()


class Proved(NamedTuple):
    """A pair that earned its place: nats a row gained on held-out rows, and the gain's standard error."""

    pair: Pair
    gain: float
    error: float


def find_pairs(
    design: Design, held_out: Floats, whose: Rows, fold: Rows, unpaired: Container[int] = ()
) -> tuple[list[Proved], Floats]:
    """The pairs that earn a place, and the held-out log-odds with them, (n,).

    held_out: (n,) log-odds of each row by a model that did not see it; whose, fold: (n,) its lead and its fold
    unpaired: the places of facts that can be in no pair
    """
    found: list[Proved] = []
    log_odds = held_out
    for pair in _likely(design, held_out, unpaired):
        with_pair = _held_out(design, log_odds, pair, fold)
        gain = _loss(log_odds, design) - _loss(with_pair, design)
        mean, error = _mean_of_leads(gain, design.weights, whose)
        if mean > SURE * error and len(found) < KEPT:
            found.append(Proved(pair, mean, error))
            log_odds = with_pair
    return found, log_odds


def cell_effects(design: Design, log_odds: Floats, pair: Pair) -> tuple[Floats, Floats]:
    """The most probable log-odds of each cell, and its posterior deviation; given the rows' log-odds without it."""
    cells, size = pair.cells(design.codes), pair.size
    effect: NDArray[Any] = np.zeros(size)
    curvature: NDArray[Any] = np.ones(size)
    for _ in range(NEWTON):
        mean = expit(log_odds + effect[cells])
        slope = np.bincount(cells, design.weights * (design.converted - mean), size) - pair.precision * effect
        curvature = pair.precision + np.bincount(cells, design.weights * mean * (1 - mean), size)
        effect = np.clip(slope / curvature, -2.0, 2.0) + effect
    return np.where(pair.named, effect, 0.0), 1 / np.sqrt(curvature)


def _likely(design: Design, held_out: Floats, unpaired: Container[int]) -> list[Pair]:
    """The pairs that the marginal likelihood speaks for, the most likely first."""
    mean = expit(held_out)
    slope, curvature = design.weights * (design.converted - mean), design.weights * mean * (1 - mean)
    grids = [
        [] if i in unpaired else list(_grids(b, c))
        for i, (b, c) in enumerate(zip(design.bins, design.codes, strict=True))
    ]
    alone = [
        max((_evidence(grid.group[codes], grid.groups, slope, curvature)[0] for grid in of_fact), default=0.0)
        for of_fact, codes in zip(grids, design.codes, strict=True)
    ]
    likely = []
    for first, second in combinations(range(len(grids)), 2):
        best = max(
            (
                (*_evidence(pair.cells(design.codes), pair.size, slope, curvature), pair)
                for one, two in _matched(grids[first], grids[second])
                if (pair := Pair(first, second, (one, two), 1.0)).size <= LARGEST
            ),
            key=lambda found: found[0],
            default=None,
        )
        if best is not None and (gain := best[0] - alone[first] - alone[second]) > LIKELY:
            likely.append((gain, best[2]._replace(precision=best[1])))
    likely.sort(key=lambda found: -found[0])
    return [pair for _, pair in likely[:TRIED]]


def _grids(bins: Bins, codes: Rows) -> Iterator[Grid]:
    if not bins.is_number:
        if bins.own > 1:
            yield Grid(np.arange(bins.size), bins.size, (), bins.size - 1)
        return
    if bins.own < 2:
        return
    for ranges in RANGES:
        grid = _coarse(bins, codes, ranges)
        if grid.cuts:
            yield grid
        if ranges >= bins.own:
            return


def _coarse(bins: Bins, codes: Rows, ranges: int) -> Grid:
    """About so many ranges with equally many rows, out of those of the fact's own bins."""
    rows = np.bincount(codes, minlength=bins.size)[: bins.own]
    before = np.cumsum(rows) - rows
    wanted = (
        np.minimum(before * ranges // max(int(rows.sum()), 1), ranges - 1) if ranges < bins.own else np.arange(bins.own)
    )
    _, group = np.unique(wanted, return_inverse=True)
    starts = np.flatnonzero(np.diff(group)) + 1
    groups = int(group[-1]) + 1
    return Grid(np.r_[group, groups, groups], groups + 1, tuple(bins.cuts[i - 1] for i in starts))


def _matched(first: list[Grid], second: list[Grid]) -> Iterator[tuple[Grid, Grid]]:
    """Grids of like fineness; a text has but one."""
    if first and second:
        for i in range(max(len(first), len(second))):
            yield first[min(i, len(first) - 1)], second[min(i, len(second) - 1)]


def _evidence(cells: Rows, size: int, slope: Floats, curvature: Floats) -> tuple[float, float]:
    """The log of the marginal likelihood of a table of cells against none, and the precision that makes it greatest."""
    s, c = np.bincount(cells, slope, size), np.bincount(cells, curvature, size)
    seen = c > 0
    s, c = s[seen, None], c[seen, None]
    by_precision = 0.5 * (s**2 / (c + PRECISIONS) - np.log1p(c / PRECISIONS)).sum(axis=0)
    best = int(by_precision.argmax())
    return max(float(by_precision[best]), 0.0), float(PRECISIONS[best])


def _held_out(design: Design, log_odds: Floats, pair: Pair, fold: Rows) -> Floats:
    """The log-odds with the pair's effects, each row's learned without its fold."""
    result = log_odds.copy()
    cells = pair.cells(design.codes)
    for i in range(int(fold.max()) + 1):
        kept, out = np.flatnonzero(fold != i), np.flatnonzero(fold == i)
        effect, _ = cell_effects(design.take(kept), log_odds[kept], pair)
        result[out] += effect[cells[out]]
    return result


def _loss(log_odds: Floats, design: Design) -> Floats:
    return np.asarray(np.logaddexp(0, log_odds) - design.converted * log_odds, dtype=np.float64)


def _mean_of_leads(gain: Floats, weights: Floats, whose: Rows) -> tuple[float, float]:
    """The weighted mean over rows and its standard error, whole leads being independent."""
    mean = float(np.average(gain, weights=weights))
    away = np.bincount(whose, weights * (gain - mean))
    return mean, float(np.sqrt((away**2).sum()) / weights.sum())

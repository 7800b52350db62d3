"""The shrunken logistic model: every table a Gaussian vector around its parent, its variance learned from the data.

    log-odds = a + sum over blocks of coefficient[code]      coefficients of a block ~ N(0, (precision * penalty)^-1)

Newton's method on the whole vector; between its steps each block's precision is set to where the marginal
likelihood (Laplace's approximation) is greatest (MacKay, Neural Computation 4, 1992), so that a block that says
nothing is shrunken to nothing and nothing is tuned by hand. The curvature at the end gives draws from the
posterior, which make the intervals: those of such Bayesian smoothing cover the truth on average over the values as
often as they say (Nychka, JASA 83, 1988).
"""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.linalg.lapack import dpotri
from scipy.special import expit
from threadpoolctl import threadpool_limits

from training.learn.additive_model import AdditiveModel
from training.learn.design import Block, Design

Floats = NDArray[np.float64]

STEPS = 40
SMALL = 1e-3  # log-odds: a step below it ends the search
SETTLED = 0.05  # coefficients: a smaller change of what the data determine ends the search for precisions
LONGEST = 4.0  # log-odds: a longer step is shortened
PRIOR_SHAPE, PRIOR_RATE = 0.1, 0.01  # of each precision; as weak as a fifth of one coefficient
LEAST, MOST = 1e-2, 1e5  # precisions


class Ridge(NamedTuple):
    """The fitted model: intercept and coefficients in one vector, (k + 1,), the intercept last.

    precisions: (blocks,); factor: the lower Cholesky factor of the posterior's precision
    """

    coefficients: Floats
    precisions: Floats
    factor: Floats

    def model(self, design: Design) -> AdditiveModel:
        """The model as tables."""
        return _tables(design, self.coefficients)

    def draws(self, design: Design, n: int, seed: int) -> list[AdditiveModel]:
        """``n`` draws from the posterior, as tables."""
        normal = np.random.default_rng(seed).standard_normal((len(self.coefficients), n))
        away = solve_triangular(self.factor, normal, lower=True, trans="T")
        return [_tables(design, self.coefficients + step) for step in away.T]


def fit_ridge(design: Design, start: Ridge | None = None) -> Ridge:
    """Fit coefficients and precisions; ``start``: a fit on nearly the same rows, to begin from.

    One thread of the algebra library, so that the same data give the same bits on any number of cores.
    """
    with threadpool_limits(limits=1):
        return _fit(design, start)


def _fit(design: Design, start: Ridge | None) -> Ridge:
    blocks, sizes = design.blocks, [len(b.penalty) for b in design.blocks]
    ends = np.cumsum([0, *sizes])
    places = [slice(int(a), int(b)) for a, b in itertools.pairwise(ends)]
    coefficients, precisions = _begin(design, start, int(ends[-1]))
    determined = np.zeros(len(blocks))
    settled = False
    for step in range(STEPS):
        mean = expit(_log_odds(blocks, places, coefficients))
        curvature = _curvature(blocks, places, design.weights * mean * (1 - mean))
        gradient = _gradient(blocks, sizes, design.weights * (design.converted - mean))
        for block, at, precision in zip(blocks, places, precisions, strict=True):
            curvature[at, at] += precision * block.penalty
            gradient[at] -= precision * (block.penalty @ coefficients[at])
        factor = cholesky(curvature, lower=True, overwrite_a=True, check_finite=False)
        move = cho_solve((factor, True), gradient, check_finite=False)
        longest = float(np.abs(move).max())
        coefficients = coefficients + move * min(1.0, LONGEST / longest if longest else 1.0)
        if settled and longest < SMALL:
            break
        if step > 0 and not settled:
            before, determined = determined, _determined(blocks, places, precisions, factor)
            precisions = _precisions(blocks, places, coefficients, determined)
            settled = bool(np.abs(determined - before).max() < SETTLED)
    return Ridge(coefficients, precisions, factor)


def _begin(design: Design, start: Ridge | None, k: int) -> tuple[Floats, Floats]:
    if start is not None:
        return start.coefficients, start.precisions
    share = float(np.average(np.r_[design.converted, 0.5], weights=np.r_[design.weights, 1.0]))
    return np.r_[np.zeros(k), np.log(share / (1 - share))], np.ones(len(design.blocks))


def _log_odds(blocks: tuple[Block, ...], places: list[slice], coefficients: Floats) -> Floats:
    total = np.full(len(blocks[0].codes), coefficients[-1])
    for block, at in zip(blocks, places, strict=True):
        total += coefficients[at][block.codes]
    return total


def _gradient(blocks: tuple[Block, ...], sizes: list[int], residual: Floats) -> Floats:
    parts = [np.bincount(b.codes, residual, k) for b, k in zip(blocks, sizes, strict=True)]
    return np.concatenate([*parts, [residual.sum()]])


def _curvature(blocks: tuple[Block, ...], places: list[slice], weights: Floats) -> Floats:
    """The weighted cross-tabulation of every block with every other, (k + 1, k + 1); lower half only."""
    k = places[-1].stop
    whole = np.zeros((k + 1, k + 1))
    whole[k, k] = weights.sum() + 1e-9
    for i, (block, at) in enumerate(zip(blocks, places, strict=True)):
        size = at.stop - at.start
        counts = np.bincount(block.codes, weights, size)
        whole[np.arange(at.start, at.stop), np.arange(at.start, at.stop)] = counts
        whole[k, at] = counts
        for other, there in zip(blocks[:i], places[:i], strict=True):
            width = there.stop - there.start
            table = np.bincount(block.codes * width + other.codes, weights, size * width)
            whole[at, there] = table.reshape(size, width)
    return whole


def _determined(blocks: tuple[Block, ...], places: list[slice], precisions: Floats, factor: Floats) -> Floats:
    """How many coefficients of each block the data determine, rather than its prior, (blocks,)."""
    covariance, _ = dpotri(factor, lower=True)  # the lower half only
    found = np.empty(len(blocks))
    for i, (block, at) in enumerate(zip(blocks, places, strict=True)):
        lower = np.tril(covariance[at, at])
        trace = 2 * float((block.penalty * lower).sum()) - float(np.diagonal(block.penalty) @ np.diagonal(lower))
        found[i] = len(block.penalty) - precisions[i] * trace
    return found


def _precisions(blocks: tuple[Block, ...], places: list[slice], coefficients: Floats, determined: Floats) -> Floats:
    """Each block's precision from the coefficients it holds and how many of them the data determine."""
    sizes = [float(coefficients[at] @ b.penalty @ coefficients[at]) for b, at in zip(blocks, places, strict=True)]
    return np.clip((determined + 2 * PRIOR_SHAPE) / (np.array(sizes) + 2 * PRIOR_RATE), LEAST, MOST)


def _tables(design: Design, coefficients: Floats) -> AdditiveModel:
    tables = [np.zeros(b.size) for b in design.bins]
    at = 0
    for block in design.blocks:
        tables[block.table] += coefficients[at : at + len(block.penalty)][block.row_of]
        at += len(block.penalty)
    return AdditiveModel(float(coefficients[-1]), tuple(tables))

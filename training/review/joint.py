"""The model that all rules share: a logistic regression in which each rule is a column of its own.

    log-odds = a + sum of coefficient[rule] * size[rule] + what the facts without a rule say + a trend in time

A rule's coefficient is thus adjusted for every other rule, for the facts that go along with it, and for a base rate
that moves. Rules have a weak prior around what was agreed (``DEVIATION``), which matters only where nearly nothing is
known, such as a rule that few leads meet of which none converted (Gelman and others, Annals of Applied Statistics 2,
2008). What has no rule is shrunken as in ``training.learn.ridge``: each fact's table as far as the marginal likelihood
says (MacKay, Neural Computation 4, 1992).
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit
from threadpoolctl import threadpool_limits

from training.learn.design import Block
from training.learn.mixture import centred_at

Floats = NDArray[np.float64]

DEVIATION = 1.0  # log-odds by which what was agreed may well be off: odds off by a factor of 2.7
STEPS = 40
SMALL = 1e-4  # log-odds: a step below it ends the search
SETTLED = 0.05  # coefficients: a smaller change of what the data determine ends the search for precisions
LONGEST = 4.0  # log-odds: a longer step is shortened
PRIOR_SHAPE, PRIOR_RATE = 0.1, 0.01  # of each precision; as weak as a fifth of one coefficient
LEAST, MOST = 1e-2, 1e5  # precisions


class Inputs(NamedTuple):
    """n rows: (n, rules) sizes in units of what many leads have; blocks of the facts without a rule.

    reach: (rules,) that unit; agreed: (rules,) what was agreed for so much, in log-odds
    converted: (n,) outcomes or shares; weights: (n,); offset: (n,) log-odds that each row has already
    """

    sizes: Floats
    reach: Floats
    agreed: Floats
    blocks: Sequence[Block]
    converted: Floats
    weights: Floats
    offset: Floats

    def take(self, rows: NDArray[np.intp]) -> "Inputs":
        """The rows at these positions."""
        blocks = [b._replace(codes=b.codes[rows]) for b in self.blocks]
        return self._replace(
            sizes=self.sizes[rows],
            blocks=blocks,
            converted=self.converted[rows],
            weights=self.weights[rows],
            offset=self.offset[rows],
        )


class Joint(NamedTuple):
    """The fitted model: the intercept, the rules, then the blocks, (k,).

    matrix: (n, k); covariance: (k, k) of the posterior; prior: (k, k) its precision, around ``centre``
    """

    inputs: Inputs
    matrix: sparse.csr_array
    coefficients: Floats
    covariance: Floats
    prior: Floats
    centre: Floats

    def log_odds(self, inputs: Inputs) -> Floats:
        """The log-odds of other rows, (n,)."""
        return np.asarray(_matrix(inputs) @ self.coefficients + inputs.offset, dtype=np.float64)

    def objective(self, coefficients: Floats) -> float:
        """The log of the posterior density, but for a constant."""
        z, away = self._log_odds(coefficients), coefficients - self.centre
        fit = self.inputs.weights @ (self.inputs.converted * z - np.logaddexp(0.0, z))
        return float(fit - 0.5 * away @ self.prior @ away)

    def slope(self, coefficients: Floats) -> Floats:
        """The gradient of the objective, (k,)."""
        residual = self.inputs.weights * (self.inputs.converted - expit(self._log_odds(coefficients)))
        return np.asarray(self.matrix.T @ residual - self.prior @ (coefficients - self.centre), dtype=np.float64)

    def _log_odds(self, coefficients: Floats) -> Floats:
        return np.asarray(self.matrix @ coefficients + self.inputs.offset, dtype=np.float64)

    def covariance_at(self, coefficients: Floats) -> Floats:
        """The inverse of the curvature, (k, k)."""
        mean = expit(self._log_odds(coefficients))
        weighted = self.matrix.multiply((self.inputs.weights * mean * (1 - mean))[:, None])
        curvature = (weighted.T @ self.matrix).toarray() + self.prior
        return np.asarray(cho_solve(cho_factor(curvature, lower=True), np.eye(len(curvature))), dtype=np.float64)


def fit_joint(inputs: Inputs) -> Joint:
    """Fit the model by Newton's method, the precisions of the blocks between its steps.

    One thread of the algebra library, so that the same data give the same bits on any number of cores.
    """
    with threadpool_limits(limits=1):
        return _fit(inputs)


def _fit(inputs: Inputs) -> Joint:
    matrix, centre = _matrix(inputs), _centre(inputs)
    places = _places(inputs)
    precisions, determined = np.ones(len(places)), np.zeros(len(places))
    settled = False
    model = Joint(inputs, matrix, centre, np.empty((0, 0)), _prior(inputs, places, precisions), centre)
    for step in range(STEPS):
        model = model._replace(prior=_prior(inputs, places, precisions))
        covariance = model.covariance_at(model.coefficients)
        move = covariance @ model.slope(model.coefficients)
        longest = float(np.abs(move).max())
        moved = model.coefficients + move * min(1.0, LONGEST / longest if longest else 1.0)
        model = model._replace(coefficients=moved, covariance=covariance)
        if settled and longest < SMALL:
            break
        if step > 0 and not settled:
            before, determined = determined, _determined(inputs, places, precisions, covariance)
            precisions = _precisions(inputs, places, moved, determined)
            settled = not len(places) or bool(np.abs(determined - before).max() < SETTLED)
    return model


def _matrix(inputs: Inputs) -> sparse.csr_array:
    n = len(inputs.converted)
    dense = sparse.csr_array(np.column_stack([np.ones(n), inputs.sizes]))
    each = np.arange(n)
    blocks = [sparse.csr_array((np.ones(n), (each, b.codes)), shape=(n, len(b.penalty))) for b in inputs.blocks]
    return sparse.csr_array(sparse.hstack([dense, *blocks]))


def _places(inputs: Inputs) -> list[slice]:
    first = 1 + inputs.sizes.shape[1]
    ends = np.cumsum([first, *(len(b.penalty) for b in inputs.blocks)]).tolist()
    return [slice(a, b) for a, b in itertools.pairwise(ends)]


def _centre(inputs: Inputs) -> Floats:
    """Where the search begins and the prior has its centre: what was agreed, at the base rate."""
    by_rules = inputs.sizes @ inputs.agreed + inputs.offset
    base = centred_at(by_rules, inputs.converted, inputs.weights)
    return np.concatenate([[base], inputs.agreed, np.zeros(sum(len(b.penalty) for b in inputs.blocks))])


def _prior(inputs: Inputs, places: list[slice], precisions: Floats) -> Floats:
    k = 1 + inputs.sizes.shape[1] + sum(len(b.penalty) for b in inputs.blocks)
    prior = np.zeros((k, k))
    rules = np.arange(1, 1 + inputs.sizes.shape[1])
    prior[0, 0] = 1e-9
    prior[rules, rules] = DEVIATION**-2.0
    for block, at, precision in zip(inputs.blocks, places, precisions, strict=True):
        prior[at, at] = precision * block.penalty
    return prior


def _determined(inputs: Inputs, places: list[slice], precisions: Floats, covariance: Floats) -> Floats:
    """How many coefficients of each block the data determine, rather than its prior, (blocks,)."""
    traces = [float((b.penalty * covariance[at, at]).sum()) for b, at in zip(inputs.blocks, places, strict=True)]
    sizes = np.array([len(b.penalty) for b in inputs.blocks])
    return np.asarray(sizes - precisions * np.array(traces), dtype=np.float64)


def _precisions(inputs: Inputs, places: list[slice], coefficients: Floats, determined: Floats) -> Floats:
    """Each block's precision from the coefficients it holds and how many of them the data determine."""
    lengths = [
        float(coefficients[at] @ b.penalty @ coefficients[at]) for b, at in zip(inputs.blocks, places, strict=True)
    ]
    found = (determined + 2 * PRIOR_SHAPE) / (np.array(lengths) + 2 * PRIOR_RATE)
    return np.asarray(np.clip(found, LEAST, MOST), dtype=np.float64)

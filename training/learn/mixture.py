"""How much each member of the mixture counts: by what it predicts of rows that it did not see.

    log-odds = a + sum over members of weight[m] * (log-odds of m)      weights ~ N(usual, 1 / SURENESS), >= 0

All members are additive over the same bins, so their mixture is. Where little is known the usual weights hold.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

Floats = NDArray[np.float64]

SURENESS = 30.0  # the prior's precision: a weight's own deviation is 0.18


class Member(NamedTuple):
    """A kind of additive model, and its usual weight."""

    name: str
    usual: float


MEMBERS = (Member("shrunken logistic", 0.6), Member("boosting", 0.4), Member("naive Bayes", 0.0))


def weights_of_members(held_out: Floats, converted: Floats, weights: Floats) -> Floats:
    """The members' weights from their held-out log-odds, (n, members), the outcomes and the rows' weights, (n,)."""
    usual = np.array([m.usual for m in MEMBERS])
    centred = held_out - np.average(held_out, axis=0, weights=weights)
    design = np.column_stack([np.ones(len(centred)), centred])
    prior, precision = np.r_[0.0, usual], np.r_[1e-2, np.full(len(usual), SURENESS)]

    def loss(p: Floats) -> tuple[float, Floats]:
        z = design @ p
        value = (weights * (np.logaddexp(0, z) - converted * z)).sum() + 0.5 * (precision * (p - prior) ** 2).sum()
        return float(value), design.T @ (weights * (expit(z) - converted)) + precision * (p - prior)

    bounds = [(None, None), *[(0.0, None)] * len(usual)]
    found = minimize(loss, prior, jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-12, "gtol": 1e-8})
    return np.asarray(found.x[1:], dtype=np.float64)


def mixed_apart(held_out: Floats, converted: Floats, weights: Floats, fold: NDArray[np.intp]) -> Floats:
    """The mixture's held-out log-odds, (n,): each row's with members' weights that its fold has had no say in.

    Else even weights fitted to noise would seem to predict a little of it.
    """
    result = np.empty(len(held_out))
    for i in range(int(fold.max()) + 1):
        kept, out = fold != i, fold == i
        result[out] = held_out[out] @ weights_of_members(held_out[kept], converted[kept], weights[kept])
    return result


def centred_at(log_odds: Floats, converted: Floats, weights: Floats) -> float:
    """What to add to log-odds so that the weighted mean probability is the weighted share that converted."""
    share = float(np.average(converted, weights=weights))
    low, high = -40.0 - float(log_odds.max()), 40.0 - float(log_odds.min())
    for _ in range(100):
        middle = (low + high) / 2
        mean = float(np.average(expit(log_odds + middle), weights=weights))
        low, high = (middle, high) if mean < share else (low, middle)
    return (low + high) / 2

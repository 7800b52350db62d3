"""How much history counts against the agreement: the weight of history, estimated on held-out outcomes.

Agreed points ``A`` and learned points ``L`` (both worth ``kappa`` log-odds by the agreement) enter a logistic
regression of the outcome,

    log-odds = a + kappa * (u_agreed * A + u_learned * L)      u_agreed ~ N(1, 1), u_learned ~ N(0, 1), both >= 0

whose prior trusts the agreement: without outcomes, u_agreed = 1 and u_learned = 0. ``L`` is held out: each
lead's comes from a model that did not see it. A second fit leaves history out. The two are averaged by their
marginal likelihoods (Laplace's approximation; MacKay, Information Theory, ch. 27-28), so that history counts
only as far as it has shown that it improves on the rules. ``evidence`` is by how much the first fit is more
probable than the second, from 0 where it is no more probable (as where nothing at all was learned) to 1:

    w = evidence * u_learned / (u_agreed + u_learned)
    scale_b = kappa * (evidence * (u_agreed + u_learned) + (1 - evidence) * u_rules)

Averaging the weights, not the ``u``, keeps ``w`` below the evidence even where the outcomes follow neither, and
all ``u`` are near 0.
"""

from math import log, pi, tanh
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from features.agreement import Agreement, Bounds
from training.learn.mixture import centred_at

Floats = NDArray[np.float64]

INTERCEPT_DEVIATION = 10.0
LEAST_SCALE = 0.02  # of kappa: below it a point would mean nothing, and a score no order


class Blend(NamedTuple):
    """The weight of history, the scale of the blend, and the scale of the rules alone.

    evidence: how sure it is, from 0 to 1, that history improves on the rules
    """

    weight_of_history: float
    scale_a: float
    scale_b: float
    rules_a: float
    rules_b: float
    evidence: float


class _Fit(NamedTuple):
    intercept: float
    weights: Floats
    log_evidence: float


def kappa(agreement: Agreement) -> float:
    """Log-odds per point by the agreement: ``ln 2 / points_double_odds``."""
    return log(2) / agreement.points_double_odds


def weigh(
    agreed: Floats,
    learned: Floats,
    converted: NDArray[np.float64] | NDArray[np.int64],
    agreement: Agreement,
    weights: Floats | None = None,
    shift: float = 0.0,
) -> Blend:
    """Estimate the blend from held-out points.

    agreed, learned: (n,) points of each row before any cut to bounds; learned ones from a model that did not
    see the lead. The scales are for scores after the cut.
    converted: (n,) outcomes, or shares where some are late
    weights: (n,) how much a row counts as evidence: without them 1; less where a lead has several rows, which say
    nearly the same, and where much came after it
    shift: log-odds by which the base rate has left what the rows say of its level
    """
    k, weights = kappa(agreement), _or_ones(weights, agreed)
    centre = float(np.average(agreed, weights=weights))
    a, h = k * (agreed - centre), k * (learned - np.average(learned, weights=weights))
    rules = _fit(a[:, None], converted, np.array([1.0]), weights)
    both = _fit(np.column_stack([a, h]), converted, np.array([1.0, 0.0]), weights)
    evidence = max(tanh((both.log_evidence - rules.log_evidence) / 2), 0.0)
    by_rules, by_history = both.weights.tolist()
    if not a.any():  # rules that say nothing have nothing to share
        by_rules = 0.0
    total_of_both = by_rules + by_history
    earned = evidence * by_history / max(total_of_both, LEAST_SCALE)
    total = max((1 - evidence) * float(rules.weights[0]) * bool(a.any()) + evidence * total_of_both, LEAST_SCALE)
    w = min(earned, agreement.largest_weight_of_history)
    bounds = agreement.bounds
    mixed = (1 - w) * agreed + w * learned
    anew = bounds is not None or w < earned or not a.any()
    scale_a, scale_b = _scale(_cut(mixed, bounds), converted, k * total, weights, anew=anew)
    rules_a, rules_b = _scale_of_rules(rules, agreed, converted, agreement, weights)
    return Blend(w, scale_a + shift, scale_b, rules_a + shift, rules_b, evidence)


def scale_of_rules(
    agreed: Floats, converted: NDArray[np.int64], agreement: Agreement, weights: Floats | None = None
) -> Blend:
    """The blend where history is too thin to learn from: the rules alone, put on the scale of the outcomes."""
    k, weights = kappa(agreement), _or_ones(weights, agreed)
    rules = _fit(np.column_stack([k * (agreed - agreed.mean())]), converted, np.array([1.0]), weights)
    scale_a, scale_b = _scale_of_rules(rules, agreed, converted, agreement, weights)
    return Blend(0.0, scale_a, scale_b, scale_a, scale_b, 0.0)


def _or_ones(weights: Floats | None, like: Floats) -> Floats:
    return np.ones(len(like)) if weights is None else weights


def _scale_of_rules(
    rules: _Fit, agreed: Floats, converted: NDArray[Any], agreement: Agreement, weights: Floats
) -> tuple[float, float]:
    bounds = agreement.bounds
    scale_b = kappa(agreement) * max(float(rules.weights[0]), LEAST_SCALE)
    return _scale(_cut(agreed, bounds), converted, scale_b, weights, anew=bounds is not None)


def _cut(points: Floats, bounds: Bounds | None) -> Floats:
    return points if bounds is None else np.clip(points, bounds.low, bounds.high)


def _fit(inputs: Floats, converted: NDArray[Any], prior: Floats, weights: Floats) -> _Fit:
    """The most probable weights and the log of the marginal likelihood; inputs (n, k), prior means (k,)."""
    mean = np.r_[0.0, prior]
    precision = np.r_[INTERCEPT_DEVIATION**-2.0, np.ones(len(prior))]
    design = np.column_stack([np.ones(len(inputs)), inputs])

    def loss(p: Floats) -> tuple[float, Floats]:
        z = design @ p
        value = weights @ (np.logaddexp(0.0, z) - converted * z) + 0.5 * (precision * (p - mean) ** 2).sum()
        return float(value), design.T @ (weights * (expit(z) - converted)) + precision * (p - mean)

    bounds = [(None, None), *[(0.0, None)] * len(prior)]
    found = minimize(loss, mean, jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-12, "gtol": 1e-8})
    p = found.x
    variance = weights * expit(design @ p) * (1 - expit(design @ p))
    hessian = (design * variance[:, None]).T @ design + np.diag(precision)
    k = len(p)
    log_prior = 0.5 * np.log(precision).sum() - 0.5 * k * log(2 * pi)
    log_evidence = -found.fun + log_prior + 0.5 * k * log(2 * pi) - 0.5 * np.linalg.slogdet(hessian)[1]
    return _Fit(float(p[0]), p[1:], float(log_evidence))


def _scale(
    score: Floats, converted: NDArray[Any], scale_b: float, weights: Floats, *, anew: bool
) -> tuple[float, float]:
    """The scale of a score; ``anew``: the slope is estimated again, as the weight or the score itself was cut."""
    if anew:
        slope = _fit((scale_b * (score - score.mean()))[:, None], converted, np.array([1.0]), weights).weights[0]
        scale_b *= max(float(slope), LEAST_SCALE)
    return centred_at(scale_b * score, converted.astype(np.float64), weights), scale_b

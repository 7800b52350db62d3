"""Outcomes that may still come: a young lead that has not converted is not yet one that will not.

A lead converts at all with probability p (by its facts) and then after a delay with distribution F. Of a lead that
has waited t without converting

    share = p (1 - F(t)) / (1 - p F(t))

is still to come. p, F and the shares are found together (EM for the cure model: Sy and Taylor, Biometrics 56, 2000;
in advertising, Chapelle, KDD 2014): F by the product-limit estimate among those who will convert, p by the
shrunken model. Beyond the longest wait nothing is known, and nothing is assumed to come.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.catalog import Feature, Source
from features.columns import Numbers
from training.dataset import Dataset
from training.learn.design import Design, design_of
from training.learn.ridge import Ridge, fit_ridge

Floats = NDArray[np.float64]

ROUNDS = 50
RANGES = 4  # of a number: what is still to come needs the level, not every detail
SMALL = 1e-3  # a change of every share below it ends the search
# The moment of a lead is a fact here, so that leads of a time when more convert have more still to come.
MOMENT = Feature(name=" moment", label="moment", kind="fit", type="number", source=Source(lead="age_days"))


def shares_to_come(data: Dataset) -> Floats:
    """For each row, (n,): 1 where the lead has converted, else the share that is still to come.

    The outcomes themselves where the data do not say when they came.
    """
    converted = data.converted.astype(np.float64)
    if data.decided is None:
        return converted
    waited = np.maximum(np.where(data.converted == 1, data.decided, data.known_until) - data.when, 0.0)
    dated = replace(data, features=(*data.features, MOMENT), columns=(*data.columns, Numbers(data.when)))
    design = design_of(dated, np.ones(len(data)), converted=converted, ranges=RANGES)
    return _expected(design, converted, waited)


def _expected(design: Design, converted: Floats, waited: Floats) -> Floats:
    shares, ridge = converted, None
    came = converted == 1
    for _ in range(ROUNDS):
        ridge = _fit(design, shares, ridge)
        probability = expit(ridge.model(design).log_odds(design.codes))
        left = survival(waited, came, np.where(came, 1.0, shares))
        found = np.where(came, 1.0, probability * left / (1 - probability * (1 - left)))
        change, shares = float(np.abs(found - shares).max()), found
        if change < SMALL:
            break
    return shares


def _fit(design: Design, shares: Floats, start: Ridge | None) -> Ridge:
    return fit_ridge(replace(design, converted=shares), start)


def survival(waited: Floats, came: NDArray[np.bool_], weights: Floats) -> Floats:
    """The share of those who will convert that has not by each row's wait, (n,): the product-limit estimate.

    waited: until the conversion where it ``came``, else so far; weights: how surely a row will convert

    >>> survival(np.array([1.0, 2.0, 2.0]), np.array([True, True, False]), np.ones(3)).round(3).tolist()
    [0.667, 0.333, 0.333]
    """
    delays, at = np.unique(waited[came], return_inverse=True)
    if not len(delays):
        return np.ones(len(waited))
    events = np.bincount(at, weights[came], len(delays))
    order = np.sort(waited)
    cumulative = np.r_[0.0, np.cumsum(weights[np.argsort(waited, kind="stable")])]
    at_risk = cumulative[-1] - cumulative[np.searchsorted(order, delays, side="left")]
    left = np.r_[1.0, np.cumprod(1 - events / np.maximum(at_risk, 1e-12))]
    return np.asarray(left[np.searchsorted(delays, waited, side="right")], dtype=np.float64)

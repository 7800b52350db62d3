"""How far a rule's coefficient can move before the data speak against it: profile likelihood.

A coefficient is held at a value while all others follow it; twice the likelihood that is lost, its root taken, is a
standard normal deviation (Cox and Hinkley, Theoretical Statistics, 1974, ch. 9). Unlike a standard error this is
right for rules that few leads meet and of which nearly all, or none, convert.
"""

from math import copysign, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from training.review.joint import Joint

Floats = NDArray[np.float64]

FOLLOWING, SEARCHING = 30, 20  # steps at most
CLOSE = 0.01  # standard deviations: so near an end of an interval is found
LOST = 1e-3  # log-likelihood: a smaller gain ends the following
FARTHEST = 25.0  # log-odds: no interval goes beyond


class Ends(NamedTuple):
    """A coefficient with the ends of its interval, in log-odds."""

    value: float
    low: float
    high: float


def interval(model: Joint, place: int, quantile: float) -> Ends:
    """The interval of the coefficient at a place; quantile: of the normal, such as 1.645 for 90 %."""
    value = float(model.coefficients[place])
    with threadpool_limits(limits=1):
        low, high = (_end(model, place, side * quantile) for side in (-1.0, 1.0))
    return Ends(value, low, high)


def deviations(model: Joint, place: int, held: float) -> float:
    """How many standard deviations the data put the coefficient above ``held``; negative where it is below."""
    with threadpool_limits(limits=1):
        return _root(model, place, held)


def _end(model: Joint, place: int, wanted: float) -> float:
    """Where the coefficient is so many deviations away; from the quadratic guess, whose error is taken out in turn."""
    value = float(model.coefficients[place])
    away = wanted * sqrt(model.covariance[place, place])
    for _ in range(SEARCHING):
        away = copysign(min(abs(away), FARTHEST), away)
        found = abs(_root(model, place, value + away))
        if abs(found - abs(wanted)) < CLOSE or (abs(away) == FARTHEST and found < abs(wanted)):
            break
        away *= abs(wanted) / max(found, 0.25 * abs(wanted))
    return value + away


def _root(model: Joint, place: int, held: float) -> float:
    away = float(model.coefficients[place]) - held
    lost = model.objective(model.coefficients) - _followed(model, place, held)
    return copysign(sqrt(max(2 * lost, 0.0)), away)


def _followed(model: Joint, place: int, held: float) -> float:
    """The objective with one coefficient held and all others at their best."""
    column = model.covariance[:, place] / model.covariance[place, place]
    at = model.coefficients + column * (held - model.coefficients[place])
    best = model.objective(at)
    for _ in range(FOLLOWING):
        slope = model.slope(at)
        move = model.covariance @ slope
        move -= column * move[place]  # the constrained Newton step, by the curvature at the mode
        at, value, size = _longest_that_gains(model, at, best, move)
        gained, best = value - best, value
        if gained < LOST or size == 0.0:
            break
    return best


def _longest_that_gains(model: Joint, at: Floats, best: float, move: Floats) -> tuple[Floats, float, float]:
    """The step, halved until it gains."""
    size = 1.0
    for _ in range(6):
        value = model.objective(at + size * move)
        if value >= best:
            return at + size * move, value, size
        size /= 2
    return at, best, 0.0

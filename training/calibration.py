"""How sure a calibration error is. Chance alone makes gaps, so a plain bootstrap interval lies too high."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HALVINGS = 40


def calibration_error(gaps: Floats, drawn: Floats, level: float) -> tuple[float, float, float]:
    """The calibration error with the ends of its interval.

    gaps: (g,) predicted minus observed share per group, each over all rows; drawn: (r, g) the same of each draw

    The interval holds the true errors under which the observed one is not unusual: true gaps in proportion to the
    observed ones, shrunken towards their mean by what chance adds to them, and scaled to sum to ``t``, to which the
    draws' deviations are added. It begins at 0 where a perfectly calibrated prediction would often show as much
    (the consistency test of Bröcker and Smith, Weather and Forecasting 22, 2007).

    Ten groups of 1,000 leads, each 2 % too high, where chance makes about 1 %:

    >>> noise = np.random.default_rng(0).normal(0, 0.001, (2000, 10))
    >>> value, low, high = calibration_error(np.full(10, 0.002), noise + 0.002, 0.95)
    >>> f"{value:.3f} ({low:.3f} to {high:.3f})"
    '0.020 (0.014 to 0.026)'
    """
    chance = drawn - gaps
    value, tail = float(np.abs(gaps).sum()), (1 - level) / 2
    pattern = _pattern(gaps, chance)

    def larger(t: float) -> float:
        return float((np.abs(t * pattern + chance).sum(axis=1) >= value).mean())

    low = _last(lambda t: larger(t) <= tail, value)
    high = _last(lambda t: larger(t) < 1 - tail, 3 * value)
    return value, min(low, value), max(high, value)


def _pattern(gaps: Floats, chance: Floats) -> Floats:
    """How the true gaps are spread over the groups, (g,); their absolute values sum to 1."""
    noise = float(chance.var(axis=0).mean())
    signal = max(float(gaps.var(ddof=1)) - noise, 0.0)
    kept = signal / (signal + noise) if signal + noise else 1.0
    shrunken = gaps.mean() + kept * (gaps - gaps.mean())
    size = float(np.abs(shrunken).sum())
    return np.asarray(shrunken / size if size else np.full(len(gaps), 1 / len(gaps)), dtype=np.float64)


def _last(holds: Callable[[float], bool], most: float) -> float:
    """The largest number up to ``most`` for which something holds that holds for smaller ones; 0 if for none."""
    low, high = 0.0, most
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low

"""Numbers that were computed from the outcomes: categories replaced by the conversion rate of their own leads."""

from collections.abc import Iterator

import numpy as np
from numpy.polynomial.polynomial import polyfit, polyval
from scipy.stats import chi2

from training.guard.evidence import CHANCE, Floats, Ints
from training.guard.values import Values

FEWEST_VALUES = 10  # to fit a cubic to
FEWEST_LEFT = 3  # values shared by leads, beyond those fitted


def encodes_outcomes(values: Values, converted: Ints) -> Iterator[str]:
    """What speaks for numbers being the conversion rates of the leads that share them, or functions of these rates."""
    if values.numbers is not None and _scatters_too_little(values.numbers, converted):
        yield "it follows the conversion rate of the very leads that share a value, closer than chance would have it"


def _scatters_too_little(numbers: Floats, converted: Ints) -> bool:
    """Whether the outcomes of leads with the same number scatter less about its rate than chance would have them.

    Honest values leave chance: of n leads that share one, the number that converts varies as a binomial at least, and
    more where the rate is not a smooth function of the value. A category replaced by the conversion rate of its own
    leads leaves none, or less in as far as other leads were counted too. Pearson's statistic is held against the lower
    tail of chi-square: with the value itself as the rate, and with a cubic of the value (shrunken rates, log-odds).
    """
    known = ~np.isnan(numbers)
    value, group, size = np.unique(numbers[known], return_inverse=True, return_counts=True)
    won = np.bincount(group, weights=converted[known], minlength=len(size)).astype(np.float64)
    if len(value) * 2 > known.sum():
        return False
    if len(value) > 1 and value[0] >= 0 and value[-1] <= 1 and _too_close(won, size, value, fitted=0):
        return True
    if len(value) < FEWEST_VALUES:
        return False
    place = np.interp(value, (value[0], value[-1]), (-1, 1))
    cubic: Floats = np.asarray(polyval(place, polyfit(place, won / size, 3, w=np.sqrt(size))), dtype=np.float64)
    return _too_close(won, size, cubic, fitted=4)


def _too_close(won: Floats, size: Ints, rate: Floats, *, fitted: int) -> bool:
    """Whether counts lie closer to their rates than chance allows; ``fitted``: how many numbers the rates rest on."""
    variance = size * rate * (1 - rate)
    used = variance >= 2  # where a count is no longer far from normal
    left = int(used.sum()) - fitted
    pearson = float(((won - size * rate)[used] ** 2 / variance[used]).sum())
    return left >= FEWEST_LEFT and bool(chi2.cdf(pearson, left) < CHANCE)

"""How much a grouping of leads tells about their outcomes, and how sure that is.

Two kinds of bar are held against a column. A bar of size says what an honest fact does not reach; it is tested with the
standard error that holds at the bar itself, so that few leads prove nothing: two of two leads say less than 900 of
1,000. As honest columns stay clear of it, testing many columns does not raise the number of false alarms. Where the bar
is only "better than chance", the level is divided by the number of things tried (Bonferroni).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, rankdata

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

STANDARD_ERRORS = 1.645  # one-sided 5 %
LEVEL = 0.001  # of a bound on a size, for one column
CHANCE = 0.0001  # level of a finding that is only against chance: one false alarm in 100 data sets of 100 columns
FOLDS = 5
PRIOR = 5.0  # leads of average outcome that are added to every group


def auc(score: Floats, converted: Ints) -> float:
    """The area under the ROC curve: how often a converted lead has the higher score, ties half.

    >>> auc(np.array([1.0, 2.0, 3.0, 3.0]), np.array([0, 0, 1, 0]))
    0.8333333333333334
    """
    won, lost = _counts(converted)
    if not won or not lost:
        return 0.5
    above = rankdata(score)[converted == 1].sum() - won * (won + 1) / 2
    return float(above / (won * lost))


def held_out_rates(groups: Ints, converted: Ints) -> Floats:
    """For each of n leads the smoothed share that converts among the leads of its group (0, 1, ...) in other folds."""
    folds = np.random.default_rng(0).permutation(len(groups)) % FOLDS
    cells = groups * FOLDS + folds
    size = np.bincount(cells, minlength=(groups.max() + 1) * FOLDS)
    won = np.bincount(cells, weights=converted, minlength=len(size))
    of_group = np.repeat(np.arange(len(size) // FOLDS), FOLDS)
    sizes, wins = (np.bincount(of_group, weights=of)[of_group] - of for of in (size, won))
    rest = np.maximum(len(groups) - np.bincount(folds, minlength=FOLDS), 1)
    mean = (converted.sum() - np.bincount(folds, weights=converted, minlength=FOLDS)) / rest
    rates: Floats = ((wins + PRIOR * np.tile(mean, len(size) // FOLDS)) / (sizes + PRIOR))[cells]
    return rates


def held_out_auc(groups: Ints, converted: Ints) -> float:
    """The AUC that a grouping reaches alone on held-out leads."""
    return auc(held_out_rates(groups, converted), converted) if len(groups) else 0.5


def surpasses(reached: float, bar: float, converted: Ints) -> bool:
    """Whether an AUC lies above a bar by more than chance, were the true one at the bar."""
    won, lost = _counts(converted)
    return bool(won and lost) and reached - STANDARD_ERRORS * standard_error(bar, won, lost) > bar


def standard_error(area: float, won: int, lost: int) -> float:
    """Hanley and McNeil's standard error of an AUC (Radiology 143, 1982).

    >>> round(standard_error(0.85, 1_000, 7_000), 4)
    0.0078
    """
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (won - 1) * (q1 - area**2) + (lost - 1) * (q2 - area**2)
    return float(np.sqrt(max(variance, 0.0) / (won * lost)))


def odds_ratios(won: Floats | Ints, size: Floats | Ints, converted: Ints) -> tuple[Floats, Floats]:
    """Bounds, nearest to 1, of each group's odds of converting over those of all other leads: above 1, below 1.

    won, size: (g,) converted leads and leads of each group. Both shares are bounded after Clopper and Pearson
    (Biometrika 26, 1934), at a level divided by the number of groups.
    """
    level = LEVEL / (2 * max(len(won), 1))
    rest_won, rest = converted.sum() - won, len(converted) - size
    low, high = _bounds(won, size, level)
    rest_low, rest_high = _bounds(rest_won, rest, level)
    return _odds(low) / _odds(rest_high), _odds(high) / _odds(rest_low)


def _bounds(won: Floats | Ints, size: Floats | Ints, level: float) -> tuple[Floats, Floats]:
    low = np.where(won > 0, beta.ppf(level, np.maximum(won, 1), size - won + 1), 0.0)
    high = np.where(won < size, beta.isf(level, won + 1, np.maximum(size - won, 1)), 1.0)
    return low, high


def _odds(share: Floats) -> Floats:
    share = np.clip(share, 1e-9, 1 - 1e-9)
    return share / (1 - share)


def _counts(converted: Ints) -> tuple[int, int]:
    won = int(converted.sum())
    return won, len(converted) - won

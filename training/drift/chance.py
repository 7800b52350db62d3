"""How much of a difference between two groups of leads is chance, and how much it takes to matter."""

from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from training.scorecard import Scorecard

Floats = NDArray[np.float64]

LEVEL = 0.01  # of a false alarm, in each of the things that are watched
ODDS = 1.2  # a change matters that multiplies the odds of converting by this, or divides them
FEWEST = 1.0  # leads that are expected in a bin; rarer ones are counted together (Cochran, Biometrics 10, 1954)
USUAL = 0.95  # of the differences that chance makes lie below what is called chance


class Difference(NamedTuple):
    """How differently two groups of leads are spread over bins.

    psi: the population stability index, the sum over bins of (after - before) * ln(after / before)
    chance: what chance alone stays below 95 times in 100 (Yurdakul and Naranjo, Journal of Risk Model Validation 14,
    2020); p: how often chance alone makes a difference as large (Pearson's chi-square test)
    """

    psi: float
    chance: float
    p: float


def difference(before: ArrayLike, after: ArrayLike, worth_before: float, worth_after: float) -> Difference:
    """Compare counts by bin, (b,) each; ``worth``: how many leads the counts of each group are worth.

    >>> same = difference([50, 30, 20], [25, 15, 10], 100, 50)
    >>> f"{same.psi:.2f} {same.chance:.2f} {same.p:.2f}"
    '0.00 0.18 1.00'
    >>> shifted = difference([97, 3], [69, 31], 100, 100)
    >>> f"{shifted.psi:.2f} {shifted.chance:.2f} {shifted.p:.0e}"
    '0.70 0.08 1e-07'
    """
    a, b = _without_rare(_of_leads(before, worth_before), _of_leads(after, worth_after))
    bins = len(a)
    if bins < 2:
        return Difference(0.0, 0.0, 1.0)
    p, q = ((counts + 0.5) / (counts.sum() + 0.5 * bins) for counts in (a, b))
    each = 1 / worth_before + 1 / worth_after
    statistic = float((((b / worth_after - a / worth_before) ** 2) / ((a + b) / (worth_before + worth_after))).sum())
    return Difference(
        psi=float(((q - p) * np.log(q / p)).sum()),
        chance=float(chi2.ppf(USUAL, bins - 1)) * each,
        p=float(chi2.sf(statistic / each, bins - 1)),
    )


def _of_leads(counts: ArrayLike, worth: float) -> Floats:
    known = np.asarray(counts, dtype=np.float64)
    return np.asarray(known * worth / known.sum(), dtype=np.float64)


def _without_rare(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """The bins that hold enough of both, and all others as one; with the rarest of the former if it is rare too."""
    expected = (a + b) * min(a.sum(), b.sum()) / (a.sum() + b.sum())
    order = np.argsort(-expected, kind="stable")
    kept = int((expected >= FEWEST).sum())
    if 0 < kept < len(order) and expected[order[kept:]].sum() < FEWEST:
        kept -= 1
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.minimum(np.arange(len(order)), kept)
    first, second = (np.bincount(place, counts).astype(np.float64) for counts in (a, b))
    return first, second


def points_that_matter(card: Scorecard) -> float:
    """How many points change the odds by ``ODDS``."""
    return log(ODDS) / card.scale_b

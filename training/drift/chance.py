"""How much of a difference between two groups of leads is chance, and how much it takes to matter."""

from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, fisher_exact

from training.scorecard import Scorecard

Floats = NDArray[np.float64]

LEVEL = 0.01  # of a false alarm, in each of the things that are watched
ODDS = 1.2  # a change matters that multiplies the odds of converting by this, or divides them
FEWEST = 1.0  # leads that are expected in a bin; rarer ones are counted together (Cochran, Biometrics 10, 1954)
LARGE = 0.25  # from which a stability index is called large (Siddiqi, Credit Risk Scorecards, 2006)
LITTLE = 1.05  # a change of the odds that matters where the index is large
USUAL = 0.95  # of the differences that chance makes lie below what is called chance


class Difference(NamedTuple):
    """How differently two groups of leads are spread over bins.

    psi: the population stability index, the sum over bins of (after - before) * ln(after / before)
    chance: what chance alone stays below 95 times in 100 (Yurdakul and Naranjo, Journal of Risk Model Validation 14,
    2020); p: how often chance alone makes a difference as large (Pearson's chi-square test, and Fisher's of rare bins)
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
    counts = np.array([_of_leads(before, worth_before), _of_leads(after, worth_after)])
    told, rare = _without_rare(counts)
    each, bins = 1 / worth_before + 1 / worth_after, told.shape[1]
    p, q = (told + 0.5) / (told.sum(axis=1, keepdims=True) + 0.5 * bins)
    gaps = told[1] / worth_after - told[0] / worth_before
    statistic = float((gaps**2 / (told.sum(axis=0) / told.sum())).sum()) / each
    surprise = float(chi2.sf(statistic, bins - 1)) if bins > 1 else 1.0
    return Difference(
        psi=float(((q - p) * np.log(q / p)).sum()),
        chance=float(chi2.ppf(USUAL, bins - 1)) * each if bins > 1 else 0.0,
        p=surprise if rare is None else min(1.0, 2 * min(surprise, rare)),
    )


def _of_leads(counts: ArrayLike, worth: float) -> Floats:
    known = np.asarray(counts, dtype=np.float64)
    return np.asarray(known * worth / known.sum(), dtype=np.float64)


def _without_rare(counts: Floats) -> tuple[Floats, float | None]:
    """The bins (2, b) that hold enough of both, all others as one; if that is rare too, with the rarest of the former.

    In that case the rare ones are tested by themselves, exactly (Fisher), so that a few values that were never there
    before are seen; None in the other.
    """
    sums = counts.sum(axis=1)
    expected = counts.sum(axis=0) * sums.min() / sums.sum()
    order = np.argsort(-expected, kind="stable")
    kept = int((expected >= FEWEST).sum())
    rare, exact = counts[:, order[kept:]].sum(axis=1), None
    if 0 < kept < len(order) and expected[order[kept:]].sum() < FEWEST:
        exact = float(fisher_exact(np.rint([rare, sums - rare])).pvalue) if rare.any() else None
        kept -= 1
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.minimum(np.arange(len(order)), kept)
    return np.array([np.bincount(place, row) for row in counts]), exact


def matters(card: Scorecard, found: Difference, moved: float) -> bool:
    """Whether a difference, which is more than chance, moves scores enough to be looked at.

    moved: the points that scores move by, up or down, on average. They change the odds by ``ODDS``; or by
    ``LITTLE`` where the values themselves are spread quite otherwise: a field that is no longer filled takes with it
    what it told of each lead, though scores may move up as well as down.
    """
    odds = exp(card.scale_b * moved)
    return odds >= (LITTLE if found.psi >= LARGE else ODDS)

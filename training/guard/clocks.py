"""Clocks: columns that tell when a lead came rather than who it is, and that will have moved on when it counts.

A clock is the same for all leads of a moment: neighbours in time share its value. It does harm where the later leads
lie where the earlier ones were not, as everything that was learned from it then is what history did in the meantime.
Both are asked for, so that ordinary drift is let through: a new campaign runs beside others (its leads' neighbours
differ), and a weekday or a month comes back (its later values have been there before). Only the later leads' values are
read, never their outcomes.
"""

from collections.abc import Iterator

import numpy as np
from scipy.stats import rankdata

from training.guard.evidence import Floats, Ints
from training.guard.values import Values, binned

SHARED = 0.9  # of a value's variance is what neighbours in time share
OVERLAP = 0.3  # of the later leads' distribution with the earlier: 85 of 100 leads can then be told to be early or late
OUTSIDE = 0.5  # share of the later leads beyond everything seen earlier
MOVED = 0.1  # overlap from which a number is suspected though neighbours differ
LATER = 30  # leads, without which nothing is said


def is_a_clock(values: Values) -> Iterator[str]:
    """What speaks for a column being a clock."""
    if values.distinct + (~values.filled).any() < 2 or len(values.later_codes) < LATER:
        return
    shared, together, outside = _shared(values), _overlap(values), _outside(values)
    moved = f"its earlier and its later values have {together:.0%} in common"
    if shared >= SHARED and (outside > OUTSIDE or together <= OVERLAP):
        seen = f"{outside:.0%} of its later values are new" if outside > OUTSIDE else moved
        yield f"it is a clock: neighbours in time share it (R² {shared:.2f}), and {seen}"
    elif values.numbers is not None and together <= MOVED:
        yield f"it moves with time: {moved}"


def _shared(values: Values) -> float:
    """How much of the variance neighbours in time share: 1 less von Neumann's ratio of the ranks, or kappa of texts."""
    if values.numbers is None:
        codes = values.codes
        by_chance = float(np.sum((np.bincount(codes) / len(codes)) ** 2))
        return float((np.mean(codes[1:] == codes[:-1]) - by_chance) / (1 - by_chance)) if by_chance < 1 else 0.0
    known = values.numbers[~np.isnan(values.numbers)]
    ranks = rankdata(known)
    variance = float(ranks.var()) if len(known) > 1 else 0.0
    return 1 - float(np.mean(np.diff(ranks) ** 2)) / (2 * variance) if variance > 0 else 0.0


def _overlap(values: Values) -> float:
    """The part that the distributions of the earlier and the later leads have in common, 0 to 1."""
    first, later = values.codes, values.later_codes
    if values.numbers is not None and values.later_numbers is not None:
        both = np.append(values.numbers, values.later_numbers)
        bins = max(2, min(20, len(later) // 10))
        first, later = binned(values.numbers, both, bins), binned(values.later_numbers, both, bins)
    most = int(max(first.max(), later.max())) + 1
    return float(np.minimum(_shares(first, most), _shares(later, most)).sum())


def _shares(codes: Ints, most: int) -> Floats:
    return np.bincount(codes, minlength=most) / len(codes)


def _outside(values: Values) -> float:
    """The share of the later leads with a number beyond the range of the earlier ones, or a value not seen before."""
    if values.numbers is None or values.later_numbers is None:
        return float((~np.isin(values.later_codes, values.codes)).mean())
    seen = values.numbers[~np.isnan(values.numbers)]
    low, high = seen.min(initial=np.inf), seen.max(initial=-np.inf)
    return float(((values.later_numbers < low) | (values.later_numbers > high)).mean())

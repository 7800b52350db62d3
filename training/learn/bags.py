"""Random parts of the leads: most learn, the rest say when to stop."""

import numpy as np
from numpy.typing import NDArray

BAG_SHARE = 0.85  # of the leads learn (the boosting's own default)


def inside_bag(converted: NDArray[np.float64], whose: NDArray[np.intp], seed: int) -> NDArray[np.bool_]:
    """(n,) whether a row is inside a bag; a lead is with all its rows or with none.

    Of the leads that convert, and of the others, ``BAG_SHARE`` are inside. Else rows of the same lead would tell on
    each other.
    """
    leads, at = np.unique(whose, return_inverse=True)
    ever = np.zeros(len(leads), dtype=np.bool_)
    np.logical_or.at(ever, at, converted >= 0.5)
    inside = np.ones(len(leads), dtype=np.bool_)
    random = np.random.default_rng(seed)
    for kind in (False, True):
        of_kind = random.permutation(np.flatnonzero(ever == kind))
        inside[of_kind[: _held_out(len(of_kind))]] = False
    return inside[at]


def _held_out(leads: int) -> int:
    """How many of so many leads of one kind stop the boosting: at least one, unless it is the only one."""
    return max(int((1 - BAG_SHARE) * leads), min(1, leads - 1))

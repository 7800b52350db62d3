"""Columns that are filled only once the outcome is known."""

from collections.abc import Iterator

import numpy as np

from training.guard.evidence import Bools, Ints, odds_ratios, surpasses
from training.guard.values import Values

FILLED = 0.70  # AUC: filled for 40 of 100 converted leads more (or fewer) than of the others
SETTLES = 30.0  # odds ratio: 49 points where 10 double the odds, for no more than a field being filled


def tells_by_presence(values: Values, converted: Ints) -> Iterator[str]:
    """What speaks for a column being filled after the outcome.

    Looked at among all leads, and among the older half: what is filled in late is filled there only.
    """
    for n, where in ((len(converted), ""), (len(converted) // 2, " among the older half of the leads")):
        seen = _presence(values.filled[:n], converted[:n])
        if seen:
            yield seen + where
            return


def _presence(filled: Bools, converted: Ints) -> str:
    if filled.all() or not filled.any() or converted.min() == converted.max():
        return ""
    of_won, of_lost = filled[converted == 1].mean(), filled[converted == 0].mean()
    if surpasses(0.5 + abs(of_won - of_lost) / 2, FILLED, converted):
        return f"it is filled for {of_won:.0%} of the converted leads and {of_lost:.0%} of the others"
    above, below = odds_ratios(np.array([converted[filled].sum()]), np.array([filled.sum()]), converted)
    if above[0] <= SETTLES and below[0] >= 1 / SETTLES:
        return ""
    here, there = converted[filled].mean(), converted[~filled].mean()
    return f"of the {filled.sum()} leads for which it is filled {here:.1%} converted, of the others {there:.1%}"

"""Columns that are filled, or moved from their usual value, only once the outcome is known."""

from collections.abc import Iterator

import numpy as np

from training.guard.evidence import Bools, Ints, odds_ratios, surpasses
from training.guard.values import Values

FILLED = 0.70  # AUC: filled for 40 of 100 converted leads more (or fewer) than of the others
SETTLES = 30.0  # odds ratio: 49 points where 10 double the odds, for no more than a field being filled
USUAL = 0.5  # share of a value that counts as a column's empty


def tells_by_presence(values: Values, converted: Ints) -> Iterator[str]:
    """What speaks for a column being filled after the outcome.

    Looked at among all leads, and among the older half: what is filled in late is filled there only.
    """
    older = slice(0, len(converted) // 2)
    for part, where in ((slice(None), ""), (older, " among the older half of the leads")):
        seen = _presence(values.filled[part], converted[part], "filled")
        if seen:
            yield seen + where
            return
    usual = int(np.bincount(values.codes).argmax())
    other = values.codes != usual
    if usual and (~other).mean() >= USUAL:
        seen = _settled(other, converted, f"other than '{values.words[usual - 1]}'")
        yield from [seen] if seen else []


def _presence(filled: Bools, converted: Ints, what: str) -> str:
    if filled.all() or not filled.any() or converted.min() == converted.max():
        return ""
    of_won, of_lost = filled[converted == 1].mean(), filled[converted == 0].mean()
    if surpasses(0.5 + abs(of_won - of_lost) / 2, FILLED, converted):
        return f"it is {what} for {of_won:.0%} of the converted leads and {of_lost:.0%} of the others"
    return _settled(filled, converted, what)


def _settled(filled: Bools, converted: Ints, what: str) -> str:
    size, won = np.array([filled.sum()], dtype=np.float64), np.array([converted[filled].sum()], dtype=np.float64)
    above, below = odds_ratios(won, size, converted)
    if above[0] <= SETTLES and below[0] >= 1 / SETTLES:
        return ""
    here, there = converted[filled].mean(), converted[~filled].mean()
    return f"of the {size[0]:.0f} leads for which it is {what} {here:.1%} converted, of the others {there:.1%}"

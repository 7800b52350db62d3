"""Rounded parts that add up to the rounded whole, as people check them with a pencil.

Rounding each part by itself may miss the whole by some tenths. Here every part is rounded down, and the tenths that are
then lacking go to the parts that lost most (the method of the largest remainder, Hamilton 1792). So every shown part is
less than a tenth from the exact one, and the shown parts add up to the shown whole:

    sum(rounded(parts, whole)) == whole
"""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

TENTHS = 10


def tenths(value: float) -> int:
    """A number as it is shown with one digit after the point, in tenths.

    >>> tenths(49.66), tenths(-0.04)
    (497, 0)
    """
    return round(round(value, 1) * TENTHS)


def rounded(parts: Sequence[float], whole: int) -> list[int]:
    """The parts in tenths, adding up to ``whole`` (tenths), which is what the exact parts add up to, rounded.

    >>> rounded([1.25, 1.25, 1.25], tenths(3.75))
    [13, 13, 12]
    """
    exact = [Fraction(part) * TENTHS for part in parts]
    shown = [floor(part) for part in exact]
    by_loss = sorted(range(len(parts)), key=lambda i: (shown[i] - exact[i], i))
    lacking = whole - sum(shown)
    for place in by_loss[:lacking] if lacking >= 0 else by_loss[lacking:]:
        shown[place] += 1 if lacking > 0 else -1
    return shown

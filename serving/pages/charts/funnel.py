"""A funnel: a bar for each stage, as wide as what came into it."""

from collections.abc import Sequence


def widths(values: Sequence[float], width: float = 100.0) -> list[float]:
    """The bars' widths, the largest as wide as the drawing; what is not nothing is seen.

    >>> widths([200, 50, 0, 0.1])
    [100.0, 25.0, 0.0, 0.5]
    """
    most = max(values, default=0) or 1
    return [round(max(width * value / most, width / 200), 2) if value else 0.0 for value in values]

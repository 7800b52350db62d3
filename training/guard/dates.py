"""Dates that lie after the moment at which their lead is read."""

from collections.abc import Iterator

import numpy as np
from scipy.stats import binomtest

from training.guard.evidence import LEVEL
from training.guard.known import Known
from training.guard.values import DAY, Values

LATE = 0.01  # share of typing errors


def lies_after(values: Values, known: Known) -> Iterator[str]:
    """What speaks for dates that were not there yet.

    A day is granted, for time zones and dates without an hour. It takes over 1 % of the dates, by more than chance.
    """
    if not values.dates or values.numbers is None or not known.moments:
        return
    there = ~np.isnan(values.numbers)
    after = values.numbers[there] > known.when[there] + DAY
    if len(after) and binomtest(int(after.sum()), len(after), LATE, "greater").pvalue < LEVEL:
        yield f"{after.mean():.0%} of its dates lie after the moment at which the lead is read"

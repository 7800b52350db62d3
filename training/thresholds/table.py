"""What would come through a threshold, on later leads: how many, how many of these convert, and of all conversions."""

from collections.abc import Iterable
from math import ceil, floor, nan
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from training.thresholds.later import LaterLeads

LEVEL = 0.95
STEP = 5.0  # points between the thresholds of a table
MIDDLE = (0.05, 0.99)  # the quantiles of the scores between which thresholds are of interest


class Through(NamedTuple):
    """The leads with a score of ``threshold`` or more.

    leads: how many of the later ones; share: of these; a_month: NaN where leads have no dates
    rate: the share that converts, with its 95 % interval (Wilson, JASA 22, 1927); NaN where nobody comes through
    caught: the share of all conversions that is among them, with its 95 % interval
    """

    threshold: float
    leads: int
    share: float
    a_month: float
    converted: int
    rate: float
    rate_low: float
    rate_high: float
    caught: float
    caught_low: float
    caught_high: float


def through(later: LaterLeads, threshold: float) -> Through:
    """What comes through one threshold."""
    above = later.score >= threshold
    leads, won = int(above.sum()), int(later.converted[above].sum())
    share = leads / len(later)
    a_month = nan if later.a_month is None else share * later.a_month
    rate, caught = _share(won, leads), _share(won, int(later.converted.sum()))
    return Through(threshold, leads, share, a_month, won, *rate, *caught)


def thresholds_of(later: LaterLeads, *, also: Iterable[float] = ()) -> list[float]:
    """Thresholds worth a look: every five points where leads are, those of today's stages, and those ``also`` named."""
    low, high = np.quantile(later.score, MIDDLE)
    usual = (STEP * i for i in range(floor(low / STEP), ceil(high / STEP) + 1))
    return sorted({*usual, *later.stages.values(), *also})


def threshold_table(later: LaterLeads, thresholds: Iterable[float] | None = None) -> pd.DataFrame:
    """One row per threshold (without them: ``thresholds_of``): ``Through``, and ``stage``, what begins there today."""
    points = thresholds_of(later) if thresholds is None else sorted(set(thresholds))
    frame = pd.DataFrame([through(later, t) for t in points], columns=list(Through._fields))
    return frame.assign(stage=[later.begins_at(t) for t in points])


def _share(part: int, whole: int) -> tuple[float, float, float]:
    if not whole:
        return nan, nan, nan
    ends = binomtest(part, whole).proportion_ci(LEVEL, method="wilson")
    return part / whole, float(ends.low), float(ends.high)

"""What pairs say: how much the challenger's log loss differs from the champion's, and how well each is calibrated."""

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import xlog1py, xlogy
from scipy.stats import t as student

from training.intervals import LEVEL, Interval, judge
from training.promotion.pairs import Pairs

Floats = NDArray[np.float64]
CHAMPION, CHALLENGER = "champion", "challenger"


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One version on the leads of the evidence.

    bias: the mean probability minus the share that converted; calibration_error: the mean gap over ten groups
    """

    version: str
    log_loss: float
    auc: float
    bias: Interval
    calibration_error: Interval


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions on the same leads, neither of which had learned from them.

    leads, converted: how many, and how many of them converted; rows: their snapshots
    as_registered: leads that came after both were trained; the others are scored by the versions as tested
    chance: the log loss of giving everybody the share that converted
    difference: the challenger's log loss minus the champion's, in nats a row, with its 95 % interval over leads
    """

    champion: Side
    challenger: Side
    leads: int
    converted: int
    rows: int
    as_registered: int
    chance: float
    difference: Interval


def evidence(pairs: Pairs, champion: str, challenger: str) -> Evidence:
    """Measure pairs, of which there is at least one; champion, challenger: the versions' numbers."""
    rows = pairs.rows
    judged = judge(rows, {CHAMPION: pairs.champion, CHALLENGER: pairs.challenger})
    share = float(rows.converted.mean())

    def side(role: str, version: str, probability: Floats) -> Side:
        return Side(
            version=version,
            log_loss=judged.measures[role].log_loss,
            auc=judged.measures[role].auc,
            bias=mean_of_leads(probability - rows.converted, rows.whose),
            calibration_error=judged.interval(role, "calibration_error"),
        )

    return Evidence(
        champion=side(CHAMPION, champion, pairs.champion),
        challenger=side(CHALLENGER, challenger, pairs.challenger),
        leads=pairs.leads,
        converted=len(np.unique(rows.whose[rows.converted == 1])),
        rows=len(rows.converted),
        as_registered=pairs.as_registered,
        chance=-float(xlogy(share, share) + xlog1py(1 - share, -share)),
        difference=judged.difference(CHALLENGER, CHAMPION, "log_loss"),
    )


def mean_of_leads(values: Floats, whose: NDArray[np.intp]) -> Interval:
    """The mean over rows with its 95 % interval by Student's t over leads, whose rows say nearly the same.

    whose: (n,) which lead each row is of
    The mean is a ratio of two sums over leads, and its variance that of a ratio (Cochran, Sampling Techniques, 1977,
    section 2.11).

    >>> f"{mean_of_leads(np.array([0.0, 1.0, 0.0, 1.0]), np.arange(4)):.2f}"
    '0.50 (-0.42 to 1.42)'
    """
    _, whose = np.unique(whose, return_inverse=True)
    mean = float(values.mean())
    excess = np.bincount(whose, weights=values - mean)
    leads = len(excess)
    if leads < 2:
        return Interval(mean, -np.inf, np.inf)
    error = float(np.sqrt((excess**2).sum() * leads / (leads - 1))) / len(values)
    half = float(student.ppf((1 + LEVEL) / 2, leads - 1)) * error
    return Interval(mean, mean - half, mean + half)

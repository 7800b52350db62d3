"""The share that converts, period by period, as far as leads tell it."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from features.catalog import Strict
from features.moments import iso
from training.intervals import Interval
from training.measures import periods_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Period(Strict, frozen=True, kw_only=True):
    """A month, or a tenth in time where there are no dates.

    name: such as ``2026-03``; begins: of its first row, in the data's order of time
    converted: the share, with its 95 % interval (Wilson's, of as many trials as there are leads)
    expected: the mean probability that was given; None where none was
    """

    name: str
    begins: float
    rows: int
    leads: int
    converted: float
    low: float
    high: float
    expected: float | None = None


def rates(
    converted: Ints, whose: NDArray[np.intp], when: Floats, *, dated: bool, probability: Floats | None = None
) -> tuple[Period, ...]:
    """The periods of n rows in order of time; all (n,), ``whose``: which lead a row is of."""
    periods = periods_of(when, dated=dated)
    return tuple(
        _period(converted[at], whose[at], when[at], None if probability is None else probability[at], dated=dated)
        for at in (np.flatnonzero(periods == period) for period in np.unique(periods))
    )


def _period(
    converted: Ints, whose: NDArray[np.intp], when: Floats, probability: Floats | None, *, dated: bool
) -> Period:
    begins, share = float(when.min()), share_of(converted, whose)
    return Period(
        name=period_name(begins, dated=dated),
        begins=begins,
        rows=len(converted),
        leads=len(np.unique(whose)),
        converted=share.value,
        low=share.low,
        high=share.high,
        expected=None if probability is None else float(probability.mean()),
    )


def share_of(converted: Ints, whose: NDArray[np.intp]) -> Interval:
    """The share of rows that converted, with Wilson's 95 % interval of as many trials as there are leads.

    >>> f"{share_of(np.array([0, 0, 0, 1]), np.arange(4)):.2f}"
    '0.25 (0.05 to 0.70)'
    """
    leads, share = len(np.unique(whose)), float(converted.mean())
    interval = binomtest(round(share * leads), leads).proportion_ci(method="wilson")
    return Interval(share, min(float(interval.low), share), max(float(interval.high), share))


def period_name(at: float, *, dated: bool) -> str:
    """The month of a moment, or where it begins where there are no dates.

    >>> period_name(0.0, dated=True), period_name(1234.0, dated=False)
    ('1970-01', '1,234')
    """
    return iso(int(at))[:7] if dated else f"{at:,.10g}"

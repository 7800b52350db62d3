"""Which values of a fact are told apart: ranges of a number, single texts; the same for every member of the mixture."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.catalog import Feature
from features.columns import Column, Numbers, Texts
from training.additive import rows_of

Rows = NDArray[np.intp]

COEFFICIENTS = 1500  # of all facts of a kind together, about: the time of a fit grows with their third power
RANGES = (24, 128)  # of a number, the fewest and the most
VALUES = (50, 500)  # texts of one fact with a row of their own, the fewest and the most
FEWEST_LEADS = 2  # that have a text; what is rarer is pooled, and stands for texts never seen


class Bins(NamedTuple):
    """The rows of one fact's table: ranges between ``cuts`` or ``values``, then unknown, then never seen."""

    cuts: tuple[float, ...]
    values: tuple[str, ...]
    is_number: bool

    @property
    def own(self) -> int:
        """How many ranges or values there are."""
        return len(self.cuts) + 1 if self.is_number else len(self.values)

    @property
    def size(self) -> int:
        """The length of a table."""
        return self.own + 2

    def rows(self, feature: Feature, column: Column) -> Rows:
        """The row of every value of a column, (n,)."""
        return rows_of(feature, self.cuts, self.values, column)


def bins_of(columns: Sequence[Column], whose: Rows, most: int | None = None) -> tuple[Bins, ...]:
    """The bins of columns of training values; ``whose``: (n,) the lead of each row.

    most: ranges of a number; without it as many as there are few numbers
    """
    numbers = sum(isinstance(c, Numbers) for c in columns)
    ranges = most or _shared_by(numbers, RANGES)
    values = _shared_by(sum(isinstance(c, Texts) and len(c.words) > VALUES[0] for c in columns), VALUES)
    return tuple(
        Bins(cuts_of(c.values, ranges), (), is_number=True)
        if isinstance(c, Numbers)
        else Bins((), _values_of(c, whose, values), is_number=False)
        for c in columns
    )


def _shared_by(facts: int, limits: tuple[int, int]) -> int:
    fewest, most = limits
    return max(fewest, min(most, COEFFICIENTS // max(facts, 1)))


def cuts_of(values: NDArray[np.float64], most: int) -> tuple[float, ...]:
    """Where ranges begin: between all values where there are few, else so that ranges hold equally many rows.

    A cut between two neighbouring values is the roundest number there, so that people can read it:

    >>> cuts_of(np.array([1.0, 2.0, 2.0, 7.31]), 8)
    (2.0, 5.0)
    """
    known = np.sort(values[~np.isnan(values)])
    distinct = np.unique(known)
    if len(distinct) < 2:
        return ()
    if len(distinct) > most:
        shares = np.linspace(0, 1, most + 1)[1:-1]
        at = np.unique(np.searchsorted(distinct, np.quantile(known, shares, method="inverted_cdf")))
        distinct = np.concatenate([distinct[[0]], distinct[at[at > 0]]])
        below = np.unique(known)[at[at > 0] - 1]
    else:
        below = distinct[:-1]
    return tuple(roundest(low, high) for low, high in zip(below.tolist(), distinct[1:].tolist(), strict=True))


def roundest(low: float, high: float) -> float:
    """The number in ``(low, high]`` with the fewest digits, near the middle.

    >>> roundest(0.3712, 0.3833)
    0.38
    """
    middle = (low + high) / 2
    if not np.isfinite(middle):
        return high
    first = -int(np.floor(np.log10(max(abs(low), abs(high)))))
    for digits in range(first, first + 17):
        rounded = round(middle, digits)
        if low < rounded <= high:
            return rounded + 0.0
    return high


def _values_of(column: Texts, whose: Rows, most: int) -> tuple[str, ...]:
    """The texts with a row of their own, the most frequent first."""
    pairs = np.unique(np.column_stack([column.codes, whose]), axis=0)
    leads = np.bincount(pairs[pairs[:, 0] >= 0, 0], minlength=len(column.words))
    order: Sequence[int] = sorted(range(len(column.words)), key=lambda i: (-int(leads[i]), column.words[i]))
    return tuple(column.words[i] for i in order[:most] if leads[i] >= FEWEST_LEADS)

"""How sure measures are: intervals by drawing leads anew, and differences between predictions on the same draws.

A draw takes as many leads as there are, with replacement, and each with all its rows: rows of a lead say nearly the
same (cluster bootstrap; Davison and Hinkley, Bootstrap Methods, 1997, section 3.8). What is drawn anew is whom the
model meets, not the model: the intervals say nothing of how another history would have taught it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.calibration import calibration_error
from training.dataset import Dataset
from training.measures import GROUPS, TOP, Measures, measure, measures_of, periods_of
from training.tallies import Ranked

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Step = Callable[[str, int, int], None]

DRAWS = 500
LEVEL = 0.95
AT_ONCE = 1_000_000  # weights: what is counted at a time stays small


class Interval(NamedTuple):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        """The number and in brackets its interval.

        >>> f"{Interval(0.5, 0.4, 0.6):.1f}"
        '0.5 (0.4 to 0.6)'
        """
        return f"{self.value:{spec}} ({self.low:{spec}} to {self.high:{spec}})"


@dataclass(frozen=True)
class Rows:
    """n rows on which predictions are judged.

    converted: (n,) 0 or 1; whose: (n,) which lead a row is of, 0 and up; periods: (n,) which period it is of
    converts_ever: (n,) whether its lead converts at any time; None where timing cannot be measured
    """

    converted: Ints
    whose: NDArray[np.intp]
    periods: Ints
    converts_ever: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, data: Dataset, *, timing: bool = False) -> "Rows":
        """The rows of a data set; ``timing``: whether the AUC among leads that convert at any time can be measured."""
        periods = periods_of(data.when, dated=data.dated)
        return cls(data.converted, data.leads()[1], periods, data.converts_ever if timing else None)


@dataclass(frozen=True)
class Judged:
    """Predictions measured on the same rows, by name; ``drawn``: by measure what each draw gave, (draws,)."""

    measures: Mapping[str, Measures]
    drawn: Mapping[str, Mapping[str, Floats]]
    calibration: Mapping[str, Interval]

    def interval(self, prediction: str, what: str) -> Interval:
        """A measure with its interval; the parts of the Brier score and ``timing_auc`` have none here."""
        if what == "calibration_error":
            return self.calibration[prediction]
        return percentiles(self._value(prediction, what), self.drawn[prediction][what])

    def difference(self, prediction: str, other: str, what: str) -> Interval:
        """A measure of one prediction minus that of another, on the same leads and draws."""
        value = self._value(prediction, what) - self._value(other, what)
        return percentiles(value, self.drawn[prediction][what] - self.drawn[other][what])

    def flattered(self, prediction: str) -> Interval:
        """How much the pooled AUC is above that within periods."""
        drawn, value = self.drawn[prediction], partial(self._value, prediction)
        return percentiles(value("auc") - value("auc_within"), drawn["auc"] - drawn["auc_within"])

    def _value(self, prediction: str, what: str) -> float:
        """NaN where there is none."""
        value = getattr(self.measures[prediction], what)
        return np.nan if value is None else float(value)


def percentiles(value: float, drawn: Floats) -> Interval:
    """The middle 95 % of what was drawn, widened to hold the value itself; draws without a value do not count."""
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return Interval(value, np.nan, np.nan)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, min(float(low), value), max(float(high), value))


def judge(
    rows: Rows,
    predictions: Mapping[str, Floats],
    *,
    top: float = TOP,
    draws: int = DRAWS,
    seed: int = 7,
    step: Step = lambda *_: None,
) -> Judged:
    """Measure predictions, (n,) each, with what ``draws`` draws of leads give; the same seed draws the same.

    top: the share of leads that sales works; ``step(what, done, of)`` is told of every stretch of draws.
    """
    measured, drawn, calibration = {}, {}, {}
    for done, (name, p) in enumerate(predictions.items()):
        step("drawing leads anew", done, len(predictions))
        measured[name] = measure(rows.converted, p, rows.converts_ever, periods=rows.periods, top=top)
        drawn[name], gaps = _drawn(rows, p, top, draws, seed)
        value, low, high = calibration_error(Ranked.of(rows.converted, p).once().gaps(GROUPS)[0], gaps, LEVEL)
        calibration[name] = Interval(value, low, high)
    step("drawing leads anew", len(predictions), len(predictions))
    return Judged(measured, drawn, calibration)


def draws_for(rows: int) -> int:
    """How often leads are drawn anew for intervals: fewer times where there are so many that little is left to chance.

    >>> draws_for(1_000), draws_for(20_000), draws_for(1_000_000)
    (500, 300, 100)
    """
    return min(DRAWS, max(100, 6_000_000 // rows))


def _drawn(rows: Rows, probability: Floats, top: float, draws: int, seed: int) -> tuple[dict[str, Floats], Floats]:
    """What each draw's measures are, by name, (draws,), and the gaps of its groups, (draws, groups)."""
    pooled, within = (Ranked.of(rows.converted, probability, periods) for periods in (None, rows.periods))
    parts, gaps = [], []
    for weights in _weights(rows.whose, draws, seed):
        tallies, by_period = pooled.tally(weights), within.tally(weights)
        parts.append({"auc_within": by_period.auc(), **measures_of(tallies, by_period, top)})
        gaps.append(tallies.gaps(GROUPS))
    drawn = {what: np.concatenate([part[what] for part in parts]) for what in parts[0]}
    together = np.concatenate(gaps)
    return drawn | {"calibration_error": np.abs(together).sum(axis=1)}, together


def _weights(whose: NDArray[np.intp], draws: int, seed: int) -> Iterator[Floats]:
    """How often each draw holds each row, (some draws, n) at a time."""
    random, leads = np.random.default_rng(seed), int(whose.max()) + 1
    at_once = max(1, AT_ONCE // len(whose))
    for start in range(0, draws, at_once):
        some = range(start, min(start + at_once, draws))
        times = [np.bincount(random.integers(0, leads, leads), minlength=leads) for _ in some]
        yield np.array(times, dtype=np.float64)[:, whose]

"""Whether as many leads convert as the probabilities say, and since when not."""

from math import exp, log

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from training.drift.chance import LEVEL, ODDS
from training.drift.finished import Finished
from training.drift.periods import Period, period_name, rates, share_of
from training.drift.profile import Profile
from training.intervals import Interval
from training.learn.mixture import centred_at
from training.measures import periods_of

Floats = NDArray[np.float64]

FEWEST = 20  # rows that should convert, and that should not, before a level is spoken of
SURELY = 1e-12  # how far from 0 and 1 a probability is taken to be, so that its log-odds are finite


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """How many converted, and how many should have.

    converted: the share, with its interval; expected: the mean probability
    odds: by what all given odds must be multiplied to meet what came
    p: how often chance makes such a break, over all moments at which it could have begun
    since: the first period of the break; empty where there is none
    tells: whether there are enough leads to say anything
    """

    leads: int
    converted: Interval
    expected: float
    odds: float
    p: float
    since: str
    tells: bool
    periods: tuple[Period, ...]
    matters: bool
    sentence: str


class _Break(msgspec.Struct, frozen=True):
    """The level from some period on: how surely it is another one."""

    rows: NDArray[np.intp]
    name: str
    p: float
    odds: float


def level_of(found: Finished, reference: Profile | None) -> Level:
    """Hold the outcomes of at least one row against their probabilities.

    A break is the stretch of periods up to the last that is least likely by chance, tested for all stretches at once
    (Bonferroni). Chance is that of whom the model met and, by the ``reference``, of whom it learned its level from.
    """
    breaks = _breaks(found, reference)
    best = min(breaks, key=lambda b: b.p, default=None)
    everything = _odds(found, np.arange(len(found)))
    matters = best is not None and best.p <= LEVEL and abs(log(best.odds)) >= log(ODDS)
    level = Level(
        leads=found.leads,
        converted=share_of(found.converted, found.whose),
        expected=float(found.probability.mean()),
        odds=everything,
        p=best.p if best else 1.0,
        since=best.name if best is not None and matters else "",
        tells=best is not None,
        periods=rates(found.converted, found.whose, found.at, dated=found.dated, probability=found.probability),
        matters=matters,
        sentence="",
    )
    return msgspec.structs.replace(level, sentence=_sentence(level, found, best))


def _breaks(found: Finished, reference: Profile | None) -> list[_Break]:
    """The level from each period on in which enough leads should convert, and should not."""
    periods = periods_of(found.at, dated=found.dated)
    breaks = []
    for period in np.unique(periods):
        rows = np.flatnonzero(periods >= period)
        expected = float(found.probability[rows].sum())
        if min(expected, len(rows) - expected) >= FEWEST:
            name = period_name(float(found.at[rows].min()), dated=found.dated)
            breaks.append(_Break(rows, name, _p(found, rows, reference), _odds(found, rows)))
    return [msgspec.structs.replace(b, p=min(1.0, b.p * len(breaks))) for b in breaks]


def _p(found: Finished, rows: NDArray[np.intp], reference: Profile | None) -> float:
    """How often chance makes the sum of the misses as large; rows of a lead are one draw."""
    p, missed = found.probability[rows], found.converted[rows] - found.probability[rows]
    by_lead = np.bincount(found.whose[rows], missed)
    variance = max(float((by_lead**2).sum()), float((p * (1 - p)).sum()))
    if reference is not None and reference.periods:
        share = reference.converted
        variance += len(rows) ** 2 * share * (1 - share) / reference.worth
    return float(2 * norm.sf(abs(missed.sum()) / np.sqrt(variance)))


def _odds(found: Finished, rows: NDArray[np.intp]) -> float:
    """By what the odds must be multiplied; half a lead of either kind keeps it finite."""
    log_odds = logit(np.clip(found.probability[rows], SURELY, 1 - SURELY))
    middle = float(logit(np.clip(found.probability[rows].mean(), SURELY, 1 - SURELY)))
    values, weights = np.r_[log_odds, middle], np.ones(len(rows) + 1)
    return exp(centred_at(values, np.r_[found.converted[rows], float(expit(middle))], weights))


def _sentence(level: Level, found: Finished, best: _Break | None) -> str:
    share = f"{100 * level.converted.value:.1f} % ({_ends(level.converted)})"
    said = f"Of {level.leads:,} leads {share} converted, where {100 * level.expected:.1f} % were expected"
    if best is None:
        return f"{said}: too few to say whether the level has changed."
    if not level.matters:
        return f"{said}: no break of the level."
    came, given = (f"{100 * float(of[best.rows].mean()):.1f} %" for of in (found.converted, found.probability))
    return (
        f"{said}. The level broke: since {best.name} {came} convert where {given} are expected, the odds times "
        f"{best.odds:.2f}."
    )


def _ends(share: Interval) -> str:
    return f"{100 * share.low:.1f} to {100 * share.high:.1f}"

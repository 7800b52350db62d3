"""The threshold for what sales can work, or for what it pays to work."""

from dataclasses import replace
from math import ceil, inf, log, nan
from typing import NamedTuple

import numpy as np

from features.describe import number_words
from features.errors import ConfigError, DataError
from training.capacity import Capacity
from training.thresholds.later import MONTH, LaterLeads
from training.thresholds.table import Through, through

NEAR = 5.0  # points above a threshold: the leads that just come through


class Prices(NamedTuple):
    """What it costs to work a lead, and what a conversion is worth, in the same money."""

    cost: float
    value: float

    def gain(self, found: Through) -> float:
        """What a month brings: the value of its conversions less the cost of working its leads; NaN without dates."""
        return found.a_month * ((found.rate if found.leads else 0.0) * self.value - self.cost)


def prices_of(cost: float, value: float) -> Prices:
    """Prices that can decide. Raises ConfigError unless 0 < cost < value."""
    if not 0 < cost < value < inf:
        got, allowed = f"a cost of {cost:g} and a value of {value:g}", "a cost above 0 and below the value"
        raise ConfigError("at these prices no lead is worth working, or every one", got=got, allowed=allowed)
    return Prices(cost, value)


class Choice(NamedTuple):
    """A threshold in whole points, what comes through it, and why, in a sentence."""

    chosen: Through
    why: str
    prices: Prices | None = None

    @property
    def sentence(self) -> str:
        """Why, and what to expect."""
        return f"{self.why} {self._expected(self.chosen)}"

    def against(self, today: Through, stage: str) -> str:
        """The choice held against what is agreed today, in a sentence."""
        if today.threshold == self.chosen.threshold:
            return f"That is what is agreed for {stage}."
        return f"Agreed for {stage} are {number_words(today.threshold)} points. {self._expected(today)}"

    def _expected(self, found: Through) -> str:
        gain = nan if self.prices is None else self.prices.gain(found)
        return expected(found) if gain != gain else f"{expected(found)} That brings {gain:,.0f} a month."


def expected(found: Through) -> str:
    """What comes through a threshold, for people."""
    if not found.leads:
        return "No later lead reached it."
    some = f"{found.a_month:.0f} leads a month" if found.a_month == found.a_month else f"{found.share:.1%} of the leads"
    rate = f"{found.rate:.1%} ({found.rate_low:.1%} to {found.rate_high:.1%})"
    return f"Expect {some}, of which {rate} convert: {found.caught:.0%} of all conversions."


def threshold_for_capacity(later: LaterLeads, capacity: Capacity) -> Choice:
    """The lowest threshold in whole points through which no more leads come than sales can work.

    Raises ConfigError where the capacity is a rate and the leads have no dates.
    """
    share = _share_of(later, capacity)
    ranked = np.sort(later.score)[::-1]
    allowed = int(share * len(later) + 1e-9)
    if allowed >= len(ranked):
        chosen = through(later, float(np.floor(ranked[-1])))
        return Choice(chosen, f"Sales can work {capacity}, which is every lead: no threshold is needed.")
    # Just above the first lead that is too many.
    chosen = through(later, float(np.floor(ranked[allowed])) + 1)
    return Choice(chosen, f"Sales can work {capacity}: begin at {number_words(chosen.threshold)} points.")


def _share_of(later: LaterLeads, capacity: Capacity) -> float:
    if capacity.share is not None:
        return capacity.share
    if later.a_month is None:
        what = "the leads have no dates, so how many come in a month is not known"
        raise ConfigError(what, where="--capacity", got=str(capacity), do="give a share instead, such as 10%")
    return capacity.leads / capacity.days * MONTH / later.a_month


def threshold_for_value(later: LaterLeads, cost: float, value: float) -> Choice:
    """The lowest threshold in whole points from which working a lead pays: probability * value > cost.

    cost: of working a lead; value: of a conversion; in the same money. Raises ConfigError unless 0 < cost < value,
    DataError where leads with more points do not convert more often.
    """
    prices = prices_of(cost, value)
    a, b = later.scale
    if b <= 0:
        what = "leads with more of these points do not convert more often, so that no threshold pays"
        raise DataError(what, do="hold the rules behind these points against history: leadscore review")
    needed = cost / value
    chosen = through(later, float(ceil((log(needed / (1 - needed)) - a) / b)))
    why = (
        f"Working a lead costs {cost:g} and a conversion is worth {value:g}, so a lead pays from a probability of "
        f"{needed:.1%}: begin at {number_words(chosen.threshold)} points.{_just_above(later, chosen.threshold)}"
    )
    return Choice(chosen, why, prices)


def _just_above(later: LaterLeads, threshold: float) -> str:
    """Whether the leads that just come through do convert as they should."""
    near = (later.score >= threshold) & (later.score < threshold + NEAR)
    if not near.any():
        return ""
    found = through(replace(later, score=later.score[near], converted=later.converted[near]), -inf)
    rate = f"{found.rate:.1%} ({found.rate_low:.1%} to {found.rate_high:.1%})"
    return f" Of the {found.leads} later leads up to {NEAR:g} points above, {rate} converted."

"""What history says of each rule, in words.

Both teams have signed a rule, so a verdict against it needs two things. The learned points must differ: the agreed ones
lie ``SURE`` standard deviations away, so that of a thousand reviews of thirty right rules about two would speak against
any. And the difference must matter: the whole 90 % interval lies beyond a margin within which nobody would change them.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from features.agreement import Agreement
from features.describe import amount
from training.additive import Z90
from training.blend import kappa
from training.review.joint import Joint
from training.review.likelihood import Ends, deviations, interval
from training.review.rules import Rule

Verdict = Literal["agrees", "too high", "too low", "contradicts", "not enough leads"]
Often = Literal["never", "nearly always", "sometimes"]

AGAINST: tuple[Verdict, ...] = ("too high", "too low", "contradicts")
SURE = 4.0  # standard deviations
MARGIN = 0.3  # of the points that double the odds: off by a factor of 1.23 in odds
MARGIN_SHARE = 0.25  # of the agreed points
NEARLY_ALWAYS = 0.95  # of the leads


class Reviewed(NamedTuple):
    """One rule held against history.

    leads: for how many it fires, of ``leads_in_all``; converted: how many of these converted
    learned, low, high: the points that history gives it, with a 90 % interval; NaN where it never fires
    margin: so far off, in points, nobody would change it: 0.3 of what doubles the odds, or a quarter of the agreed
    points; for ``points_each``, of the points of as many as leads have that count
    """

    rule: Rule
    leads: int
    converted: int
    leads_in_all: int
    learned: float
    low: float
    high: float
    margin: float
    verdict: Verdict

    @property
    def agreed(self) -> float:
        """The agreed points."""
        return self.rule.agreed

    @property
    def fires(self) -> Often:
        """How often it fires."""
        return often(self.leads, self.leads_in_all)

    @property
    def proposed(self) -> float:
        """The learned points in as few digits as say the same: off by no more than half the margin.

        >>> from features.agreement import Fact
        >>> rule = Rule("fit", Fact(fact="f", field="f", points_each=1.0), None, 1.0)
        >>> [Reviewed(rule, 9, 1, 9, learned, 2.0, 4.0, 0.3, "too low").proposed for learned in (2.83, 3.08)]
        [2.8, 3.0]
        """
        fewest = next((n for n in range(9) if abs(round(self.learned, n) - self.learned) <= self.margin / 2), 9)
        return round(self.learned, fewest) + 0.0

    @property
    def sentence(self) -> str:
        """The rule and its verdict for people."""
        each = " each" if self.rule.place is None else ""
        if self.fires == "never":
            return f"{self.rule.words}: {amount(self.agreed, 'points')}{each} agreed, but no lead meets it"
        found = f"history gives {self.learned:+.1f} ({self.low:+.1f} to {self.high:+.1f})"
        return f"{self.rule.words}: {self.agreed:+g}{each} agreed, {found}: {self.verdict}"


def often(leads: int, in_all: int) -> Often:
    """How often something hits that hits so many leads of all."""
    if leads == 0:
        return "never"
    return "nearly always" if leads >= NEARLY_ALWAYS * in_all else "sometimes"


class Counts(NamedTuple):
    """For how many leads a rule fires, how many of these converted, and how many leads there are."""

    leads: int
    converted: int
    in_all: int


def review_rules(
    rules: Sequence[Rule], counts: Sequence[Counts], model: Joint, first: int, agreement: Agreement
) -> list[Reviewed]:
    """The verdict on each of some rules, whose coefficients stand together in a model from ``first`` on."""
    return [
        _reviewed(rule, count, model, place, agreement)
        for place, (rule, count) in enumerate(zip(rules, counts, strict=True), start=first)
    ]


def _reviewed(rule: Rule, count: Counts, model: Joint, place: int, agreement: Agreement) -> Reviewed:
    if not count.leads:
        return Reviewed(rule, *count, *(np.nan,) * 4, "not enough leads")
    reach = float(model.inputs.reach[place - 1])
    a_point = kappa(agreement) * reach  # of so much as many leads have, in log-odds
    ends = Ends(*(end / a_point for end in interval(model, place, Z90)))
    margin = max(MARGIN * agreement.points_double_odds / reach, MARGIN_SHARE * abs(rule.agreed))
    differs = abs(deviations(model, place, rule.agreed * a_point)) >= SURE
    return Reviewed(rule, *count, *ends, margin, _verdict(rule.agreed, ends, margin, differs=differs))


def _verdict(agreed: float, learned: Ends, margin: float, *, differs: bool) -> Verdict:
    if differs and (learned.low > agreed + margin or learned.high < agreed - margin):
        if agreed * learned.value < 0 and learned.low * learned.high > 0:
            return "contradicts"
        return "too high" if learned.value < agreed else "too low"
    # Enough to tell a rule that is right from one that says nothing.
    tells = (learned.high - learned.low) / 2 <= max(abs(agreed), margin)
    fits = learned.low <= agreed <= learned.high or abs(learned.value - agreed) <= margin
    return "agrees" if tells and fits else "not enough leads"

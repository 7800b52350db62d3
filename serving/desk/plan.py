"""The funnel plan: from a target for revenue back to the leads that every stage needs.

A rate of 75 % means dividing by 0.75: 120 opportunities need 160 sales-ready leads, and at 10 % those need 1,600
marketing leads. All is computed with fractions, so that 120 / 0.75 is 160 and never 161.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, prod
from typing import NamedTuple

from serving.desk.rates import Span, product

WHOLE = Fraction(1)


class Target(NamedTuple):
    """What is to be reached: revenue, the share of it that marketing's leads are to bring, and what one deal brings."""

    revenue: Fraction
    share: Fraction
    deal: Fraction

    @property
    def deals(self) -> int:
        """How many deals marketing's leads must bring; part of a deal is not signed, so it is rounded up.

        >>> Target(Fraction(1_000_000), Fraction(40, 100), Fraction(30_000)).deals  # 400,000 / 30,000 = 13.3
        14
        """
        return ceil(self.revenue * self.share / self.deal)


class Need(NamedTuple):
    """How many leads must come into a stage; low and high: if the own rates are at the ends of their interval."""

    leads: int
    low: int
    high: int


class Step(NamedTuple):
    """The share of a stage's leads that go on. ``span``: of an own rate, its interval; None where it is set by hand."""

    rate: Fraction
    span: Span | None = None


def needed(last: int, steps: Sequence[Step]) -> list[Need]:
    """The leads that each stage needs, the first one first, so that ``last`` come into the last one.

    ``steps``: from each stage to the next, all above 0; one fewer than the stages. Rounded up once, at each stage, and
    not again and again on the way: so many leads times the rates reach ``last``, and one fewer do not.

    >>> [n.leads for n in needed(120, [Step(Fraction(10, 100)), Step(Fraction(75, 100))])]
    [1600, 160, 120]
    """
    return [_need(last, steps[place:]) for place in range(len(steps) + 1)]


def _need(last: int, steps: Sequence[Step]) -> Need:
    leads = ceil(last / prod((step.rate for step in steps), start=WHOLE))
    spans = [step.span for step in steps if step.span is not None]
    if not spans:
        return Need(leads, leads, leads)
    by_hand = float(prod((step.rate for step in steps if step.span is None), start=WHOLE))
    own = product(spans)
    low, high = (ceil(last / (by_hand * share)) if share else leads for share in (own.high, own.low))
    return Need(leads, min(low, leads), max(high, leads))

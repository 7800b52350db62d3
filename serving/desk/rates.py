"""A rate and how far it can be trusted: Wilson's interval, and that of a product of rates."""

from collections.abc import Sequence
from math import exp, log, sqrt
from statistics import NormalDist
from typing import NamedTuple

_Z = NormalDist().inv_cdf(0.975)


class Rate(NamedTuple):
    """``of`` cases, ``hits`` of them hits: the share, and its 95 % interval."""

    hits: int
    of: int
    share: float
    low: float
    high: float


def rate(hits: int, of: int) -> Rate | None:
    """The share with the interval of Wilson (1927, JASA 22:209); None of no case.

    >>> found = rate(8, 10)
    >>> round(found.share, 3), round(found.low, 3), round(found.high, 3)
    (0.8, 0.49, 0.943)
    """
    if of == 0:
        return None
    share, z2 = hits / of, _Z**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == of else min(1.0, middle + half)
    return Rate(hits, of, share, low, high)


class Span(NamedTuple):
    """A share and its interval; without doubt where the ends are the same."""

    share: float
    low: float
    high: float


def product(spans: Sequence[Span]) -> Span:
    """The product of independent shares, with the interval that theirs give it (MOVER: Zou and Donner 2008,
    Statistics in Medicine 27:1693, on logarithms). It is narrower than if all were at their worst at once.

    >>> product([Span(0.5, 0.5, 0.5), Span(0.4, 0.2, 0.8)])
    Span(share=0.2, low=0.1, high=0.4)
    """
    share = exp(sum(log(s.share) for s in spans)) if all(s.share for s in spans) else 0.0
    if not share:
        return Span(0.0, 0.0, 0.0)
    down = sqrt(sum(log(s.share / s.low) ** 2 for s in spans))
    up = sqrt(sum(log(s.high / s.share) ** 2 for s in spans))
    return Span(round(share, 12), round(share * exp(-down), 12), round(min(1.0, share * exp(up)), 12))

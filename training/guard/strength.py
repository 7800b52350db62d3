"""Values that alone tell too much: they separate the outcomes, or settle them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from training.guard.evidence import Floats, Ints, held_out_auc, odds_ratios, surpasses
from training.guard.known import Known
from training.guard.texts import words_auc
from training.guard.values import BINS, Values, binned

ALONE = 0.85  # AUC: what the strongest honest fact of real leads stays clear of (.77 on those at hand), and most
# published leaks exceed; a fact so strong would need no model
SETTLES = 100.0  # odds ratio: 66 points where 10 double the odds, more than an agreement has for everything together
PER_VALUE = 5  # leads, on average, that share a value


def too_strong(values: Values, known: Known) -> Iterator[str]:
    """What speaks for values that tell the outcome."""
    converted = known.converted
    for grouped, manner in (
        (_groupings(values, known), ""),
        (_of_its_time(values, known), "among leads of the same time "),
    ):
        reached = max((held_out_auc(groups, converted) for groups in grouped), default=0.5)
        if surpasses(reached, ALONE, converted):
            yield f"{manner}alone it separates the outcomes with AUC {reached:.3f}".strip()
            break
    by_words = words_auc(values, converted)
    if surpasses(by_words, ALONE, converted):
        yield f"alone its words separate the outcomes with AUC {by_words:.3f}"
    yield from _settled(values, converted)


def _groupings(values: Values, known: Known) -> Iterator[Ints]:
    """Ways in which a column can tell: by range, value, last digit, days since the lead, how texts begin and end."""
    yield values.grouped()
    many = values.distinct > BINS
    if values.numbers is not None and many and values.distinct * PER_VALUE <= len(values.codes):
        yield values.codes
    if values.numbers is not None and many and not np.any(values.numbers[values.filled] % 1):
        yield np.where(values.filled, np.nan_to_num(values.numbers) % 10 + 1, 0).astype(np.int64)
    if values.dates and values.numbers is not None and known.moments:
        since = values.numbers - known.when
        yield binned(since, since)
    if values.text and values.distinct * PER_VALUE > len(values.codes):
        for cut in (slice(0, 2), slice(-1, None)):
            ends = pd.factorize(np.array(["", *(str(word)[cut] for word in values.words)], dtype=object))[0]
            yield ends.astype(np.int64)[values.codes]


def _of_its_time(values: Values, known: Known) -> Iterator[Ints]:
    if values.numbers is not None and values.distinct > BINS:
        within = known.rank_within(values.numbers)
        yield binned(within, within)


def _settled(values: Values, converted: Ints) -> Iterator[str]:
    """The value, or the range of numbers, after which the outcome is all but settled."""
    groups = values.grouped()
    size: Floats = np.bincount(groups).astype(np.float64)
    won: Floats = np.bincount(groups, weights=converted, minlength=len(size)).astype(np.float64)
    shown = np.flatnonzero(size[1:] >= 10) + 1
    above, below = odds_ratios(won[shown], size[shown], converted)
    for i in np.flatnonzero((above > SETTLES) | (below < 1 / SETTLES))[:1]:
        at = shown[i]
        here, there = won[at] / size[at], (converted.sum() - won[at]) / (len(converted) - size[at])
        value = f"'{values.words[at - 1]}'" if groups is values.codes else f"values in one range of {BINS}"
        yield f"of the {size[at]:.0f} leads with {value} {here:.1%} converted, of the others {there:.1%}"

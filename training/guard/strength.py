"""Values that alone tell too much: they separate the outcomes, or settle them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from training.guard.evidence import Ints, auc, held_out_auc, odds_ratios, surpasses
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
    ways = (
        ("alone it separates", auc_alone(values, known)),
        ("alone, among leads of the same time, it separates", _of_its_time(values, known)),
        ("alone its words separate", words_auc(values, converted)),
    )
    for how, reached in ways:
        if surpasses(reached, ALONE, converted):
            yield f"{how} the outcomes with AUC {reached:.3f}"
            break
    yield from _settled(values, converted)


def auc_alone(values: Values, known: Known) -> float:
    """The largest AUC that a column reaches alone: numbers in their order, or any grouping on held-out leads."""
    in_order = 0.5 if values.numbers is None else auc(np.nan_to_num(values.numbers, nan=-np.inf), known.converted)
    return max(in_order, 1 - in_order, *(held_out_auc(groups, known.converted) for groups in _groupings(values, known)))


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


def _of_its_time(values: Values, known: Known) -> float:
    """The AUC of where a number stands among those of leads of the same time: what grows with time hides it."""
    if values.numbers is None or values.distinct <= BINS:
        return 0.5
    within = known.rank_within(values.numbers)
    return held_out_auc(binned(within, within), known.converted)


def _settled(values: Values, converted: Ints) -> Iterator[str]:
    """The value, or the range of numbers, of which all but everybody converts.

    That nobody does is no sign: who has the product already, or works for a competitor, is told by honest facts.
    """
    groups = values.grouped()
    size, won = np.bincount(groups), np.bincount(groups[converted == 1])
    won = np.pad(won, (0, len(size) - len(won)))
    shown = np.flatnonzero(size[1:] >= 10) + 1
    above, _ = odds_ratios(won[shown], size[shown], converted)
    for at in shown[above > SETTLES][:1]:
        here, there = won[at] / size[at], (converted.sum() - won[at]) / (len(converted) - size[at])
        value = f"'{values.words[at - 1]}'" if groups is values.codes else f"values in one range of {BINS}"
        yield f"of the {size[at]} leads with {value} {here:.1%} converted, of the others {there:.1%}"

"""Ids, running numbers and the order of rows: none has a right to know the outcome, beyond the time it stands for.

Leads are compared with others of the same time only, so that an id which grows with time is let through, whatever the
conversion rate does meanwhile.
"""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from training.guard.evidence import CHANCE, Floats, held_out_rates
from training.guard.known import BLOCK, Known
from training.guard.values import Values

WITHIN = 0.65  # AUC among leads of the same time
RUNS = 0.5  # correlation of the outcomes of neighbours
UNIQUE = 0.98  # share of different values in an id
RUNNING = 0.9  # rank correlation of a running number with time


def running_number_tells(values: Values, known: Known) -> Iterator[str]:
    """What speaks for a number that runs with time, such as an order number, being given by the outcome."""
    numbers = values.numbers
    if numbers is None or values.dates or values.distinct < UNIQUE * values.filled.sum():
        return
    there = ~np.isnan(numbers)
    if there.sum() < BLOCK or np.any(numbers[there] % 1):
        return
    ranks = rankdata(numbers[there])
    if abs(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1]) >= RUNNING:
        yield from order_tells(ranks, known.take(there))


def ids_tell(ids: pd.Series, known: Known) -> Iterator[str]:
    """What speaks for ids being given by the outcome: their order, their beginning, their end, their length."""
    texts = ids.astype(str).reset_index(drop=True)
    keys = pd.DataFrame({"begins": texts.map(_begins), "number": texts.map(_number), "text": texts})
    order = np.empty(len(texts))
    order[keys.sort_values(["begins", "number", "text"]).index] = np.arange(len(texts))
    yield from order_tells(order, known)
    patterns = {"beginning": texts.str[:2], "end": texts.str[-1:], "length": texts.str.len().astype(str)}
    for name, pattern in patterns.items():
        rates = held_out_rates(pd.factorize(pattern)[0].astype(np.int64), known.converted)
        reached, errors = known.auc_within(rates)
        if reached > WITHIN and errors > norm.isf(CHANCE / len(patterns)):
            yield f"among leads of the same time its {name} tells the outcome with AUC {reached:.3f}"


def order_tells(order: Floats, known: Known) -> Iterator[str]:
    """What speaks for an order of leads, such as that of the file's rows, following the outcome."""
    converted = known.converted
    if len(converted) < BLOCK or converted.min() == converted.max():
        return
    alike = converted[np.argsort(order, kind="stable")]
    beside = float(np.corrcoef(alike[1:], alike[:-1])[0, 1]) if alike[1:].std() and alike[:-1].std() else 0.0
    if beside - norm.isf(CHANCE) / np.sqrt(len(alike)) > RUNS:
        yield f"in its order equal outcomes stand side by side (those of neighbours correlate by {beside:.2f})"
        return
    reached, errors = known.auc_within(order)
    if max(reached, 1 - reached) > WITHIN and abs(errors) > norm.isf(CHANCE / 2):
        yield f"among leads of the same time its order tells the outcome with AUC {max(reached, 1 - reached):.3f}"


def _begins(text: str) -> str:
    return re.split(r"\d", text, maxsplit=1)[0]


def _number(text: str) -> float:
    found = re.search(r"\d+", text)
    return float(found.group()[:15]) if found else -1.0

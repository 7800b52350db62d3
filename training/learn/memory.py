"""How much recent history counts: the weight of a row by how many rows came after it.

    weight = 1 / (1 + age / span)      age: the share of the rows that are later

The weight falls, but never to nothing: what held for long still counts where little is new. Whether the span is
short, long or none at all is decided by walking forward: models with each span predict stretches of time that
came after, and another than the usual span is taken only where it is surely better.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from training.dataset import Dataset
from training.learn.design import Design, design_of
from training.learn.mixture import centred_at
from training.learn.ridge import fit_ridge

Floats = NDArray[np.float64]

USUAL = 0.5
SPANS = (np.inf, USUAL, 0.15)
ORIGINS = 4  # stretches predicted
FIRST = 0.5  # of the rows train for the first stretch
SURE = 2.0  # standard errors
MOST_ROWS = 20_000  # walked over
COARSE = 16  # ranges of a number, when spans are compared
ENOUGH = 30  # rows of either kind before the first stretch, and in all stretches


class Memory(NamedTuple):
    """The span chosen, and what walking forward over some of the rows showed.

    gains: by span, nats a row that it gains on the usual one
    rows: (m,) the rows predicted from earlier ones only; converted, weights, log_odds: (m,) theirs
    before: the rows that all models learned from; earlier: what the last of them says of these
    """

    span: float
    gains: dict[float, float]
    rows: NDArray[np.intp]
    converted: Floats
    weights: Floats
    log_odds: Floats
    before: NDArray[np.intp]
    earlier: Floats


def forgetting(n: int, span: float) -> Floats:
    """The weights of n rows in order of time, (n,).

    >>> forgetting(5, 0.3).round(2).tolist()
    [0.27, 0.33, 0.43, 0.6, 1.0]
    """
    age = (n - 1 - np.arange(n)) / n
    return 1 / (1 + age / span)


def choose_memory(data: Dataset, converted: Floats, worth: float, jobs: int = 1) -> Memory:
    """Walk forward over rows in order of time.

    converted: (n,) outcomes, or shares where some are late; worth: of a row (below 1 where leads have several)
    """
    sample = np.arange(0, len(data), max(1, len(data) // MOST_ROWS))
    some = data.take(sample)
    design = design_of(some, np.full(len(sample), worth), converted=converted[sample], ranges=COARSE)
    edges = [int(len(sample) * share) for share in np.linspace(FIRST, 1, ORIGINS + 1)]
    if not _enough(design, edges[0]):
        none = np.empty(0)
        return Memory(USUAL, {}, sample[:0], none, none, none, sample[:0], none)
    asked = [(start, span) for start in edges[:-1] for span in SPANS]
    told = Parallel(n_jobs=jobs)(delayed(_walk)(design, start, span) for start, span in asked)
    found = dict(zip(asked, told, strict=True))
    walked = {span: np.concatenate([found[a, span][a:b] for a, b in itertools.pairwise(edges)]) for span in SPANS}
    first = edges[0]
    outcomes, weights = design.converted[first:], design.weights[first:]
    gains = _gains(walked, outcomes, weights)
    best = max(SPANS, key=lambda span: _mean(gains[span], weights) - SURE * _error(gains[span], weights))
    means = {span: _mean(gain, weights) for span, gain in gains.items()}
    earlier = found[edges[-2], best][:first]
    return Memory(best, means, sample[first:], outcomes, weights, walked[best], sample[:first], earlier)


def _enough(design: Design, first: int) -> bool:
    parts: Sequence[Floats] = (design.converted[:first], design.converted[first:])
    return all(min(part.sum(), len(part) - part.sum()) >= ENOUGH for part in parts)


def _walk(design: Design, start: int, span: float) -> Floats:
    """What a model of the rows before ``start`` says of all rows."""
    before = design.take(np.arange(start))
    before = replace(before, weights=before.weights * forgetting(start, span))
    return fit_ridge(before).model(before).log_odds(design.codes)


def _gains(walked: Mapping[float, Floats], converted: Floats, weights: Floats) -> dict[float, Floats]:
    """By span, the nats that each row gains on the usual span, each stretch moved to its own level first.

    How the level of all leads moves is another matter (``training.learn.level``); here the facts are compared.
    """
    losses = {}
    stretches = np.array_split(np.arange(len(converted)), ORIGINS)
    for span, log_odds in walked.items():
        z = np.concatenate([log_odds[p] + centred_at(log_odds[p], converted[p], weights[p]) for p in stretches])
        losses[span] = np.logaddexp(0, z) - converted * z
    return {span: losses[USUAL] - loss for span, loss in losses.items()}


def _mean(gain: Floats, weights: Floats) -> float:
    return float(np.average(gain, weights=weights))


def _error(gain: Floats, weights: Floats) -> float:
    away = gain - np.average(gain, weights=weights)
    return float(np.sqrt((weights**2 * away**2).sum()) / weights.sum())

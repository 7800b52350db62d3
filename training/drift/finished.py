"""Scores whose horizon has passed, with what became of the leads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.moments import DAY
from training.additive import AdditiveScorer
from training.dataset import Dataset
from training.scorecard import Scorecard

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Finished:
    """n probabilities and what came of them.

    probability, converted: (n,); whose: (n,) which lead a row is of; at: (n,) when it was scored, microseconds where
    ``dated``, else any order in time; versions: (n,) the model's
    served: whether these are the numbers that were served, or were computed again
    notes: what was left out and why, in words
    """

    probability: Floats
    converted: NDArray[np.int64]
    whose: NDArray[np.intp]
    at: Floats
    dated: bool
    versions: NDArray[np.str_]
    served: bool
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.converted)

    @property
    def leads(self) -> int:
        """How many leads there are."""
        return len(np.unique(self.whose))


def has_finished(data: Dataset, horizon_days: float) -> Bools:
    """Whether each row's outcome is known, (n,): its horizon has passed.

    A flat export without the dates of its outcomes says nothing of time: its outcomes are taken as final. With them,
    the agreement's ``horizon_days`` must have passed.
    """
    if data.decided is not None:
        return data.when + horizon_days * DAY <= data.known_until
    return data.when + data.horizon <= data.known_until if data.horizon else np.ones(len(data), np.bool_)


def recomputed(card: Scorecard, data: Dataset) -> Finished:
    """What a scorecard gives to recent leads as of their snapshots, where their horizon has passed."""
    rows = np.flatnonzero(has_finished(data, card.agreement.conversion.horizon_days))
    part = data.take(rows)
    return Finished(
        probability=AdditiveScorer(card).many(part.columns, terms=False).probability,
        converted=part.converted,
        whose=part.leads()[1] if len(rows) else np.empty(0, np.intp),
        at=part.when,
        dated=data.dated,
        versions=np.full(len(rows), card.model_version),
        served=False,
    )

"""Scores whose horizon has passed, with what became of the leads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.additive import AdditiveScorer
from training.dataset import Dataset
from training.scorecard import Scorecard

Floats = NDArray[np.float64]


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


def recomputed(card: Scorecard, data: Dataset) -> Finished:
    """What a scorecard gives to recent leads as of their snapshots, where their horizon has passed."""
    rows = np.flatnonzero(data.has_finished(card.agreement.conversion.horizon_days))
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

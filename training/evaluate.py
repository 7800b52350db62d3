"""Predictions beside each other, for leads that came after those learned from."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from training.additive import AdditiveScorer
from training.baselines import BASELINES
from training.dataset import Dataset
from training.fitting import Fitted

Floats = NDArray[np.float64]
Step = Callable[[str, int, int], None]


def compare(fitted: Fitted, train: Dataset, test: Dataset, step: Step = lambda *_: None) -> dict[str, Floats]:
    """The predictions for the test rows of all that are always compared, by name, (n,) each.

    ``step(what, done, of)`` is told of each baseline.
    """
    predictions = additive(fitted, test)
    for done, (name, baseline) in enumerate(BASELINES.items()):
        step(name, done, len(BASELINES))
        predictions[name] = baseline(train, test)
    step("baselines", len(BASELINES), len(BASELINES))
    return predictions


def additive(fitted: Fitted, test: Dataset) -> dict[str, Floats]:
    """The predictions of the blend and of the two that it stands between, by name, (n,) each."""
    cards = {"rules only": fitted.rules, "model only": fitted.model, "blend": fitted.blend}
    return {name: AdditiveScorer(card).many(test.columns).probability for name, card in cards.items()}

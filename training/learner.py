"""The learner: an additive model whose every fact is a table "value -> log-odds".

An explainable boosting machine (``interpret-core``, main effects only). Several bags, each fitted on a random
subsample, are averaged; what they disagree on is the interval.
"""

import warnings
from math import log
from typing import NamedTuple

import numpy as np
from interpret.glassbox import ExplainableBoostingClassifier
from numpy.typing import NDArray

from training.additive import rows_of
from training.config import Learner
from training.dataset import Dataset

Floats = NDArray[np.float64]

# Each bag sees this share of the leads; the rest stops its boosting (the learner's own default).
BAG_SHARE = 0.85


class Shape(NamedTuple):
    """What was learned about one fact, in log-odds.

    scores: (bins + 2,) for the ranges between ``cuts`` or for ``values``, then unknown, then never seen
    bags: (bags, bins + 2) the same per bag
    """

    cuts: tuple[float, ...]
    values: tuple[str, ...]
    scores: Floats
    bags: Floats


class Learned(NamedTuple):
    """An additive model in log-odds: ``intercept + sum of shapes``; ``intercept_bags``: (bags,)."""

    intercept: float
    intercept_bags: Floats
    shapes: tuple[Shape, ...]


def fit(data: Dataset, settings: Learner, *, jobs: int = 1) -> Learned:
    """Fit the additive model to a data set; ``jobs`` processes fit the bags.

    Leads of one class only (a stretch of time before the first win) teach no shape: all get the same log-odds.
    """
    if len(np.unique(data.converted)) < 2:
        return _flat(data, settings)
    model = _model(data, settings, jobs)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Missing values detected", category=UserWarning)
        warnings.filterwarnings("ignore", message="All-NaN slice encountered", category=RuntimeWarning)
        model.fit(data.frame(), data.converted, bags=bags_of(data, settings))
    return Learned(
        intercept=float(model.intercept_[0]),
        intercept_bags=np.asarray(model.bagged_intercept_, dtype=np.float64).reshape(-1),
        shapes=tuple(_shape(model, i) for i in range(len(data.features))),
    )


def bags_of(data: Dataset, settings: Learner) -> NDArray[np.int8] | None:
    """(n, bags): 1 where a bag learns from a row, -1 where the row stops its boosting; None: the learner's own.

    Where leads have several rows, a lead is in a bag with all of them or with none: else rows of the same lead
    would tell on each other. Of the leads that convert, and of the others, each bag sees ``BAG_SHARE``.
    """
    first, whose = data.leads()
    if len(first) == len(data):
        return None
    converted = data.once().converted
    bags = np.ones((len(first), settings.bags), dtype=np.int8)
    random = np.random.default_rng(settings.seed)
    for bag in range(settings.bags):
        for kind in (0, 1):
            leads = random.permutation(np.flatnonzero(converted == kind))
            bags[leads[: _held_out(len(leads))], bag] = -1
    return bags[whose]


def _held_out(leads: int) -> int:
    """How many of so many leads of one kind stop the boosting: at least one, unless it is the only one."""
    return max(int((1 - BAG_SHARE) * leads), min(1, leads - 1))


def log_odds(learned: Learned, data: Dataset) -> Floats:
    """The model's log-odds for each lead of a data set, (n,)."""
    total = np.full(len(data), learned.intercept)
    for feature, shape, column in zip(data.features, learned.shapes, data.columns, strict=True):
        total += shape.scores[rows_of(feature, shape.cuts, shape.values, column)]
    return total


def _model(data: Dataset, settings: Learner, jobs: int) -> ExplainableBoostingClassifier:
    return ExplainableBoostingClassifier(
        feature_names=[f.name for f in data.features],
        feature_types=["continuous" if f.type == "number" else "nominal" for f in data.features],
        interactions=0,
        max_bins=settings.bins,
        outer_bags=settings.bags,
        validation_size=1 - BAG_SHARE,
        random_state=settings.seed,
        n_jobs=jobs,
    )


def _flat(data: Dataset, settings: Learner) -> Learned:
    """The share that converted, half a lead of each class added, whatever the facts."""
    won, n = int(data.converted.sum()), len(data)
    log_odds_of_all = log((won + 0.5) / (n - won + 0.5))
    nothing = Shape((), (), np.zeros(3), np.zeros((settings.bags, 3)))
    no_text = Shape((), (), np.zeros(2), np.zeros((settings.bags, 2)))
    shapes = tuple(nothing if f.type == "number" else no_text for f in data.features)
    return Learned(log_odds_of_all, np.full(settings.bags, log_odds_of_all), shapes)


def _shape(model: ExplainableBoostingClassifier, i: int) -> Shape:
    """The learner keeps (unknown, bins..., never seen); ours is (bins..., unknown, never seen)."""
    bins = model.bins_[i][0]
    scores = np.asarray(model.term_scores_[i], dtype=np.float64)
    bags = np.asarray(model.bagged_scores_[i], dtype=np.float64).reshape(-1, len(scores))
    order = np.r_[1 : len(scores) - 1, 0, len(scores) - 1]
    if isinstance(bins, dict):
        values = tuple(sorted(bins, key=bins.__getitem__))
        return Shape((), values, scores[order], bags[:, order])
    return Shape(tuple(float(c) for c in bins), (), scores[order], bags[:, order])

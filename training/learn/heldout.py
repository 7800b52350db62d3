"""Every member of the mixture fitted on all rows, and what each says of rows that it did not see."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from training.config import Learner
from training.learn.additive_model import AdditiveModel, mixed
from training.learn.bags import inside_bag
from training.learn.boosting import MANY_ROWS, fit_bag
from training.learn.design import Design
from training.learn.naive_bayes import fit_naive_bayes
from training.learn.ridge import Ridge, fit_ridge

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Step = Callable[[str, int, int], None]

FEWER_BAGS = 4  # where there are many rows, bags agree


@dataclass(frozen=True)
class Members:
    """The models of the mixture's members on all rows, and (n, members) their held-out log-odds.

    ridge: the shrunken model with its posterior
    """

    ridge: Ridge
    models: tuple[AdditiveModel, ...]
    held_out: Floats


def fit_members(design: Design, whose: Rows, fold: Rows, settings: Learner, step: Step) -> Members:
    """Fit all members on all rows and without each fold; ``whose``, ``fold``: (n,) the lead and the fold of a row.

    A held-out boosting has one bag: its average over more is a little better, so that its weight is a little low.
    """
    bags, seed = settings.bags if len(design) < MANY_ROWS else min(settings.bags, FEWER_BAGS), settings.seed
    ridge = fit_ridge(design)
    folds = int(fold.max()) + 1
    kept = [np.flatnonzero(fold != i) for i in range(folds)]
    tasks = [
        *((_bag, (design, ridge.model(design), whose, seed + bag)) for bag in range(bags)),
        *((_without, (design, rows, whose, ridge, seed)) for rows in kept),
    ]
    fits = Parallel(n_jobs=settings.jobs, return_as="generator")(delayed(f)(*a) for f, a in tasks)
    models = list(_told(fits, len(tasks), step))
    boosted = mixed([(1 / bags, m) for m in models[:bags]])
    held_out = np.empty((len(design), 3))
    for i, found in enumerate(models[bags:]):
        rows = np.flatnonzero(fold == i)
        codes = [c[rows] for c in design.codes]
        held_out[rows] = np.column_stack([model.log_odds(codes) for model in found])
    return Members(ridge, (ridge.model(design), boosted, fit_naive_bayes(design)), held_out)


def _bag(design: Design, shrunken: AdditiveModel, whose: Rows, seed: int) -> AdditiveModel:
    return fit_bag(design, inside_bag(design.converted, whose, seed), shrunken, seed)


def _without(design: Design, rows: Rows, whose: Rows, start: Ridge, seed: int) -> tuple[AdditiveModel, ...]:
    part = design.take(rows)
    shrunken = fit_ridge(part, start).model(part)
    return shrunken, _bag(part, shrunken, whose[rows], seed), fit_naive_bayes(part)


def _told(fits: Iterator[Any], total: int, step: Step) -> Iterator[Any]:
    for done, model in enumerate(fits, start=1):
        step("fitting", done, total)
        yield model

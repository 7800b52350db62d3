"""How much history it takes: the measures on later leads of models that learned from fewer leads.

Each size is drawn a few times at random from the same history, so that sizes differ in nothing but the number of leads.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from msgspec.structs import replace
from numpy.typing import NDArray

from features.agreement import Agreement
from training.config import Learner
from training.dataset import Dataset
from training.evaluate import additive
from training.fitting import fit_scorecard
from training.intervals import Interval, Judged, Rows, judge, percentiles

Floats = NDArray[np.float64]
Step = Callable[[str, int, int], None]

FEWEST, SIZES = 100, 5
DRAWS = 3
RESAMPLES = 100  # of the later leads, for each model
SEED = 7
WHAT = ("auc", "log_loss")
PREDICTIONS = ("rules only", "model only", "blend")


class Size(NamedTuple):
    """What models that learned from so many ``leads`` did on later ones.

    weights: of history, one a draw
    measured: by measure and prediction the mean over draws with a 95 % interval, which holds both that another
    history of this size would have taught another model, and that other leads would have come
    gained: by how much the blend's log loss is below that of the rules alone, on the same leads each time
    """

    leads: int
    weights: tuple[float, ...]
    measured: Mapping[str, Mapping[str, Interval]]
    gained: Interval


def learning_curve(
    parts: tuple[Dataset, Dataset],
    agreement: Agreement,
    settings: Learner,
    missing_values: tuple[str, ...] = (),
    sizes: Sequence[int] | None = None,
    draws: int = DRAWS,
    step: Step = lambda *_: None,
) -> tuple[Size, ...]:
    """Fit models on fewer leads of the first part, and test all on the later one; the same leads are drawn each time.

    parts: as ``Dataset.split`` gives them
    sizes: how many leads, ascending; without it all of them, half of them, and so on
    ``step(what, done, of)`` is told of every model.
    """
    first, later = parts
    leads = len(first.leads()[0])
    asked = [min(size, leads) for size in sizes or halved(leads)]
    alone = replace(settings, jobs=1)
    tasks = [(size, draw) for size in asked for draw in range(draws if size < leads else 1)]
    fits = Parallel(n_jobs=settings.jobs, return_as="generator")(
        delayed(_fitted)(some_of(first, *task), later, agreement, alone, missing_values) for task in tasks
    )
    found: dict[int, list[tuple[float, Judged]]] = {size: [] for size in asked}
    for done, ((size, _), fit) in enumerate(zip(tasks, fits, strict=True)):
        step("models of fewer leads", done, len(tasks))
        found[size].append(fit)
    step("models of fewer leads", len(tasks), len(tasks))
    return tuple(_size(size, fits_of) for size, fits_of in found.items())


def halved(leads: int) -> list[int]:
    """All leads, half of them, and so on, ascending; none of fewer than 100.

    >>> halved(1000), halved(60)
    ([125, 250, 500, 1000], [60])
    """
    return [leads // 2**i for i in reversed(range(SIZES)) if leads // 2**i >= FEWEST or i == 0]


def some_of(data: Dataset, leads: int, draw: int) -> Dataset:
    """So many leads at random, with all their rows, in order of time."""
    first, whose = data.leads()
    chosen = np.zeros(len(first), dtype=np.bool_)
    chosen[np.random.default_rng([SEED, leads, draw]).choice(len(first), leads, replace=False)] = True
    return data.take(np.flatnonzero(chosen[whose]))


def _fitted(
    some: Dataset, later: Dataset, agreement: Agreement, settings: Learner, missing: tuple[str, ...]
) -> tuple[float, Judged]:
    fitted = fit_scorecard("learning curve", some, agreement, settings, missing)
    return fitted.weight.weight_of_history, judge(Rows.of(later), additive(fitted, later), draws=RESAMPLES)


def _size(leads: int, fits: Sequence[tuple[float, Judged]]) -> Size:
    judged = [j for _, j in fits]
    measured = {what: {name: _pooled(judged, partial(_of, name, what)) for name in PREDICTIONS} for what in WHAT}
    gained = _pooled(judged, lambda j: _of("rules only", "log_loss", j) - _of("blend", "log_loss", j))
    return Size(leads, tuple(weight for weight, _ in fits), measured, gained)


def _of(name: str, what: str, judged: Judged) -> Floats:
    """A measure, and then what each draw of later leads gave, (1 + draws,)."""
    return np.concatenate([[judged.interval(name, what).value], judged.drawn[name][what]])


def _pooled(judged: Sequence[Judged], of: Callable[[Judged], Floats]) -> Interval:
    """The mean of all models' values, with the middle 95 % of all that they and the draws of later leads gave."""
    found = np.array([of(j) for j in judged])
    return percentiles(float(found[:, 0].mean()), found[:, 1:].ravel())

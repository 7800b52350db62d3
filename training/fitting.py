"""From a data set and an agreement to a scorecard: learn, hold out, weigh, and put it all into points."""

from collections.abc import Callable, Iterator
from math import ceil
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from msgspec.structs import replace
from numpy.typing import NDArray

from features.agreement import Agreement
from features.catalog import Feature
from features.points import agreed_points
from training.additive import AdditiveScorer
from training.blend import Blend, kappa, scale_of_rules, weigh
from training.config import Learner
from training.dataset import Dataset
from training.learner import BAG_SHARE, Learned, Shape, fit, log_odds
from training.scorecard import Scorecard, Table, rules_only

Floats = NDArray[np.float64]
Step = Callable[[str, int, int], None]

FEWEST_OUTCOMES = 8  # of either kind; below it there is nothing to learn tables from
UNREGISTERED = "unregistered"  # until the registry gives the version a number
FEWER_FOLDS, MORE_FOLDS, MANY_LEADS = 5, 10, 2_000


class Fitted(NamedTuple):
    """The blended scorecard, and the two it stands between: rules only and model only."""

    blend: Scorecard
    rules: Scorecard
    model: Scorecard
    weight: Blend


def fit_scorecard(
    name: str,
    data: Dataset,
    agreement: Agreement,
    settings: Learner,
    missing_values: tuple[str, ...] = (),
    step: Step = lambda *_: None,
) -> Fitted:
    """Fit the three scorecards. ``step(what, done, total)`` is told of each model fitted."""
    bare = rules_only(agreement, missing_values)
    bare = replace(bare, name=name, model_version=UNREGISTERED, features=data.features)
    by_rules = AdditiveScorer(bare).many(data.columns)
    agreed = by_rules.agreed_score - by_rules.cut
    leads = data.once()
    won, worth = int(leads.converted.sum()), len(leads) / len(data)
    if min(won, len(leads) - won) < FEWEST_OUTCOMES:
        blend = scale_of_rules(agreed, data.converted, agreement, worth)
        rules = replace(bare, scale_a=blend.scale_a, scale_b=blend.scale_b)
        return Fitted(rules, rules, rules, blend)
    learned, held_out = _learn(data, settings, step)
    k = kappa(agreement)
    points = _centred(held_out / k, agreed)
    weight = weigh(agreed, points, data.converted, agreement, worth)
    rules = replace(bare, scale_a=weight.rules_a, scale_b=weight.rules_b)
    shift = float(agreed.mean() - log_odds(learned, data).mean() / k)
    tables = _with_tables(bare, learned, k, shift)
    model = replace(_unbounded(tables), weight_of_history=1.0, scale_a=-k * shift, scale_b=k)
    blend_card = replace(
        tables, weight_of_history=weight.weight_of_history, scale_a=weight.scale_a, scale_b=weight.scale_b
    )
    return Fitted(blend_card, rules, model, weight)


def _unbounded(card: Scorecard) -> Scorecard:
    """The same card without the agreement's bounds: the model alone knows none."""
    agreement = replace(card.agreement, bounds=None)
    return replace(card, agreement=agreement, agreement_hash=agreement.content_hash())


def _centred(points: Floats, agreed: Floats) -> Floats:
    """Learned points moved so that leads have as many on average as agreed: thresholds keep their meaning."""
    return points + (float(agreed.mean()) - float(points.mean()))


def _learn(data: Dataset, settings: Learner, step: Step) -> tuple[Learned, Floats]:
    """The model on all leads, and for each row the log-odds of a model that did not see its lead."""
    fold, folds = folds_of(data, settings.folds)
    tasks: list[NDArray[np.intp]] = [np.arange(len(data)), *(np.flatnonzero(fold != i) for i in range(folds))]
    fits = Parallel(n_jobs=settings.jobs, return_as="generator")(
        delayed(_fit_rows)(data, rows, settings) for rows in tasks
    )
    models = list(_told(fits, len(tasks), step))
    held_out = np.empty(len(data))
    for i, model in enumerate(models[1:]):
        rows = np.flatnonzero(fold == i)
        held_out[rows] = log_odds(model, data.take(rows))
    return models[0], held_out


def folds_of(data: Dataset, folds: int | None = None) -> tuple[NDArray[np.intp], int]:
    """The fold of each row, (n,), and how many folds there are; all rows of a lead are in one.

    Folds are stretches of time, so that a held-out lead differs from the others as tomorrow's leads will.
    """
    first, whose = data.leads()
    folds = folds or (MORE_FOLDS if len(first) < MANY_LEADS else FEWER_FOLDS)
    return whose * folds // len(first), folds


def _fit_rows(data: Dataset, rows: NDArray[np.intp], settings: Learner) -> Learned:
    return fit(data.take(rows), settings)


def _told(fits: Iterator[Learned], total: int, step: Step) -> Iterator[Learned]:
    for done, learned in enumerate(fits, start=1):
        step("fitting", done, total)
        yield learned


def _with_tables(card: Scorecard, learned: Learned, k: float, shift: float) -> Scorecard:
    """The scorecard with learned tables, in points, referenced to the value for which the agreement gives nothing.

    What a table gives there is what the agreement gives there (nearly always 0); the rest goes to the base.
    """
    facts = {fact.fact: fact for _, fact in card.agreement.facts}
    tables, base, base_bags = {}, learned.intercept / k + shift, learned.intercept_bags / k + shift
    for feature, shape in zip(card.features, learned.shapes, strict=True):
        fact = facts.get(feature.name)
        anchor = agreed_points(fact)(feature.nothing) if fact else 0.0
        zero = len(shape.scores) - 2 if feature.nothing is None else int(np.searchsorted(shape.cuts, 0.0, "right"))
        base += shape.scores[zero] / k - anchor
        base_bags = base_bags + shape.bags[:, zero] / k - anchor
        tables[feature.name] = _table(feature, shape, zero, k, anchor)
    n = len(base_bags)
    return replace(
        card,
        tables=tables,
        learned_base=float(base),
        base_bags=tuple(base_bags.tolist()),
        # Delete-d jackknife: the variance between subsamples that leave d of n leads out is (d / (n - d)) of
        # the estimate's own (Shao and Wu, Annals of Statistics 17, 1989).
        spread=float(np.sqrt(BAG_SHARE / (1 - BAG_SHARE))) if n > 1 else 0.0,
    )


def _table(feature: Feature, shape: Shape, zero: int, k: float, anchor: float) -> Table:
    points = (shape.scores - shape.scores[zero]) / k + anchor
    bags = (shape.bags - shape.bags[:, [zero]]) / k + anchor
    *own, missing, other = points.tolist()
    return Table(
        # A count is whole, so "from 0.5" says the same as "from 1", which people can read.
        cuts=tuple(float(ceil(cut)) for cut in shape.cuts) if feature.is_count else shape.cuts,
        values=shape.values,
        points=tuple(own),
        missing=missing,
        other=other,
        bags=tuple(tuple(b) for b in bags.tolist()),
    )

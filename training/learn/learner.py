"""From a data set to one additive model: bins, memory, members, mixture, pairs, level; readable top to bottom.

Learned is a mixture of three models over the same bins (``shrunken logistic``, ``boosting``, ``naive Bayes``), each
additive, so that their mixture is; then the pairs of facts that proved themselves; then the level of the base rate.
Recent rows weigh more. Nothing is tuned by hand: what there is to choose is chosen on rows that were held out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.catalog import Feature
from features.columns import Column
from features.pairs import completed
from training.additive import rows_of
from training.config import Learner
from training.dataset import Dataset
from training.learn.additive_model import AdditiveModel, mixed
from training.learn.design import Design, design_of
from training.learn.heldout import Members, fit_members
from training.learn.late import shares_to_come
from training.learn.level import level_shift
from training.learn.memory import choose_memory, forgetting
from training.learn.mixture import MEMBERS, centred_at, mixed_apart, weights_of_members
from training.learn.pair_facts import PairTable, pair_table
from training.learn.pairs import Proved, cell_effects, find_pairs

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Step = Callable[[str, int, int], None]

FEWER_FOLDS, MORE_FOLDS, MANY_LEADS = 5, 10, 2_000


@dataclass(frozen=True)
class Shape:
    """What was learned about one fact, in log-odds.

    scores: (bins + 2,) for the ranges between ``cuts`` or for ``values``, then unknown, then never seen
    bags: (bags, bins + 2) draws from what else the data would allow
    """

    cuts: tuple[float, ...]
    values: tuple[str, ...]
    scores: Floats
    bags: Floats


@dataclass(frozen=True)
class Findings:
    """What was chosen on held-out rows.

    members: the weight of each member of the mixture; span: the memory's, in shares of the history (inf: none)
    shift: log-odds by which the base rate's latest break moved the level
    to_come: conversions that are still to come of leads that have not converted yet
    pairs: the pairs that proved themselves, by name, with the nats a row they gained
    """

    members: dict[str, float]
    span: float
    shift: float
    to_come: float
    pairs: dict[str, float]


@dataclass(frozen=True)
class Learned:
    """An additive model in log-odds: ``intercept + sum of shapes``.

    features: those of the data set, then the pairs; shapes: one each
    intercept_bags: (bags,); held_out: (n,) the log-odds of each row by a model that did not see its lead
    weights: (n,) how much each row counts; outcomes: (n,) what was learned from: 0, 1, or the share still to come
    """

    features: tuple[Feature, ...]
    shapes: tuple[Shape, ...]
    intercept: float
    intercept_bags: Floats
    held_out: Floats
    weights: Floats
    outcomes: Floats
    findings: Findings

    def log_odds(self, columns: Sequence[Column]) -> Floats:
        """The log-odds of n rows, given the columns of the data set's features."""
        total = np.full(len(columns[0]), self.intercept)
        for feature, shape, column in zip(self.features, self.shapes, completed(self.features, columns), strict=True):
            total += shape.scores[rows_of(feature, shape.cuts, shape.values, column)]
        return total


def learn(data: Dataset, settings: Learner, step: Step = lambda *_: None) -> Learned:
    """Learn from a data set with both outcomes."""
    first, whose = data.leads()
    worth = len(first) / len(data)
    outcomes = shares_to_come(data)
    memory = choose_memory(data, outcomes, worth, settings.jobs)
    weights = worth * forgetting(len(data), memory.span)
    design = design_of(data, weights, converted=outcomes, ranges=settings.bins)
    fold, _ = folds_of(data, settings.folds)
    members = fit_members(design, whose, fold, settings, step)
    shares = weights_of_members(members.held_out, outcomes, weights)
    model = mixed(list(zip(shares.tolist(), members.models, strict=True)))
    held_out = _centred(mixed_apart(members.held_out, outcomes, weights, fold), design)
    made = {i for i, feature in enumerate(data.features) if feature.source.made_of_facts}
    proved, with_pairs = find_pairs(design, held_out, whose, fold, unpaired=made)
    tables, added = _pair_tables(data, design, held_out, proved)
    log_odds = model.log_odds(design.codes) + added
    level = centred_at(log_odds, outcomes, weights)
    shift = level_shift(memory, log_odds + level)
    model = model._replace(intercept=model.intercept + level + shift)
    shapes, intercepts = _shapes(design, model, members, float(shares[:2].sum()), tables, settings)
    return Learned(
        features=(*data.features, *(t.feature for t in tables)),
        shapes=shapes,
        intercept=model.intercept,
        intercept_bags=intercepts,
        held_out=with_pairs + shift,
        weights=weights,
        outcomes=outcomes,
        findings=Findings(
            members={m.name: float(w) for m, w in zip(MEMBERS, shares, strict=True)},
            span=memory.span,
            shift=shift,
            to_come=float((outcomes - data.converted).sum()),
            pairs={t.feature.name: p.gain for t, p in zip(tables, proved, strict=True)},
        ),
    )


def folds_of(data: Dataset, folds: int | None = None) -> tuple[Rows, int]:
    """The fold of each row, (n,), and how many folds there are; all rows of a lead are in one.

    Folds are stretches of time, so that a held-out lead differs from the others as tomorrow's leads will.
    """
    first, whose = data.leads()
    folds = folds or (MORE_FOLDS if len(first) < MANY_LEADS else FEWER_FOLDS)
    return whose * folds // len(first), folds


def _centred(log_odds: Floats, design: Design) -> Floats:
    return log_odds + centred_at(log_odds, design.converted, design.weights)


def _pair_tables(
    data: Dataset, design: Design, held_out: Floats, proved: list[Proved]
) -> tuple[list[PairTable], Floats]:
    """The tables of the pairs, each given those before it, and what they add to each row, (n,)."""
    tables, added = [], np.zeros(len(data))
    for found in proved:
        effects = cell_effects(design, held_out + added, found.pair)
        tables.append(pair_table(data, design.codes, found.pair, effects))
        added += effects[0][found.pair.cells(design.codes)]
    return tables, added


def _shapes(
    design: Design, model: AdditiveModel, members: Members, surely: float, pairs: list[PairTable], settings: Learner
) -> tuple[tuple[Shape, ...], Floats]:
    """The tables with their bags: the posterior of the shrunken member, moved to the mixture.

    surely: the weight of the members that share this uncertainty
    """
    centre = members.models[0]
    draws = members.ridge.draws(design, settings.bags, settings.seed)
    moved = [mixed([(1.0, model), (surely, draw), (-surely, centre)]) for draw in draws]
    shapes = [
        Shape(b.cuts, b.values, model.tables[i], np.array([m.tables[i] for m in moved]))
        for i, b in enumerate(design.bins)
    ]
    random = np.random.default_rng([settings.seed, len(pairs)])
    for pair in pairs:
        away = random.standard_normal((settings.bags, len(pair.scores))) * pair.deviations
        shapes.append(Shape((), pair.values, pair.scores, pair.scores + away))
    return tuple(shapes), np.array([m.intercept for m in moved])

"""Rows of history made ready to be held against rules: sizes, outcomes, and what every rule is adjusted for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.agreement import Agreement
from features.columns import Column, Numbers
from training.blend import kappa
from training.dataset import Dataset
from training.learn.design import Block, design_of
from training.learn.late import MOMENT, shares_to_come
from training.learn.learner import folds_of
from training.review.joint import Inputs
from training.review.missing import Candidate
from training.review.rules import Rule, reach_of
from training.review.verdicts import Counts

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

RANGES = 8  # of a number that is adjusted for
RULED = ("leads", "events", "outcomes")  # what rules read; a fact that is made of others may be made of ruled ones


@dataclass(frozen=True)
class Prepared:
    """n rows of an agreement's history.

    columns: by the name of the fact; outcomes: (n,) 0 or 1, or the share that is still to come; weights: (n,), so that
    each lead counts once on average; moment: the trend in time; candidates: the facts without a rule
    whose, fold: (n,) the lead and the fold of each row
    """

    agreement: Agreement
    columns: dict[str, Column]
    converted: NDArray[np.int64]
    outcomes: Floats
    weights: Floats
    moment: tuple[Block, ...]
    candidates: tuple[Candidate, ...]
    whose: Rows
    fold: Rows

    @property
    def leads(self) -> int:
        """How many leads there are."""
        return int(self.whose.max()) + 1

    def inputs(
        self, rules: Sequence[Rule], without_rule: Sequence[Candidate] = (), offset: Floats | None = None
    ) -> Inputs:
        """The rows for the joint model, with the trend in time and the facts that have no rule."""
        n = len(self.weights)
        sizes = [rule.sizes(self.columns[rule.fact.fact]) for rule in rules]
        reach = np.array([reach_of(rule, each) for rule, each in zip(rules, sizes, strict=True)])
        return Inputs(
            sizes=np.column_stack([np.empty((n, 0)), *sizes]) / reach,
            reach=reach,
            agreed=np.array([rule.agreed for rule in rules]) * reach * kappa(self.agreement),
            blocks=[*self.moment, *(block for c in without_rule for block in c.blocks)],
            converted=self.outcomes,
            weights=self.weights,
            offset=np.zeros(n) if offset is None else offset,
        )

    def counts(self, rule: Rule) -> Counts:
        """For how many leads a rule fires at any of their moments, and how many of these convert after one."""
        fires = rule.sizes(self.columns[rule.fact.fact]) != 0
        leads = len(np.unique(self.whose[fires]))
        return Counts(leads, len(np.unique(self.whose[fires & (self.converted == 1)])), self.leads)


def prepare(data: Dataset, agreement: Agreement) -> Prepared:
    """Make a data set ready that has the facts of an agreement."""
    ruled = {fact.fact for _, fact in agreement.facts}
    free = [i for i, f in enumerate(data.features) if f.name not in ruled and f.source.table in RULED]
    features = (*(data.features[i] for i in free), MOMENT)
    columns = (*(data.columns[i] for i in free), Numbers(data.when))
    _, whose = data.leads()
    weights = np.full(len(data), (int(whose.max()) + 1) / len(data))
    outcomes = shares_to_come(data)
    loose = replace(data, features=features, columns=columns)
    blocks = design_of(loose, weights, converted=outcomes, ranges=RANGES).blocks
    by_fact = [tuple(b for b in blocks if b.table == i) for i in range(len(features))]
    return Prepared(
        agreement=agreement,
        columns={f.name: c for f, c in zip(data.features, data.columns, strict=True)},
        converted=data.converted,
        outcomes=outcomes,
        weights=weights,
        moment=by_fact[-1],
        candidates=tuple(Candidate(data.features[i], by_fact[at]) for at, i in enumerate(free)),
        whose=whose,
        fold=folds_of(data)[0],
    )

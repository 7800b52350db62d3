"""What another agreement would change for leads whose outcome is known: their stages, and what became of them.

Stages are decided by the agreed points alone, as if there were no history: so the two agreements are compared, and not
how much history counts. A lead that was read at several moments stands in the furthest stage that it reached.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from features.agreement import Agreement
from features.columns import Column
from features.stages_many import ManyStageRules
from training.additive import AdditiveScorer
from training.comparison.stage_moves import Moved, StageMoves, threshold_points
from training.dataset import Dataset
from training.leads import Leads
from training.scorecard import rules_only

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


class Effect(NamedTuple):
    """n leads by two agreements.

    moves: who stands where; converted: how many leads of each stage convert, by the first and by the second
    """

    moves: StageMoves
    converted: Mapping[str, tuple[int, int]]

    @property
    def sentence(self) -> str:
        """How many leads change stage, for people."""
        moved, leads = len(self.moves.moved), self.moves.leads
        if not moved:
            return f"None of {leads:,} leads would stand in another stage."
        order = {stage: i for i, stage in enumerate(self.moves.stages)}
        up = sum(order[lead.after] > order[lead.before] for lead in self.moves.moved)
        return f"Of {leads:,} leads {moved:,} would stand in another stage: {up:,} further on, {moved - up:,} less far."


class _Standing(NamedTuple):
    """The furthest stage of each lead, (leads,), and its score there."""

    stage: Rows
    score: Floats


def effect_of(
    before: Agreement, after: Agreement, data: Dataset, asked: Sequence[Column], missing_values: tuple[str, ...] = ()
) -> Effect:
    """Decide all leads of a data set by two agreements that name the same stages.

    data: rows with the facts of both; asked: what exclusions, fast-tracks and required fields read (``read_asked``)
    """
    first, whose = data.leads()
    a, b = (_standing(agreement, data, asked, whose, missing_values) for agreement in (before, after))
    names = tuple(s.stage for s in after.stages)
    won = np.bincount(whose, data.converted) > 0
    moved = [
        Moved(data.lead_ids[first[i]], names[a.stage[i]], names[b.stage[i]], float(a.score[i]), float(b.score[i]))
        for i in np.flatnonzero(a.stage != b.stage).tolist()
    ]
    counts = {n: (int((a.stage == i).sum()), int((b.stage == i).sum())) for i, n in enumerate(names)}
    converted = {n: (int(won[a.stage == i].sum()), int(won[b.stage == i].sum())) for i, n in enumerate(names)}
    return Effect(StageMoves(len(first), names, counts, moved), converted)


def read_asked(leads: Leads, agreement: Agreement) -> tuple[Column, ...]:
    """What an agreement's exclusions, fast-tracks and required fields read of the same rows as ``leads.everything``."""
    asks = ManyStageRules(agreement).asks
    if not asks:
        return ()
    return leads.read(replace(rules_only(agreement, leads.config.leads.missing_values), features=asks)).columns


def _standing(
    agreement: Agreement, data: Dataset, asked: Sequence[Column], whose: Rows, missing_values: tuple[str, ...]
) -> _Standing:
    card = rules_only(agreement, missing_values)
    columns = {f.name: c for f, c in zip(data.features, data.columns, strict=True)}
    scored = AdditiveScorer(card).many([columns[f.name] for f in card.features], leads=len(data))
    stage = ManyStageRules(agreement).decide(threshold_points(card, scored), asked).stage
    best = np.lexsort((scored.score, stage, whose))  # the last row of each lead is its furthest
    last = best[np.flatnonzero(np.diff(whose[best], append=-1))]
    return _Standing(stage[last], scored.score[last])

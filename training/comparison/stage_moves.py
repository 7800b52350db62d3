"""Which leads stand in another stage by one scorecard than by another."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.agreement import Agreement
from features.engines.connection import Step
from features.engines.duck import DuckEngine
from features.engines.sources import Tables
from features.stages_many import ManyScores, ManyStageRules
from training.additive import AdditiveScorer
from training.additive_many import ScoredMany
from training.scorecard import Scorecard


class Moved(NamedTuple):
    """A lead with its stage and score by both."""

    lead_id: str
    before: str
    after: str
    score_before: float
    score_after: float


class StageMoves(NamedTuple):
    """n leads by two scorecards.

    stages: the names of both agreements, in the order of the second; moved: leads in another stage, in their order
    counts: how many leads each stage holds by the first and by the second
    """

    leads: int
    stages: tuple[str, ...]
    counts: dict[str, tuple[int, int]]
    moved: list[Moved]

    def entering(self, stage: str) -> list[Moved]:
        """Leads that stand in a stage by the second scorecard only."""
        return [lead for lead in self.moved if lead.after == stage]

    def leaving(self, stage: str) -> list[Moved]:
        """Leads that stand in a stage by the first scorecard only."""
        return [lead for lead in self.moved if lead.before == stage]


class _Standing(NamedTuple):
    lead_ids: list[str]
    stages: NDArray[np.str_]
    scores: NDArray[np.float64]


def stage_moves(
    before: Scorecard, after: Scorecard, tables: Tables, as_of: int, step: Step = lambda *_: None
) -> StageMoves:
    """Read and decide all leads of the tables by both scorecards, as of one moment.

    ``step(what, done, of)`` is told of progress. Raises DataError for what cannot be read.
    """
    a, b = (_standing(card, tables, as_of, step) for card in (before, after))
    moved = [
        Moved(a.lead_ids[i], str(a.stages[i]), str(b.stages[i]), float(a.scores[i]), float(b.scores[i]))
        for i in np.flatnonzero(a.stages != b.stages).tolist()
    ]
    stages = _stages(before.agreement, after.agreement)
    counts = {s: (int((a.stages == s).sum()), int((b.stages == s).sum())) for s in stages}
    return StageMoves(len(a.lead_ids), stages, counts, moved)


def _stages(before: Agreement, after: Agreement) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s.stage for agreement in (after, before) for s in agreement.stages))


def _standing(card: Scorecard, tables: Tables, as_of: int, step: Step) -> _Standing:
    scorer, rules = AdditiveScorer(card), ManyStageRules(card.agreement)
    names = np.array([s.stage for s in card.agreement.stages])
    asked = (*card.features, *rules.asks)
    engine, facts = DuckEngine(step=step), len(card.features)
    ids: list[str] = []
    parts: list[tuple[NDArray[np.str_], NDArray[np.float64]]] = []
    for result in engine.read(asked, tables, as_of, missing=card.missing_values, agreement=card.agreement):
        scored = scorer.many(result.columns[:facts], leads=len(result))
        at = rules.decide(threshold_points(card, scored), result.columns[facts:]).stage
        ids += result.lead_ids.to_pylist()
        parts.append((names[at], scored.score))
    stages, scores = zip(*parts, strict=True) if parts else ((names[:0],), (np.empty(0),))
    return _Standing(ids, np.concatenate(stages), np.concatenate(scores))


def threshold_points(card: Scorecard, scored: ScoredMany) -> ManyScores:
    """The points that thresholds look at, added in the order of the facts."""
    sums = {kind: np.zeros(len(scored.score)) for kind in ("fit", "interest")}
    for feature, points in zip(card.features, scored.points.T, strict=True):
        sums[feature.kind] += points
    return ManyScores(scored.score, scored.agreed_score, sums["fit"], sums["interest"])

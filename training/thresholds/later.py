"""Leads on which thresholds can be judged: they came after those learned from, and each counts once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from features.agreement import Agreement, ScoredOn, Stage
from features.errors import ConfigError, DataError, nearest
from training.additive import AdditiveScorer
from training.capacity import Capacity, leads_per_day
from training.comparison.stage_moves import threshold_points
from training.dataset import Dataset
from training.fitting import FEWEST_OUTCOMES, fit_scorecard
from training.guard.guard import guard
from training.leads import Leads
from training.scorecard import Scorecard

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MONTH = Capacity(None, 1.0, "month").days  # of capacities


@dataclass(frozen=True)
class LaterLeads:
    """n leads that came after those learned from.

    score: (n,) the highest of each lead's moments; converted: (n,) 0 or 1
    a_month: how many leads come in a month; None where they have no dates
    scale: ``a`` and ``b`` of ``probability = 1 / (1 + exp(-(a + b * score)))``
    stages: the agreed threshold of each stage that looks at this score
    learned_from: from how many earlier leads the score was learned
    """

    score: Floats
    converted: Ints
    a_month: float | None
    scale: tuple[float, float]
    stages: Mapping[str, float]
    learned_from: int

    def __len__(self) -> int:
        return len(self.score)

    def begins_at(self, threshold: float) -> str:
        """The stages that begin at a threshold today; empty where none does."""
        return ", ".join(stage for stage, at in self.stages.items() if at == threshold)


def later_leads(leads: Leads, stage: str | None = None) -> LaterLeads:
    """Learn from the first leads in time, as ``leadscore train`` does, and score the later ones.

    stage: the score is the one that this stage's threshold is on (see ``stage_of``)
    Raises ConfigError for a stage without a threshold, DataError where there are too few outcomes, LeakageError.
    """
    config, agreement = leads.config, leads.agreement
    on = stage_of(agreement, stage).on
    first, later = leads.parts
    won = int(later.once().converted.sum())
    if won < FEWEST_OUTCOMES:
        got = f"{won} of {len(later.once())} later leads converted"
        raise DataError("too few later leads converted to judge thresholds by", got=got, do="bring more history")
    guard(first, later, config)
    card = fit_scorecard(config.name, first, agreement, config.learner, config.leads.missing_values, leads.step).blend
    _, whose = later.leads()
    best = np.full(int(whose.max()) + 1, -np.inf)
    np.maximum.at(best, whose, scores_of(card, later, on))
    per_day = leads_per_day(later)
    return LaterLeads(
        score=best,
        converted=later.once().converted,
        a_month=None if per_day is None else per_day * MONTH,
        scale=_scale(card, first, on),
        stages={s.stage: s.threshold for s in agreement.stages if s.threshold is not None and s.on == on},
        learned_from=len(first.once()),
    )


def stage_of(agreement: Agreement, name: str | None = None) -> Stage:
    """The stage of this name; without one, the first that a person must let leads into, else the last with a threshold.

    There sales begins to work: the stage before is reached by points alone. Raises ConfigError for one without a
    threshold.
    """
    stages = [s for s in agreement.stages if s.threshold is not None]
    if not stages:
        do = "give a stage a 'threshold' first: any number will do"
        raise ConfigError("no stage of the agreement has a threshold", where=agreement.agreement, do=do)
    if name is None:
        return next((s for s in stages if s.gate != "automatic"), stages[-1])
    found = next((s for s in stages if s.stage == name), None)
    if found is None:
        do = nearest(name, [s.stage for s in stages])
        raise ConfigError("no stage with a threshold is called that", where="--stage", got=repr(name), do=do)
    return found


def scores_of(card: Scorecard, data: Dataset, on: ScoredOn) -> Floats:
    """The points that a threshold ``on`` them looks at, (n,)."""
    scores: Floats = getattr(threshold_points(card, AdditiveScorer(card).many(data.columns)), on)
    return scores


def _scale(card: Scorecard, first: Dataset, on: ScoredOn) -> tuple[float, float]:
    """How such points turn into a probability; of parts of the score, as the leads learned from say."""
    if on == "score":
        return card.scale_a, card.scale_b
    won = int(first.converted.sum())
    if won in (0, len(first)):
        got, what = f"{won} of {len(first)} earlier rows converted", "nothing tells what these points mean"
        raise DataError(what, got=got, do="bring more history, or move 'train_share'")
    fitted = LogisticRegression(C=np.inf).fit(scores_of(card, first, on)[:, None], first.converted)
    return float(fitted.intercept_[0]), float(fitted.coef_[0, 0])

"""Real leads that nobody here made: accuracy out of time, and the identities for every one of them."""

from collections.abc import Callable

import numpy as np
import pytest

from training.additive import AdditiveScorer
from training.config import Learner
from training.evaluate import compare
from training.fitting import Fitted, fit_scorecard
from training.measures import measure

pytestmark = pytest.mark.slow
NAMES = ["madeup", "xeducation", "bank"]
Fit = Callable[[str], tuple[Fitted, object]]


@pytest.fixture(scope="module")
def fitted(madeup, shared, quick) -> Fit:
    """Quick fits on all leads, each made once."""
    done = {}

    def run(name: str):
        if name not in done:
            agreement, data = madeup if name == "madeup" else shared(name)
            done[name] = fit_scorecard(name, data, agreement, quick), data
        return done[name]

    return run


@pytest.mark.parametrize("name", NAMES)
def test_every_score_is_the_sum_of_its_points(name, fitted) -> None:
    found, data = fitted(name)
    for card in found[:3]:
        scorer = AdditiveScorer(card)
        many = scorer.many(data.columns)
        assert np.abs(many.score - (scorer.base + many.points.sum(axis=1) + many.cut)).max() <= 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_every_probability_is_that_of_its_score(name, fitted) -> None:
    found, data = fitted(name)
    for card in found[:3]:
        many = AdditiveScorer(card).many(data.columns)
        expected = 1 / (1 + np.exp(-(card.scale_a + card.scale_b * many.score)))
        assert np.abs(many.probability - expected).max() <= 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_by_the_rules_alone_every_score_is_the_agreed_score(name, fitted) -> None:
    found, data = fitted(name)
    many = AdditiveScorer(found.rules).many(data.columns)
    assert (many.score == many.agreed_score).all()


@pytest.mark.parametrize("name", NAMES)
def test_every_lead_scores_the_same_alone_and_among_others(name, fitted) -> None:
    found, data = fitted(name)
    scorer = AdditiveScorer(found.blend)
    many = scorer.many(data.columns)
    every = range(0, len(data), max(1, len(data) // 3_000))
    values = [column.plain() for column in data.columns]
    alone = [scorer.one([column[i] for column in values]) for i in every]
    for field in ("score", "low", "high", "probability"):
        assert [getattr(one, field) for one in alone] == getattr(many, field)[every].tolist()


def test_xeducation_out_of_time(shared) -> None:
    agreement, data = shared("xeducation")
    first, later = data.split(0.7)
    assert (len(first), len(later)) == (6_468, 2_772)
    predictions = compare(fit_scorecard("xeducation", first, agreement, Learner(), ("Select",)), first, later)
    blend = measure(later.converted, predictions["blend"])
    assert blend.auc >= 0.890
    assert blend.log_loss <= 0.405
    better = min(measure(later.converted, predictions[name]).log_loss for name in ("rules only", "model only"))
    assert blend.log_loss <= better + 0.005


def test_bank_drifts_and_the_blend_stays_with_the_better_ranking(shared) -> None:
    agreement, data = shared("bank")
    first, later = data.split(0.7)
    assert later.converted.mean() > 4 * first.converted.mean()
    predictions = compare(fit_scorecard("bank", first, agreement, Learner()), first, later)
    auc = {name: measure(later.converted, p).auc for name, p in predictions.items()}
    assert auc["blend"] >= max(auc["rules only"], auc["model only"]) - 0.005

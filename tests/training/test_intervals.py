"""Intervals by drawing leads anew: they hold the truth as often as they say, and rows of a lead make nothing surer."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit

from training.backtest_report import Verdict, verdicts
from training.intervals import Interval, Rows, judge, percentiles
from training.measures import measure

Simulated = tuple[Rows, np.ndarray, np.ndarray]


def simulated(seed: int, leads: int, slope: float = 1.0, shift: float = 0.0, each: int = 1) -> Simulated:
    """Leads with ``each`` rows that convert together, what is predicted of them, and their true probabilities."""
    random = np.random.default_rng(seed)
    odds = random.normal(-1.0, 1.2, leads)
    won = (random.random(leads) < expit(odds)).astype(int)
    whose = np.repeat(np.arange(leads), each)
    rows = Rows(won[whose], whose, np.zeros(len(whose), dtype=np.int64))
    return rows, expit(slope * odds + shift)[whose], expit(odds)[whose]


def covered(truth: float, what: str, draw: Callable[[int], Simulated], times: int = 100) -> float:
    """How often the interval of a measure holds the truth."""
    held = 0
    for seed in range(times):
        rows, predicted, _ = draw(seed)
        found = judge(rows, {"p": predicted}, draws=200).interval("p", what)
        held += found.low <= truth <= found.high
    return held / times


@pytest.mark.parametrize("what", ["auc", "log_loss", "capture", "pr_auc"])
def test_an_interval_holds_the_truth_about_as_often_as_it_says(what) -> None:
    rows, predicted, _ = simulated(0, 200_000)
    truth = getattr(measure(rows.converted, predicted), what)
    assert 0.88 <= covered(truth, what, lambda seed: simulated(seed + 1, 400)) < 1


def test_rows_of_the_same_lead_are_taken_for_one() -> None:
    rows, predicted, _ = simulated(0, 200_000)
    truth = measure(rows.converted, predicted).auc
    assert 0.88 <= covered(truth, "auc", lambda seed: simulated(seed + 1, 150, each=4)) < 1


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (1.0, 0.3), (0.6, 0.0), (1.4, -0.2)])
def test_the_interval_of_a_calibration_error_holds_the_truth_though_chance_makes_gaps(slope, shift) -> None:
    _, predicted, true = simulated(0, 200_000, slope, shift)
    tenths = np.array_split(np.argsort(predicted), 10)
    truth = float(np.mean([abs(predicted[t].mean() - true[t].mean()) for t in tenths]))
    assert covered(truth, "calibration_error", lambda seed: simulated(seed + 1, 1_000, slope, shift)) >= 0.85


def test_a_calibrated_prediction_may_have_no_calibration_error_and_a_wrong_one_surely_has() -> None:
    rows, right, _ = simulated(3, 2_000)
    found = judge(rows, {"right": right, "wrong": right / 2})
    assert found.interval("right", "calibration_error").low == 0
    assert found.interval("wrong", "calibration_error").low > 0.05


def test_reading_every_lead_more_often_makes_nothing_surer() -> None:
    rows, predicted, _ = simulated(5, 300)
    thrice = Rows(*(np.repeat(part, 3) for part in (rows.converted, rows.whose, rows.periods)))
    one, more = judge(rows, {"p": predicted}), judge(thrice, {"p": np.repeat(predicted, 3)})
    for what in one.drawn["p"]:
        assert more.interval("p", what) == pytest.approx(one.interval("p", what))


def test_the_same_seed_draws_the_same() -> None:
    rows, predicted, _ = simulated(5, 300)
    one, same, other = (judge(rows, {"p": predicted}, seed=seed, draws=50).interval("p", "auc") for seed in (1, 1, 2))
    assert one == same != other


def test_a_difference_is_surer_than_either_part_for_both_are_drawn_together() -> None:
    rows, predicted, _ = simulated(5, 500)
    found = judge(rows, {"a": predicted, "b": predicted**1.1})
    alone, together = found.interval("a", "log_loss"), found.difference("a", "b", "log_loss")
    assert together.high - together.low < 0.2 * (alone.high - alone.low)
    assert found.difference("a", "a", "log_loss") == (0, 0, 0)


def test_the_pooled_auc_flatters_where_the_share_that_converts_moves() -> None:
    random = np.random.default_rng(1)
    month = np.repeat([0, 1], 500)
    won = (random.random(1_000) < np.where(month == 0, 0.05, 0.6)).astype(int)
    found = judge(Rows(won, np.arange(1_000), month), {"blend": np.where(month == 0, 0.05, 0.6)})
    assert found.flattered("blend").low > 0.2
    assert found.interval("blend", "auc_within") == (0.5, 0.5, 0.5)


def test_what_has_no_value_has_no_interval() -> None:
    rows = Rows(np.zeros(20, dtype=int), np.arange(20), np.zeros(20, dtype=int))
    found = judge(rows, {"p": np.linspace(0.1, 0.9, 20)}, draws=20)
    assert np.isnan(found.interval("p", "auc")).all()
    assert np.isnan(found.interval("p", "auc_within")).all()
    assert np.isfinite(found.interval("p", "log_loss")).all()


def test_an_interval_holds_its_own_value() -> None:
    assert percentiles(0.5, np.array([0.6, 0.7, np.nan])) == (0.5, 0.5, pytest.approx(0.6975))


@pytest.mark.parametrize(
    ("difference", "word"),
    [((-0.02, -0.03, -0.01), "wins"), ((0.02, 0.01, 0.03), "loses"), ((-0.01, -0.03, 0.01), "undecided")],
)
def test_the_blend_wins_where_its_log_loss_is_surely_lower(difference, word) -> None:
    assert Verdict("naive Bayes", Interval(*difference), Interval(0, 0, 0)).word == word


def test_the_blend_is_set_against_every_other() -> None:
    rows, predicted, _ = simulated(7, 2_000)
    found = judge(rows, {"a": predicted / 2, "blend": predicted, "b": predicted})
    assert [(verdict.other, verdict.word) for verdict in verdicts(found)] == [("a", "wins"), ("b", "undecided")]

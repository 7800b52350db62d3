"""Each measure against a table worked by hand, and against scikit-learn where it has the same."""

from math import log

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from training.evaluate import measure, naive_bayes

# Ten leads, best first by prediction.
CONVERTED = np.array([1, 1, 0, 1, 0, 0, 0, 0, 1, 0])
PREDICTED = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05])


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    # Of the 6 leads that did not convert, so many stand below each of the 4 that did.
    assert measure(CONVERTED, PREDICTED).auc == pytest.approx((6 + 6 + 5 + 1) / (4 * 6))


def test_log_loss_is_the_mean_surprise_in_nats() -> None:
    surprise = [log(p) if y else log(1 - p) for y, p in zip(CONVERTED, PREDICTED, strict=True)]
    assert measure(CONVERTED, PREDICTED).log_loss == pytest.approx(-sum(surprise) / 10)


def test_brier_is_the_mean_squared_error() -> None:
    errors = [0.1, 0.2, 0.7, 0.4, 0.5, 0.4, 0.3, 0.2, 0.9, 0.05]
    assert measure(CONVERTED, PREDICTED).brier == pytest.approx(sum(e**2 for e in errors) / 10)


def test_lift_compares_the_top_tenth_with_all() -> None:
    assert measure(CONVERTED, PREDICTED).lift == pytest.approx((1 / 1) / (4 / 10))


def test_calibration_error_is_the_mean_gap_of_ten_groups() -> None:
    converted, predicted = np.tile([1, 0], 10), np.repeat(np.linspace(0.05, 0.95, 10), 2)
    gaps = [abs(0.5 - p) for p in np.linspace(0.05, 0.95, 10)]
    assert measure(converted, predicted).calibration_error == pytest.approx(sum(gaps) / 10)


def test_calibration_groups_count_by_their_size() -> None:
    # Eleven leads make one group of two (the best two) and nine of one.
    converted, predicted = np.array([1] + [0] * 10), np.array([0.5, 0.3] + [0.1] * 9)
    gap_of_two, gap_of_one = abs(1 / 2 - (0.5 + 0.3) / 2), 0.1
    expected = (2 * gap_of_two + 9 * gap_of_one) / 11
    assert measure(converted, predicted).calibration_error == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_measures_agree_with_scikit_learn(seed) -> None:
    rng = np.random.default_rng(seed)
    predicted = np.round(rng.random(500), 2)  # with ties
    converted = (rng.random(500) < predicted).astype(int)
    got = measure(converted, np.clip(predicted, 0.01, 0.99))
    predicted = np.clip(predicted, 0.01, 0.99)
    assert got.auc == pytest.approx(roc_auc_score(converted, predicted))
    assert got.log_loss == pytest.approx(log_loss(converted, predicted))
    assert got.brier == pytest.approx(brier_score_loss(converted, predicted))


def test_a_certain_and_wrong_prediction_costs_much_but_not_infinitely() -> None:
    got = measure(np.array([0, 1]), np.array([1.0, 0.0])).log_loss
    assert got == pytest.approx(-log(1e-15), rel=1e-3)


def test_naive_bayes_multiplies_the_shares_of_each_value(make_dataset) -> None:
    train = make_dataset([1, 1, 1, 0, 0, 0], colour=["red", "red", "blue", "blue", "blue", "blue"])
    test = make_dataset([0, 0], colour=["red", "blue"])
    # One is added to each of three counts: never seen, blue, red.
    red, blue = (1 / 2) * np.array([[3 / 6, 1 / 6], [2 / 6, 4 / 6]])
    assert naive_bayes(train, test) == pytest.approx([red[0] / red.sum(), blue[0] / blue.sum()])


def test_naive_bayes_gives_a_text_never_seen_the_smoothed_share(make_dataset) -> None:
    train = make_dataset([1, 1, 1, 0, 0, 0], colour=["red", "red", "blue", "blue", "blue", "blue"])
    test = make_dataset([0], colour=["mauve"])
    assert naive_bayes(train, test) == pytest.approx([(1 / 6) / (1 / 6 + 1 / 6)])


def test_naive_bayes_takes_the_unknown_for_a_value_of_its_own(make_dataset) -> None:
    train = make_dataset([1, 1, 0, 0], size=[None, None, 2.0, 3.0], colour=[None, None, "red", "red"])
    test = make_dataset([0, 0], size=[None, 2.0], colour=[None, "red"])
    unknown, known = naive_bayes(train, test)
    assert unknown > 0.5 > known


def test_naive_bayes_takes_numbers_beyond_those_seen(make_dataset) -> None:
    train = make_dataset([0, 0, 0, 1, 1, 1], size=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    low, high = naive_bayes(train, make_dataset([0, 0], size=[-1e9, 1e9]))
    assert low < 0.5 < high

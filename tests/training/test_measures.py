"""Each measure against a table worked by hand, against scikit-learn where it has it too, and what always holds."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from training.measures import measure, periods_of

# Ten leads, best first by prediction.
CONVERTED = np.array([1, 1, 0, 1, 0, 0, 0, 0, 1, 0])
PREDICTED = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05])


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    # Of the 6 leads that did not convert, so many stand below each of the 4 that did.
    assert measure(CONVERTED, PREDICTED).auc == pytest.approx((6 + 6 + 5 + 1) / (4 * 6))


def test_auc_within_periods_compares_leads_of_the_same_period_only() -> None:
    # The first five: pairs (1, 2, 4) over (3, 5), of which 4 is below 3. The others: 9 is over 10 only.
    first, second = np.array([2, 2, 1]).sum(), 1
    got = measure(CONVERTED, PREDICTED, periods=np.repeat([0, 1], 5))
    assert got.auc_within == pytest.approx((first + second) / (3 * 2 + 1 * 4))


def test_pooled_auc_flatters_where_good_and_bad_months_are_told_apart() -> None:
    month = np.repeat([0, 1], 100)
    converted = np.r_[np.arange(100) % 10 == 0, np.arange(100) % 10 > 0].astype(int)
    got = measure(converted, np.where(month == 0, 0.1, 0.9), periods=month)
    assert got.auc > 0.85
    assert got.auc_within == 0.5


def test_average_precision_weighs_the_precision_at_each_hit() -> None:
    assert measure(CONVERTED, PREDICTED).pr_auc == pytest.approx((1 / 1 + 2 / 2 + 3 / 4 + 4 / 9) / 4)


def test_log_loss_is_the_mean_surprise_in_nats() -> None:
    surprise = [log(p) if y else log(1 - p) for y, p in zip(CONVERTED, PREDICTED, strict=True)]
    assert measure(CONVERTED, PREDICTED).log_loss == pytest.approx(-sum(surprise) / 10)


def test_brier_is_the_mean_squared_error() -> None:
    errors = [0.1, 0.2, 0.7, 0.4, 0.5, 0.4, 0.3, 0.2, 0.9, 0.05]
    assert measure(CONVERTED, PREDICTED).brier == pytest.approx(sum(e**2 for e in errors) / 10)


def test_refinement_is_the_brier_score_of_the_best_calibration_of_that_order() -> None:
    # Shares that never rise from the best lead to the last: two of 1, two of 1/2, five of 1/5, one of 0.
    left = (2 * 0 + 2 * (1 / 2) * (1 / 2) + 5 * (1 / 5) * (4 / 5) + 0) / 10
    assert measure(CONVERTED, PREDICTED).brier_refinement == pytest.approx(left)


def test_lift_compares_the_top_tenth_with_all() -> None:
    assert measure(CONVERTED, PREDICTED).lift == pytest.approx((1 / 1) / (4 / 10))


def test_lift_and_capture_are_those_at_the_capacity_of_sales() -> None:
    got = measure(CONVERTED, PREDICTED, top=0.4)
    assert got.capture == pytest.approx(3 / 4)
    assert got.lift == pytest.approx((3 / 4) / (4 / 10))


def test_sales_works_the_best_of_each_period() -> None:
    got = measure(CONVERTED, PREDICTED, top=0.2, periods=np.repeat([0, 1], 5))  # the first of five, twice
    assert got.capture == pytest.approx((1 + 0) / 4)


def test_part_of_a_lead_is_worked_where_the_capacity_ends_within_it() -> None:
    assert measure(CONVERTED, PREDICTED, top=0.05).capture == pytest.approx(0.5 * 1 / 4)


def test_leads_of_equal_probability_share_what_they_are_worth() -> None:
    converted, predicted = np.array([1, 0, 0, 0, 1, 0, 0, 0, 0, 0]), np.repeat([0.6, 0.2], [4, 6])
    assert measure(converted, predicted).capture == pytest.approx((1 / 4) / 2)


def test_calibration_error_is_the_mean_gap_of_ten_groups() -> None:
    converted, predicted = np.tile([1, 0], 10), np.repeat(np.linspace(0.05, 0.95, 10), 2)
    gaps = [abs(0.5 - p) for p in np.linspace(0.05, 0.95, 10)]
    assert measure(converted, predicted).calibration_error == pytest.approx(sum(gaps) / 10)


def test_calibration_groups_are_of_equal_size_though_a_lead_be_cut() -> None:
    # Eleven leads: a group is 1.1 of them. The first holds the best lead and a tenth of the second.
    converted, predicted = np.array([1] + [0] * 10), np.array([0.5, 0.3] + [0.1] * 9)
    first, second, others = 1 - 0.5 - 0.1 * 0.3, 0.9 * 0.3 + 0.2 * 0.1, 8.8 * 0.1
    assert measure(converted, predicted).calibration_error == pytest.approx((first + second + others) / 11)


@pytest.mark.parametrize("seed", range(3))
def test_measures_agree_with_scikit_learn(seed) -> None:
    rng = np.random.default_rng(seed)
    predicted = np.clip(np.round(rng.random(500), 2), 0.01, 0.99)  # with ties
    converted = (rng.random(500) < predicted).astype(int)
    got = measure(converted, predicted)
    assert got.auc == pytest.approx(roc_auc_score(converted, predicted))
    assert got.pr_auc == pytest.approx(average_precision_score(converted, predicted))
    assert got.log_loss == pytest.approx(log_loss(converted, predicted))
    assert got.brier == pytest.approx(brier_score_loss(converted, predicted))


def test_a_certain_and_wrong_prediction_costs_much_but_not_infinitely() -> None:
    got = measure(np.array([0, 1]), np.array([1.0, 0.0])).log_loss
    assert got == pytest.approx(-log(1e-15), rel=1e-3)


def test_with_one_kind_of_outcome_there_is_no_auc_but_a_log_loss() -> None:
    got = measure(np.array([0, 0]), np.array([0.2, 0.4]), periods=np.array([0, 0]))
    assert np.isnan([got.auc, got.pr_auc, got.lift, got.capture]).all()
    assert got.auc_within is None
    assert got.log_loss == pytest.approx(-(log(0.8) + log(0.6)) / 2)


# What always holds


@st.composite
def rows(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes of both kinds, predictions with ties, and periods."""
    n = draw(st.integers(2, 40))
    converted = np.array([0, 1, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))])
    probabilities = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.5, 1.0]))
    probability = np.array(draw(st.lists(probabilities, min_size=n, max_size=n)))
    periods = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    return converted, probability, periods


@given(rows())
def test_auc_within_one_period_is_scikit_learns(given_rows) -> None:
    converted, probability, _ = given_rows
    one = np.zeros(len(converted), dtype=np.int64)
    got = measure(converted, probability, periods=one)
    assert got.auc_within == pytest.approx(roc_auc_score(converted, probability))


@given(rows())
def test_auc_within_is_the_mean_of_the_periods_weighted_by_their_pairs(given_rows) -> None:
    converted, probability, periods = given_rows
    parts = [(converted[periods == p], probability[periods == p]) for p in np.unique(periods)]
    pairs = [y.sum() * (1 - y).sum() for y, _ in parts]
    got = measure(converted, probability, periods=periods).auc_within
    if not sum(pairs):
        assert got is None
    else:
        aucs = [roc_auc_score(y, p) if weight else 0.0 for (y, p), weight in zip(parts, pairs, strict=True)]
        assert got == pytest.approx(np.average(aucs, weights=pairs))


@given(rows())
def test_the_parts_of_the_brier_score_sum_to_it_and_calibration_costs_nothing_less_than_zero(given_rows) -> None:
    converted, probability, _ = given_rows
    got = measure(converted, probability)
    assert got.brier_calibration + got.brier_refinement == pytest.approx(got.brier, abs=1e-15)
    assert got.brier_calibration >= -1e-12
    share = converted.mean()
    assert -1e-12 <= got.brier_refinement <= share * (1 - share) + 1e-12


@given(rows())
def test_a_probability_that_comes_true_has_no_calibration_part(given_rows) -> None:
    converted, probability, _ = given_rows
    observed = {p: converted[probability == p].mean() for p in probability}
    assert measure(converted, np.array([observed[p] for p in probability])).brier_calibration == pytest.approx(0)


@given(rows())
def test_sales_that_works_every_lead_meets_every_conversion_and_has_no_lift(given_rows) -> None:
    converted, probability, periods = given_rows
    for within in (None, periods):
        got = measure(converted, probability, periods=within, top=1.0)
        assert (got.capture, got.lift) == (1, 1)


@given(rows(), st.floats(0.01, 1), st.floats(0.01, 1))
def test_more_capacity_never_meets_fewer_conversions(given_rows, one, other) -> None:
    converted, probability, periods = given_rows
    less, more = (measure(converted, probability, periods=periods, top=top).capture for top in sorted([one, other]))
    assert less <= more + 1e-12


@given(rows(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(given_rows, random) -> None:
    converted, probability, periods = given_rows
    shuffled = list(range(len(converted)))
    random.shuffle(shuffled)
    one = measure(converted, probability, converted == 1, periods=periods)
    same = measure(converted[shuffled], probability[shuffled], converted[shuffled] == 1, periods=periods[shuffled])
    assert [repr(value) for value in one] == [repr(value) for value in same]  # the same bits, or both NaN


# Periods


def test_dates_are_of_their_month() -> None:
    dates = np.array(["2026-01-01", "2026-01-31T23:59", "2026-02-01", "2027-01-15"], dtype="datetime64[us]")
    january, february, a_year_later = 12 * 56, 12 * 56 + 1, 12 * 57  # months since 1970
    got = periods_of(dates.astype(np.int64).astype(np.float64), dated=True)
    assert got.tolist() == [january, january, february, a_year_later]


def test_without_dates_a_period_is_a_tenth_of_the_rows_and_rows_of_a_moment_stay_together() -> None:
    assert periods_of(np.arange(20.0), dated=False).tolist() == [i // 2 for i in range(20)]
    assert len(set(periods_of(np.array([1.0, 5.0, 5.0, 5.0, 9.0]), dated=False)[1:4])) == 1

"""History earns its weight by outcomes that it did not see, and by nothing else."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from features.agreement import Bounds
from training.blend import Blend, kappa, scale_of_rules, weigh

DRAWS = 20
K = log(2) / 10


def outcomes(n: int, seed: int, rules: float, model: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Agreed and learned points, and outcomes whose log-odds are so many times the one and the other."""
    rng = np.random.default_rng(seed)
    agreed, learned = rng.normal(20, 15, n), rng.normal(20, 15, n)
    z = -1 + K * (rules * (agreed - 20) + model * (learned - 20))
    return agreed, learned, (rng.random(n) < expit(z)).astype(np.int64)


def mean_weight(n: int, rules: float, model: float, agreement) -> float:
    return float(np.mean([weigh(*outcomes(n, s, rules, model), agreement).weight_of_history for s in range(DRAWS)]))


def test_ten_points_that_double_the_odds_are_ln_2(make_agreement) -> None:
    assert kappa(make_agreement()) == pytest.approx(log(2) / 10)


def test_few_outcomes_trust_the_agreement(make_agreement) -> None:
    assert mean_weight(20, 1, 0, make_agreement()) < 0.15


def test_true_rules_beside_noise_keep_all_the_weight(make_agreement) -> None:
    assert mean_weight(2_000, 1, 0, make_agreement()) < 0.02


def test_a_true_model_beside_noisy_rules_takes_the_weight(make_agreement) -> None:
    assert mean_weight(2_000, 0, 1, make_agreement()) > 0.95


def test_equal_parts_of_the_truth_get_equal_weight(make_agreement) -> None:
    assert mean_weight(2_000, 0.5, 0.5, make_agreement()) == pytest.approx(0.5, abs=0.05)


def test_the_weight_of_a_true_model_grows_with_outcomes(make_agreement) -> None:
    weights = [mean_weight(n, 0, 1, make_agreement()) for n in (20, 60, 200, 600, 2_000)]
    assert weights == sorted(weights)
    assert weights[-1] - weights[0] > 0.3


def test_the_agreement_may_cap_the_weight(make_agreement) -> None:
    got = weigh(*outcomes(2_000, 1, 0, 1), make_agreement(largest=0.6))
    assert got.weight_of_history == 0.6


def test_a_capped_weight_keeps_the_probabilities_honest(make_agreement) -> None:
    agreed, learned, converted = outcomes(20_000, 1, 0, 1)
    got = weigh(agreed, learned, converted, make_agreement(largest=0.6))
    predicted = expit(got.scale_a + got.scale_b * (0.4 * agreed + 0.6 * learned))
    top = predicted >= np.quantile(predicted, 0.8)
    assert predicted[top].mean() == pytest.approx(converted[top].mean(), abs=0.02)


@pytest.mark.parametrize("n", [60, 200, 600, 2_000])
def test_outcomes_that_follow_nothing_give_history_little_weight(n, make_agreement) -> None:
    assert mean_weight(n, 0, 0, make_agreement()) < 0.2


@pytest.mark.parametrize("seed", range(DRAWS))
def test_the_weight_is_no_more_than_the_evidence(seed, make_agreement) -> None:
    got = weigh(*outcomes(60, seed, 0, 0), make_agreement())
    assert got.weight_of_history <= got.evidence


def test_the_rules_alone_are_scaled_to_the_outcomes(make_agreement) -> None:
    # The truth is half as steep as agreed.
    agreed, _, converted = outcomes(20_000, 1, 0.5, 0)
    got = scale_of_rules(agreed, converted, make_agreement())
    assert got.scale_b == pytest.approx(0.5 * K, rel=0.1)
    assert got.weight_of_history == 0


def means(blend: Blend, agreed: np.ndarray, learned: np.ndarray, bounds: Bounds | None) -> tuple[float, float]:
    low, high = (bounds.low, bounds.high) if bounds else (-np.inf, np.inf)
    w = blend.weight_of_history
    score = np.clip((1 - w) * agreed + w * learned, low, high)
    of_rules = expit(blend.rules_a + blend.rules_b * np.clip(agreed, low, high))
    return float(expit(blend.scale_a + blend.scale_b * score).mean()), float(of_rules.mean())


@st.composite
def histories(draw) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, seed = draw(st.integers(2, 200)), draw(st.integers(0, 10_000))
    spread = st.sampled_from((0.0, 0.1, 15.0, 400.0))
    rng = np.random.default_rng(seed)
    agreed, learned = rng.normal(20, draw(spread), n), rng.normal(20, draw(spread), n)
    z = draw(st.floats(-3, 3)) + K * (draw(st.floats(-2, 2)) * (agreed - 20) + draw(st.floats(-2, 2)) * (learned - 20))
    converted = (rng.random(n) < expit(z)).astype(np.int64)
    converted[0], converted[-1] = 0, 1
    return agreed, learned, converted


@given(histories(), st.sampled_from((None, Bounds(), Bounds(low=10.0, high=25.0))), st.sampled_from((0.0, 0.5, 1.0)))
def test_whatever_happened_the_blend_is_one(make_agreement, history, bounds, largest) -> None:
    agreed, learned, converted = history
    got = weigh(agreed, learned, converted, make_agreement(bounds=bounds, largest=largest))
    assert np.isfinite(got).all()
    assert 0 <= got.weight_of_history <= largest
    assert 0 <= got.evidence <= 1
    assert got.scale_b > 0
    assert got.rules_b > 0


@given(histories(), st.sampled_from((None, Bounds(), Bounds(low=10.0, high=25.0))))
def test_the_mean_probability_is_the_share_that_converted(make_agreement, history, bounds) -> None:
    agreed, learned, converted = history
    got = weigh(agreed, learned, converted, make_agreement(bounds=bounds))
    share = converted.mean()
    assert means(got, agreed, learned, bounds) == pytest.approx((share, share), abs=1e-6)


def test_rows_that_say_the_same_count_as_one(make_agreement) -> None:
    agreed, learned, converted = outcomes(60, 3, 0.5, 0.5)
    one = weigh(agreed, learned, converted, make_agreement())
    repeated = [np.repeat(column, 5) for column in (agreed, learned, converted)]
    five = weigh(*repeated, make_agreement(), np.full(300, 1 / 5))
    assert five == pytest.approx(one, rel=1e-4)
    taken_for_many = weigh(*repeated, make_agreement())
    assert taken_for_many != pytest.approx(one, rel=1e-2)

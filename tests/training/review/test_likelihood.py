"""The joint model and its intervals, held against a general optimiser and a textbook formula."""

import numpy as np
import pytest
from scipy.optimize import minimize

from training.learn.design import Block
from training.review.joint import DEVIATION, Inputs, fit_joint
from training.review.likelihood import deviations, interval


def inputs(converted, *sizes, agreed=None, blocks=()) -> Inputs:
    n = len(converted)
    columns = np.column_stack([np.empty((n, 0)), *sizes])
    agreed = np.zeros(len(sizes)) if agreed is None else np.array(agreed)
    y = np.asarray(converted, dtype=float)
    return Inputs(columns, np.ones(len(sizes)), agreed, list(blocks), y, np.ones(n), np.zeros(n))


@pytest.fixture(scope="module")
def drawn():
    random = np.random.default_rng(3)
    a, b = (random.random((2, 400)) < 0.4).astype(float)
    z = -1 + 0.8 * a - 0.5 * b
    return (random.random(400) < 1 / (1 + np.exp(-z))).astype(float), a, b


def test_nothing_is_likelier_than_what_is_fitted(drawn) -> None:
    model = fit_joint(inputs(*drawn))
    found = minimize(lambda c: -model.objective(c), np.zeros(3), jac=lambda c: -model.slope(c), tol=1e-10)
    assert model.coefficients == pytest.approx(found.x, abs=1e-4)


def test_the_ends_of_an_interval_lose_as_much_likelihood_as_they_should(drawn) -> None:
    model = fit_joint(inputs(*drawn))
    ends = interval(model, 1, 1.645)
    for end in (ends.low, ends.high):
        rest = minimize(lambda c, at=end: -model.objective(np.array([c[0], at, c[1]])), np.zeros(2), tol=1e-10)
        lost = model.objective(model.coefficients) + rest.fun
        assert np.sqrt(2 * lost) == pytest.approx(1.645, abs=0.02)


def test_deviations_have_the_sign_of_the_difference(drawn) -> None:
    model = fit_joint(inputs(*drawn))
    value = model.coefficients[1]
    assert deviations(model, 1, value - 0.5) > 0 > deviations(model, 1, value + 0.5)


def test_the_data_do_not_speak_against_their_own_best_value(drawn) -> None:
    model = fit_joint(inputs(*drawn))
    assert deviations(model, 1, model.coefficients[1]) == pytest.approx(0, abs=0.01)


def test_many_leads_give_the_textbook_interval() -> None:
    converted, has = np.r_[np.zeros(5000), np.ones(5000)], np.tile([0.0, 0.0, 1.0, 1.0, 1.0], 2000)
    converted[has == 1] = np.resize([0.0, 1.0, 1.0], int(has.sum()))
    a, b = converted[has == 1].sum(), converted[has == 0].sum()
    c, d = (has == 1).sum() - a, (has == 0).sum() - b
    error = np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)  # of a log odds ratio (Woolf, 1955)
    ends = interval(fit_joint(inputs(converted, has)), 1, 1.645)
    assert ends.value == pytest.approx(np.log(a * d / b / c), abs=0.01)
    assert (ends.high - ends.low) / 2 == pytest.approx(1.645 * error, rel=0.02)


def test_a_rule_that_no_converting_lead_meets_has_a_lopsided_interval() -> None:
    converted, has = np.r_[np.ones(100), np.zeros(400)], np.r_[np.zeros(480), np.ones(20)]
    ends = interval(fit_joint(inputs(converted, has)), 1, 1.645)
    assert ends.value - ends.low > 1.1 * (ends.high - ends.value)


def test_a_rule_that_nobody_meets_stays_where_it_was_agreed() -> None:
    converted = np.resize([0.0, 1.0, 0.0], 300)
    model = fit_joint(inputs(converted, np.zeros(300), agreed=[0.7]))
    assert model.coefficients[1] == pytest.approx(0.7)
    assert np.sqrt(model.covariance[1, 1]) == pytest.approx(DEVIATION)


def test_a_block_that_says_nothing_is_shrunken_to_nothing() -> None:
    random = np.random.default_rng(5)
    block = Block(random.integers(0, 10, 2000), np.eye(10), 0, np.arange(10))
    model = fit_joint(inputs((random.random(2000) < 0.3).astype(float), blocks=[block]))
    assert np.abs(model.coefficients[1:]).max() < 0.1

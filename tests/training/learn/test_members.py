"""The members of the mixture: each is what its name says, over the same bins."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.naive_bayes import CategoricalNB

from training.config import Learner
from training.learn.bags import BAG_SHARE, inside_bag
from training.learn.boosting import _frame, _model, fit_bag
from training.learn.naive_bayes import fit_naive_bayes
from training.learn.ridge import fit_ridge

N = 400


def mixed(seed: int, draw):
    rng = np.random.default_rng(seed)
    size, colour = rng.integers(0, 12, N) / 2, rng.integers(0, 4, N)
    known = rng.random(N) > 0.1
    log_odds = -1 + 0.4 * (size - 3) + np.array([0.8, 0.0, -0.8, 0.3])[colour]
    sizes = [float(s) if k else None for s, k in zip(size, known, strict=True)]
    return draw(seed, log_odds, size=sizes, colour=[["red", "green", "blue", None][c] for c in colour])


# Shrunken logistic


def test_the_shrunken_model_is_the_most_probable_one_given_its_precisions(draw, design) -> None:
    made = design(mixed(1, draw))
    found = fit_ridge(made)
    sizes = [len(b.penalty) for b in made.blocks]
    at = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])

    def loss(p: np.ndarray) -> float:
        z = p[-1] + sum(p[places][b.codes] for b, places in zip(made.blocks, at, strict=True))
        prior = sum(
            lam * p[places] @ b.penalty @ p[places]
            for b, places, lam in zip(made.blocks, at, found.precisions, strict=True)
        )
        return float((np.logaddexp(0, z) - made.converted * z).sum() + prior / 2)

    best = minimize(loss, np.zeros(sum(sizes) + 1), method="BFGS").fun
    assert loss(found.coefficients) == pytest.approx(best, abs=1e-3)


def test_a_fact_that_says_nothing_is_shrunken_to_nothing(draw, design) -> None:
    rng = np.random.default_rng(3)
    data = draw(
        3, np.full(3000, -1.0), noise=rng.random(3000).tolist(), name=[f"n{i}" for i in rng.integers(0, 30, 3000)]
    )
    made = design(data)
    model = fit_ridge(made).model(made)
    assert model.log_odds(made.codes).std() < 0.15


def test_a_fact_that_says_much_is_hardly_shrunken(draw, design) -> None:
    colour = np.random.default_rng(4).integers(0, 2, 4000)
    made = design(draw(4, -1 + 2.0 * colour, colour=[["red", "blue"][c] for c in colour]))
    table = fit_ridge(made).model(made).tables[0]
    blue, red = (table[made.bins[0].values.index(name)] for name in ("blue", "red"))
    observed = [made.converted[colour == c].mean() for c in (1, 0)]
    assert blue - red == pytest.approx(np.diff([np.log(p / (1 - p)) for p in observed[::-1]])[0], abs=0.05)


def test_draws_deviate_as_the_curvature_says(draw, design) -> None:
    made = design(draw(5, np.full(2000, -0.5), group=["a", "b"] * 1000))
    ridge = fit_ridge(made)
    draws = np.array([m.log_odds([c[:1] for c in made.codes])[0] for m in ridge.draws(made, 2000, 1)])
    covariance = np.linalg.inv(ridge.factor @ ridge.factor.T)
    picks = np.zeros(len(covariance))
    picks[[made.codes[0][0], -1]] = 1
    assert draws.std() == pytest.approx(np.sqrt(picks @ covariance @ picks), rel=0.08)


def test_rare_texts_are_drawn_to_others_that_begin_alike(draw, design) -> None:
    families = np.random.default_rng(6).integers(0, 2, 60)
    which = np.random.default_rng(7).integers(0, 60, 3000)
    names = [f"{'shop' if families[i] else 'blog'}/{i}" for i in range(60)]
    made = design(draw(6, np.where(families[which], 0.5, -2.0), page=[names[i] for i in which]))
    table = fit_ridge(made).model(made).tables[0]
    shop = np.array([v.startswith("shop") for v in made.bins[0].values])
    own = table[: len(shop)]
    assert own[shop].std() + own[~shop].std() < 0.35 * (own[shop].mean() - own[~shop].mean())


def test_half_a_weight_twice_is_a_whole_one(draw, design) -> None:
    made = design(mixed(8, draw))
    rows = np.repeat(np.arange(len(made)), 2)
    twice = made.take(rows)
    object.__setattr__(twice, "weights", twice.weights / 2)
    assert fit_ridge(twice).coefficients == pytest.approx(fit_ridge(made).coefficients, abs=1e-4)


# Naive Bayes


def test_naive_bayes_is_that_of_the_library(draw, design) -> None:
    made = design(mixed(9, draw))
    codes = np.column_stack(made.codes)
    theirs = CategoricalNB(min_categories=[b.size for b in made.bins]).fit(codes, made.converted)
    z = theirs.predict_log_proba(codes)
    ours = fit_naive_bayes(made).log_odds(made.codes)
    away = ours - (z[:, 1] - z[:, 0])
    assert away == pytest.approx(np.full(len(made), away[0]), abs=1e-9)  # the prior is smoothed by half a lead
    assert abs(away[0]) < 0.01


# Boosting


def test_a_bag_is_the_learners_own(draw, design) -> None:
    made = design(mixed(10, draw))
    inside = inside_bag(made.converted, np.arange(N), 1)
    ours = fit_bag(made, inside, fit_ridge(made).model(made), seed=1).log_odds(made.codes)
    frame = _frame(made.bins, made.codes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = _model(made.bins, N, 1).fit(
            frame, made.converted.astype(int), bags=np.where(inside, 1, -1).reshape(-1, 1)
        )
        theirs = model.decision_function(frame)
    assert np.abs(ours - theirs).max() <= 1e-9


def test_an_outcome_that_is_a_share_counts_as_two_rows(draw, design) -> None:
    made = design(mixed(11, draw))
    object.__setattr__(made, "converted", np.where(made.converted > 0, 0.9, 0.1))
    model = fit_bag(made, inside_bag(made.converted, np.arange(N), 1), fit_ridge(made).model(made), seed=1)
    mean = expit(model.log_odds(made.codes)).mean()
    assert mean == pytest.approx(made.converted.mean(), abs=0.03)


# Bags


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=60), st.integers(0, 5))
def test_a_lead_is_in_a_bag_with_all_its_rows_or_with_none(rows, seed) -> None:
    whose, won = np.array(rows).T
    inside = inside_bag(won.astype(float), whose, seed)
    assert len(set(zip(whose.tolist(), inside.tolist(), strict=True))) == len(set(whose.tolist()))


def test_each_bag_sees_its_share_of_the_leads_of_either_kind() -> None:
    won = (np.arange(200) < 40).astype(float)
    inside = inside_bag(won, np.arange(200), 7)
    assert (inside[:40].sum(), inside[40:].sum()) == (BAG_SHARE * 40, BAG_SHARE * 160)


@pytest.mark.parametrize("won", [1, 2])
def test_few_leads_of_a_kind_are_held_out_one_by_one_and_never_all(won) -> None:
    inside = inside_bag((np.arange(20) < won).astype(float), np.arange(20), 1)
    assert (~inside[:won]).sum() == won - 1


def test_settings_have_no_bins_of_their_own() -> None:
    assert Learner().bins is None

"""What is kept of the learner is the learner: the same log-odds, from tables alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.agreement import Agreement
from training.config import Learner
from training.dataset import Dataset
from training.learner import BAG_SHARE, _model, bags_of, fit, log_odds

TOLERANCE = 1e-9
N = 160


def by_the_learner(train: Dataset, test: Dataset, settings: Learner) -> np.ndarray:
    model = _model(train, settings, jobs=1)
    return np.asarray(model.fit(train.frame(), train.converted).decision_function(test.frame()))


def mixed(seed: int, make_dataset, never_seen: bool) -> Dataset:
    rng = np.random.default_rng(seed)
    texts = ["red", "green", "blue", None, *(["mauve", "3"] if never_seen else [])]
    number = np.where(rng.random(N) < 0.2, np.nan, rng.integers(-3, 12, N) / 2)
    return make_dataset(
        (rng.random(N) < 0.3).astype(int),
        count=[float(v) for v in rng.poisson(2, N)],
        size=[None if np.isnan(v) else float(v) for v in number],
        colour=[texts[i] for i in rng.integers(0, len(texts), N)],
        always=["yes"] * N,
        constant=[7.0] * N,
    )


@pytest.mark.filterwarnings("ignore:Missing values detected:UserWarning")
@pytest.mark.parametrize("seed", range(5))
def test_log_odds_are_the_learners_own(seed, make_dataset, quick) -> None:
    train, test = mixed(seed, make_dataset, never_seen=False), mixed(seed + 100, make_dataset, never_seen=True)
    assert np.abs(log_odds(fit(train, quick), test) - by_the_learner(train, test, quick)).max() <= TOLERANCE


@pytest.mark.filterwarnings("ignore:Missing values detected:UserWarning")
def test_log_odds_are_the_learners_own_on_the_made_up_company(madeup: tuple[Agreement, Dataset], quick) -> None:
    train, test = madeup[1].split(0.5)
    assert np.abs(log_odds(fit(train, quick), test) - by_the_learner(train, test, quick)).max() <= TOLERANCE


def test_a_value_on_a_cut_falls_into_the_upper_range(make_dataset, quick) -> None:
    data = make_dataset([0] * 30 + [1] * 30, size=[float(i) for i in range(60)])
    learned = fit(data, quick)
    cut = learned.shapes[0].cuts[len(learned.shapes[0].cuts) // 2]
    at, above, below = (
        log_odds(learned, make_dataset([0], size=[v])) for v in (cut, np.nextafter(cut, np.inf), np.nextafter(cut, 0))
    )
    assert at == above
    assert at > below


@pytest.mark.parametrize("values", [[None] * N, [2.5] * N], ids=["unknown", "constant"])
def test_a_fact_that_never_varies_moves_nothing(values, make_dataset, quick) -> None:
    converted = (np.random.default_rng(1).random(N) < 0.4).astype(int)
    data = make_dataset(converted, size=[1.0, *values[1:]]).take(np.arange(1, N))
    share = data.converted.mean()
    assert log_odds(fit(data, quick), data) == pytest.approx(np.log(share / (1 - share)), abs=1e-6)


def test_leads_of_one_class_all_get_the_smoothed_share(make_dataset, quick) -> None:
    data = make_dataset([0] * 9, size=[float(i) for i in range(9)], colour=["red", "blue", None] * 3)
    odds = (0 + 0.5) / (9 + 0.5)
    assert log_odds(fit(data, quick), data) == pytest.approx(np.log(odds))


@pytest.mark.parametrize("part", ["intercept_bags", "shapes"])
def test_the_same_seed_learns_the_same(part, make_dataset, quick) -> None:
    data = mixed(3, make_dataset, never_seen=False)
    first, second = (repr(getattr(fit(data, quick), part)) for _ in range(2))
    assert first == second


def test_another_seed_learns_something_else(make_dataset, quick) -> None:
    data = mixed(3, make_dataset, never_seen=False)
    other = Learner(bags=quick.bags, bins=quick.bins, folds=quick.folds, jobs=1, seed=quick.seed + 1)
    assert not np.array_equal(log_odds(fit(data, quick), data), log_odds(fit(data, other), data))


# Several rows of a lead


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=60), st.integers(0, 5))
def test_a_lead_is_in_a_bag_with_all_its_rows_or_with_none(make_dataset, rows, seed) -> None:
    data = make_dataset([won for _, won in rows], leads=[lead for lead, _ in rows])
    bags = bags_of(data, Learner(bags=3, seed=seed))
    several = len(set(data.lead_ids)) < len(data)
    assert (bags is not None) == several
    if bags is not None:
        assert bags.shape == (len(data), 3)
        assert np.isin(bags, (-1, 1)).all()
        for bag in bags.T:
            assert len(set(zip(data.lead_ids, bag.tolist(), strict=True))) == len(set(data.lead_ids))


def test_each_bag_sees_its_share_of_the_leads_of_either_kind(make_dataset) -> None:
    leads = [*range(200), *range(200)]
    data = make_dataset([0] * 200 + [int(lead < 40) for lead in range(200)], leads=leads)
    bags = bags_of(data, Learner(bags=4))
    assert bags is not None
    for bag in bags[:200].T:
        assert ((bag[:40] == 1).sum(), (bag[40:] == 1).sum()) == (BAG_SHARE * 40, BAG_SHARE * 160)
    assert len({tuple(bag) for bag in bags.T}) == 4


@pytest.mark.parametrize("won", [1, 2])
def test_few_leads_of_a_kind_are_held_out_one_by_one_and_never_all(won, make_dataset) -> None:
    leads = [*range(20), *range(20)]
    bags = bags_of(make_dataset([int(lead < won) for lead in leads], leads=leads), Learner(bags=2))
    assert bags is not None
    assert (bags[:won] == -1).sum(axis=0).tolist() == [won - 1] * 2


def test_rows_of_the_same_lead_do_not_tell_on_each_other(make_dataset) -> None:
    # Each lead has a text of its own and random outcomes: there is nothing to learn but the leads themselves.
    random = np.random.default_rng(5)
    leads = np.repeat(np.arange(60), 8)
    won = (random.random(60) < 0.5).astype(int)[leads]
    data = make_dataset(won, leads=leads, name=[f"n{lead}" for lead in leads], noise=random.random(480).tolist())
    apart = data.take(np.arange(480))
    by_row = make_dataset(won, name=[f"n{lead}" for lead in leads], noise=random.random(480).tolist())
    settings = Learner(bags=4, bins=64, jobs=1)
    spread = [float(np.abs(log_odds(fit(d, settings), d)).mean()) for d in (apart, by_row)]
    assert spread[0] < 0.5 * spread[1]

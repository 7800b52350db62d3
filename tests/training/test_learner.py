"""What is kept of the learner is the learner: the same log-odds, from tables alone."""

import numpy as np
import pytest

from features.agreement import Agreement
from training.config import Learner
from training.dataset import Dataset
from training.learner import _model, fit, log_odds

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

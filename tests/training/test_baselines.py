"""The baselines against shares worked by hand, on awkward facts, and against what rivals reached on real leads."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from features.loading import load_agreement
from training.assemble import load_dataset
from training.baselines import BASELINES, BINS, gradient_boosting, logistic_regression, naive_bayes
from training.config import load_config
from training.dataset import Dataset
from training.measures import measure

REPO = Path(__file__).parents[2]


COLOURS = ["red"] * 20 + ["blue"] * 10 + ["blue"] * 30  # of 30 that converted and 30 that did not
OUTCOMES = [1] * 30 + [0] * 30


def test_naive_bayes_multiplies_the_shares_of_each_value(make_dataset) -> None:
    train, test = make_dataset(OUTCOMES, colour=COLOURS), make_dataset([0, 0], colour=["red", "blue"])
    # One is added to each of three counts: never seen, blue, red.
    red, blue = (1 / 2) * np.array([[21 / 33, 1 / 33], [11 / 33, 31 / 33]])
    assert naive_bayes(train, test) == pytest.approx([red[0] / red.sum(), blue[0] / blue.sum()])


def test_what_was_never_seen_says_nothing_to_naive_bayes(make_dataset) -> None:
    outcomes, colours = OUTCOMES + [0] * 30, COLOURS + ["blue"] * 30
    train = make_dataset(outcomes, colour=colours, size=[2.0] * 90)
    test = make_dataset([0, 0], colour=["mauve", "mauve"], size=[2.0, None])
    assert naive_bayes(train, test) == pytest.approx([30 / 90, 30 / 90], abs=0.01)


def test_naive_bayes_takes_rare_texts_together(make_dataset) -> None:
    names = [f"name {i}" for i in range(30)] + ["common"] * 30
    seen, other_rare = naive_bayes(make_dataset(OUTCOMES, name=names), make_dataset([0, 0], name=["name 1", "name 29"]))
    assert seen == other_rare > 0.9


def test_naive_bayes_takes_the_unknown_for_a_value_of_its_own(make_dataset) -> None:
    halves = {"size": [None] * 30 + [2.0, 3.0] * 15, "colour": [None] * 30 + ["red"] * 30}
    train = make_dataset(OUTCOMES, **halves)
    unknown, known = naive_bayes(train, make_dataset([0, 0], size=[None, 2.0], colour=[None, "red"]))
    assert unknown > 0.9
    assert known < 0.1


def test_naive_bayes_takes_numbers_beyond_those_seen(make_dataset) -> None:
    train = make_dataset([0, 0, 0, 1, 1, 1], size=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    low, high = naive_bayes(train, make_dataset([0, 0], size=[-1e9, 1e9]))
    assert low < 0.5 < high


def test_naive_bayes_tells_every_one_of_few_numbers_apart(make_dataset) -> None:
    visits = [0.0] * 90 + [1.0] * 5 + [2.0] * 5  # groups of equal size would take all for one
    train = make_dataset([0] * 90 + [1] * 5 + [0] * 5, visits=visits)
    none, one, two = naive_bayes(train, make_dataset([0, 0, 0], visits=[0.0, 1.0, 2.0]))
    assert one > 0.5 > max(none, two)


def test_naive_bayes_cuts_many_numbers_into_groups_of_equal_size(make_dataset) -> None:
    n = 10 * BINS
    train = make_dataset([i % 2 for i in range(n)], size=[float(i) for i in range(n)])
    got = naive_bayes(train, make_dataset([0] * n, size=[float(i) for i in range(n)]))
    assert len(np.unique(got.round(12))) == 1  # each group holds as many of either
    lopsided = make_dataset([int(i < 10) for i in range(n)], size=[float(i) for i in range(n)])
    assert (naive_bayes(lopsided, lopsided) > 0.5).sum() == pytest.approx(10, abs=1)


def mixed(make_dataset: Callable[..., Dataset], seed: int, n: int = 400) -> Dataset:
    """Rows where one text and one number tell, and the rest is empty, constant or seen once."""
    random = np.random.default_rng(seed)
    colour, size = random.choice(["red", "blue"], n), random.normal(size=n).round(2)
    odds = 2.0 * (colour == "red") + 1.5 * size - 1
    return make_dataset(
        (random.random(n) < 1 / (1 + np.exp(-odds))).astype(int).tolist(),
        colour=[None if random.random() < 0.1 else str(c) for c in colour],
        size=[None if random.random() < 0.1 else float(s) for s in size],
        name=[f"name {i}" for i in range(n)],
        empty=[None] * n,
        constant=[1.0] * n,
    )


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_learns_what_tells_and_bears_what_does_not(name, make_dataset) -> None:
    train, test = mixed(make_dataset, 1), mixed(make_dataset, 2)
    got = BASELINES[name](train, test)
    assert ((got >= 0) & (got <= 1)).all()
    assert measure(test.converted, got).auc > 0.75


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_gives_the_same_on_one_core_and_on_two(name, make_dataset) -> None:
    train, test = mixed(make_dataset, 1), mixed(make_dataset, 2)
    given = []
    for cores in (1, 2):
        with threadpool_limits(limits=cores):
            given.append(BASELINES[name](train, test))
    assert (given[0] == given[1]).all()


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_bears_a_handful_of_leads(name, make_dataset) -> None:
    train = make_dataset([0, 1, 0], colour=["red", None, "blue"], size=[1.0, 2.0, None])
    test = make_dataset([0, 1], colour=["mauve", None], size=[None, 5.0])
    assert np.isfinite(BASELINES[name](train, test)).all()


def test_gradient_boosting_bears_more_texts_than_it_has_bins(make_dataset) -> None:
    words = ["frequent"] * 400 + [f"word {i % 400}" for i in range(800)]
    train = make_dataset([1] * 400 + [0] * 800, word=words)
    assert measure(train.converted, gradient_boosting(train, train)).auc == 1


def test_logistic_regression_knows_that_a_number_is_unknown(make_dataset) -> None:
    size = [None, 1.0] * 50
    train = make_dataset([1, 0] * 50, size=size)
    unknown, known = logistic_regression(train, make_dataset([0, 0], size=[None, 1.0]))
    assert unknown > 0.8
    assert known < 0.2


# Beside rivals, on the same rows and facts

NO_CLOCKS = "ignore: {emp.var.rate: x, cons.price.idx: x, cons.conf.idx: x, euribor3m: x, nr.employed: x}\n"
REACHED = [  # by CategoricalNB, LogReg and HGB in rivals.csv: dataset, variant, baseline, model
    ("xeducation", "time/honest", "naive Bayes", "CategoricalNB"),
    ("xeducation", "time/honest", "logistic regression", "LogReg"),
    ("xeducation", "time/honest", "gradient boosting", "HGB"),
    ("bank_additional", "time/honest-no-macro", "naive Bayes", "CategoricalNB"),
    ("bank_additional", "time/honest-no-macro", "logistic regression", "LogReg"),
    ("bank_additional", "time/honest-no-macro", "gradient boosting", "HGB"),
]


@pytest.fixture(scope="module")
def split(shared_data, tmp_path_factory) -> Callable[[str], tuple[Dataset, Dataset]]:
    """The rows of the rivals, with their facts: every column once, and no clocks."""
    folder, done = tmp_path_factory.mktemp("rivals"), {}

    def load(name: str) -> tuple[Dataset, Dataset]:
        if name not in done:
            example = REPO / "examples" / name.removesuffix("_additional")
            text = (example / "train.yaml").read_text("utf-8")
            if name == "bank_additional":
                text = re.sub(r"  campaign: .*\n", "", re.sub(r"ignore:\n(  .*\n)+", NO_CLOCKS, text))
            (folder / "train.yaml").write_text(text, "utf-8")
            config, path = load_config(folder / "train.yaml"), shared_data(f"{name}.csv.gz")
            data = load_dataset(config, load_agreement(example / config.agreement), path, path.parent)
            last = {f.source.field: i for i, f in enumerate(data.features)}
            kept = sorted(last.values())
            features, columns = (tuple(part[i] for i in kept) for part in (data.features, data.columns))
            done[name] = replace(data, features=features, columns=columns).split(0.7)
        return done[name]

    return load


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant", "baseline", "model"), REACHED)
def test_a_baseline_reaches_what_its_like_among_the_rivals_reached(
    name, variant, baseline, model, split, shared_data
) -> None:
    rivals = pd.read_csv(shared_data("rivals.csv")).set_index(["dataset", "variant", "model"])
    rival = rivals.loc[(name, variant, model)]
    train, test = split(name)
    assert (len(train), len(test)) == (rival.n_train, rival.n_test)
    got = measure(test.converted, BASELINES[baseline](train, test))
    assert got.auc >= rival.roc_auc - 0.005
    assert got.log_loss <= rival.log_loss + 0.005

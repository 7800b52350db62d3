"""A million scores with all their terms, against the learner's own terms and SHAP values of boosted trees.

40 facts (28 numbers, 12 texts; 10 of them with agreed points) of made-up leads. Ours gives score, interval, agreed
score, probability and the agreed, learned and counted points of each fact; the learner gives its terms alone, from
its frame (texts as objects, as it was trained) or from what it is fastest with. Both are given ``PART`` leads a call.
Ratios are of processor time, so that two threads of ours do not count against one of theirs.
"""

import warnings
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np
import pandas as pd
from boosted import boosted
from figures import Figure, at_least
from sklearn.metrics import roc_auc_score

from features.agreement import Agreement, Bounds, Conversion, Fact, Points, Stage
from features.columns import Column
from training.additive import AdditiveScorer
from training.assemble import load_dataset
from training.config import LeadsTable, Learner, Order, Outcome, TrainConfig
from training.dataset import Dataset
from training.fitting import fit_scorecard
from training.scorecard import Scorecard

LEADS, SCORED, PART, BY_SHAP, ROUNDS = 30_000, 1_000_000, 65_536, 300, 5
NUMBERS, TEXTS = 28, 12
WORDS = tuple("north south east west red green blue small large".split())
SETTINGS = Learner(folds=2)


class Seconds(NamedTuple):
    """Time per row."""

    wall: float
    processor: float


def run() -> list[Figure]:
    """Train on made-up leads, then time in turn."""
    agreement = _agreement()
    train, test = _data(agreement).split(2 / 3)
    print(f"   training on {len(train)} leads", flush=True)
    card = fit_scorecard("bulk", train, agreement, SETTINGS).blend
    scorer, rows = AdditiveScorer(card), np.random.default_rng(1).integers(0, len(test), SCORED)
    columns = [column.take(rows) for column in test.columns]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [*_against_learner(scorer, columns, train, test.take(rows[:PART])), *_shap(card, train, test)]


def _against_learner(scorer: AdditiveScorer, columns: list[Column], train: Dataset, sample: Dataset) -> list[Figure]:
    learner = boosted(train, SETTINGS)
    texts = {f.name: "category" for f in train.features if f.type == "text"}
    inputs = {
        "frame": sample.frame(),
        "frame of categories": sample.frame().astype(texts),
        "numpy": sample.frame().to_numpy(dtype=object),
    }
    ours, sums, theirs = [], [], {name: [] for name in inputs}
    for _ in range(ROUNDS):
        ours.append(_timed(lambda: _score(scorer, columns, terms=True), SCORED))
        sums.append(_timed(lambda: _score(scorer, columns, terms=False), SCORED))
        for name, x in inputs.items():
            theirs[name].append(_timed(lambda x=x: learner.eval_terms(x), PART))
    taken = {name: median(s.processor for s in seconds) for name, seconds in theirs.items()}
    best = min(taken, key=taken.__getitem__)
    ratios = {
        name: median(t.processor / o.processor for o, t in zip(ours, seconds, strict=True))
        for name, seconds in theirs.items()
    }
    return [
        at_least("bulk: all terms, 40 facts, 1,000,000 leads", 1 / median(s.wall for s in ours), "leads/s", 1e6),
        Figure("bulk: all terms, processor time a lead", median(s.processor for s in ours) * 1e6, "microseconds"),
        Figure("bulk: without terms", 1 / median(s.wall for s in sums), "leads/s"),
        *(Figure(f"bulk: eval_terms, {name}, processor time", t * 1e6, "microseconds") for name, t in taken.items()),
        Figure("bulk: eval_terms' processor time over ours, frame", ratios["frame"], "ratio"),
        at_least(f"bulk: eval_terms' processor time over ours, {best}", ratios[best], "ratio", 4),
    ]


def _score(scorer: AdditiveScorer, columns: list[Column], *, terms: bool) -> None:
    for start in range(0, SCORED, PART):
        scorer.many([column.part(slice(start, start + PART)) for column in columns], terms=terms)


def _shap(card: Scorecard, train: Dataset, test: Dataset) -> list[Figure]:
    if find_spec("lightgbm") is None or find_spec("shap") is None:
        print("   skipped: SHAP, because lightgbm or shap is not installed")
        return []
    import lightgbm
    import shap

    categories = {f.name: pd.CategoricalDtype(WORDS) for f in train.features if f.type == "text"}
    x, x_test = train.frame().astype(categories), test.frame().astype(categories)
    trees = lightgbm.LGBMClassifier(n_estimators=300, learning_rate=0.05, num_leaves=15, n_jobs=1, verbose=-1)
    trees.fit(x, train.converted)
    explainer, few = shap.TreeExplainer(trees), test.take(np.arange(BY_SHAP))
    scorer, many = AdditiveScorer(card), test.take(np.resize(np.arange(len(test)), PART))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_timed(lambda: scorer.many(many.columns), len(many)))
        theirs.append(_timed(lambda: explainer.shap_values(x_test.iloc[:BY_SHAP]), len(few)))
    ratio = median(t.processor / o.processor for o, t in zip(ours, theirs, strict=True))
    return [
        Figure("bulk: AUC of the scorecard", roc_auc_score(test.converted, scorer.many(test.columns).score), "AUC"),
        Figure("bulk: AUC of LightGBM", roc_auc_score(test.converted, trees.predict_proba(x_test)[:, 1]), "AUC"),
        Figure("bulk: SHAP's TreeExplainer on it", 1 / median(s.wall for s in theirs), "leads/s"),
        at_least("bulk: SHAP's processor time over ours", ratio, "ratio", 500),
    ]


def _timed(work: object, rows: int) -> Seconds:
    wall, processor = perf_counter(), process_time()
    work()  # type: ignore[operator]
    return Seconds((perf_counter() - wall) / rows, (process_time() - processor) / rows)


# The leads


def _agreement() -> Agreement:
    ranges = (Points(at_least=0.0, below=1.0, points=5.0), Points(at_least=1.0, points=10.0))
    facts = (
        *(Fact(fact=f"number_{i}", field=f"number_{i}", points_each=2.0, cap=10.0) for i in range(3)),
        *(Fact(fact=f"number_{i}", field=f"number_{i}", points=ranges) for i in range(3, 6)),
        *(Fact(fact=f"text_{i}", field=f"text_{i}", points=(Points(equals="red", points=8.0),)) for i in range(4)),
    )
    return Agreement(
        agreement="bulk",
        version="1",
        agreed_on=date(2026, 1, 1),
        conversion=Conversion(definition="buys", stage="Customer", horizon_days=30),
        points_double_odds=10,
        stages=(
            Stage(stage="Lead", definition="a name", owner="marketing"),
            Stage(stage="Customer", definition="bought", owner="sales", gate="paid"),
        ),
        bounds=Bounds(low=-100.0, high=100.0),
        fit=facts,
    )


def _data(agreement: Agreement) -> Dataset:
    """Half of the numbers are counts; a tenth of all is unknown; the outcome hangs on a third of the facts."""
    rng = np.random.default_rng(0)
    numbers = np.column_stack([rng.poisson(2, (LEADS, NUMBERS // 2)), rng.normal(size=(LEADS, NUMBERS // 2))])
    words = rng.integers(0, len(WORDS), (LEADS, TEXTS))
    z = np.sin(numbers[:, ::3]).sum(axis=1) + (words[:, ::3] > 5).sum(axis=1) - 3
    frame = pd.DataFrame(numbers, columns=[f"number_{i}" for i in range(NUMBERS)])
    frame = frame.join(pd.DataFrame(np.array(WORDS)[words], columns=[f"text_{i}" for i in range(TEXTS)]))
    frame = frame.mask(rng.random(frame.shape) < 0.1)
    frame["bought"] = rng.random(LEADS) < 1 / (1 + np.exp(-z))
    frame.insert(0, "id", range(LEADS))
    config = TrainConfig(
        name="bulk",
        agreement="agreement.yaml",
        leads=LeadsTable(id="id"),
        order=Order(rows=True),
        outcome=Outcome(column="bought", positive=("true",)),
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "leads.csv"
        frame.to_csv(path, index=False)
        return load_dataset(config, agreement, path, path.parent)

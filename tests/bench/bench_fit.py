"""A fit with all that the blend needs against CatBoost's default, on the same rows: time, memory, accuracy.

Two kinds of data, made here: 200,000 rows of 40 facts that say little each, as most leads' do, and as many where few
facts carry much, two of them only together. Then 400,000 rows. Each fit in a process of its own, with both cores.
"""

import multiprocessing
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pandas as pd
from figures import Figure, at_most
from joblib.externals.loky import get_reusable_executor
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from features.agreement import Agreement
from features.catalog import Feature, Source
from features.columns import Numbers, Texts
from training.dataset import Dataset

ROWS, TEST, TEXTS, NUMBERS = 200_000, 20_000, 8, 32


class Made(NamedTuple):
    """Rows in order of time, the last of which test; ``truth``: their log-odds."""

    data: Dataset
    truth: np.ndarray


class Fit(NamedTuple):
    """What a fit took and reached; memory in bytes and seconds of processors, of the process and its children."""

    seconds: float
    processors: float
    memory: float
    auc: float
    log_loss: float


def made(rows: int, *, strong: bool) -> Made:
    """Rows whose log-odds are known; ``strong``: few facts carry much."""
    random = np.random.default_rng(11)
    numbers = random.normal(size=(rows, NUMBERS))
    texts = random.integers(0, 30, size=(rows, TEXTS))
    much = 1.0 if strong else 0.1
    of_text = random.normal(size=30)[texts[:, 0]] * (0.8 if strong else 0.2)
    truth = -2 + much * (2.5 * np.sin(2 * numbers[:, 0]) + 2 * (numbers[:, 1] > 0) + 1.5 * np.abs(numbers[:, 2]))
    truth += of_text + 0.03 * numbers[:, 3:20].sum(axis=1) + much * numbers[:, 4] * numbers[:, 5]
    won = (random.random(rows) < expit(truth)).astype(np.int64)
    names = [*(f"x{i}" for i in range(NUMBERS)), *(f"c{i}" for i in range(TEXTS))]
    words = tuple(f"v{i}" for i in range(30))
    columns = [Numbers(numbers[:, i]) for i in range(NUMBERS)]
    columns += [Texts(texts[:, i].astype(np.int32), words) for i in range(TEXTS)]
    features = tuple(
        Feature(name=n, label=n, kind="fit", type="number" if n[0] == "x" else "text", source=Source(field=n))
        for n in names
    )
    ids, when = tuple(map(str, range(rows))), np.arange(rows, dtype=np.float64)
    data = Dataset(features, tuple(columns), won, when, won > 0, ids, pd.DataFrame(index=range(rows)), "sha256:made")
    return Made(data, truth)


def run() -> list[Figure]:
    """Fit both on both kinds of data, then ours on twice the rows."""
    figures = []
    ours_by_rows = {}
    for kind, strong in (("little each", False), ("few carry much", True)):
        ours, theirs = (_apart(fit, ROWS, strong) for fit in (_ours, _catboost))
        ours_by_rows[kind] = ours
        figures += [
            Figure(f"{kind}: ours", ours.seconds, "s"),
            Figure(f"{kind}: CatBoost", theirs.seconds, "s"),
            at_most(f"{kind}: ours over CatBoost", ours.seconds / theirs.seconds, "of its time", 0.5),
            Figure(f"{kind}: processor time over CatBoost's", ours.processors / theirs.processors, "of its time"),
            at_most(f"{kind}: memory", ours.memory / 2**30, "GB", 4),
            Figure(f"{kind}: AUC, ours", ours.auc, f"CatBoost {theirs.auc:.4f}"),
            at_most(f"{kind}: log loss beyond CatBoost's", ours.log_loss - theirs.log_loss, "nats", 0.003),
        ]
    twice = _apart(_ours, 2 * ROWS, False)
    figures.append(Figure("twice the rows: time", twice.seconds / ours_by_rows["little each"].seconds, "times"))
    figures.append(at_most("twice the rows: memory", twice.memory / 2**30, "GB", 8))
    return figures


def _apart(fit: Callable[[Dataset, Dataset], np.ndarray], rows: int, strong: bool) -> Fit:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(_timed, fit, rows, strong).result()
    print(f"   {fit.__name__.strip('_')}, {rows:,} rows: {found}", flush=True)
    return found


def _timed(fit: Callable[[Dataset, Dataset], np.ndarray], rows: int, strong: bool) -> Fit:
    data = made(rows + TEST, strong=strong).data
    first, later = data.take(np.arange(rows)), data.take(np.arange(rows, rows + TEST))
    start, before = perf_counter(), _processors()
    probability = fit(first, later)
    seconds = perf_counter() - start
    get_reusable_executor().shutdown(wait=True)  # what children used is known when they end
    processors = _processors() - before
    used = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + 2 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    )
    return Fit(
        seconds,
        processors,
        used * 1024,
        float(roc_auc_score(later.converted, probability)),
        float(log_loss(later.converted, probability)),
    )


def _processors() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def _ours(first: Dataset, later: Dataset) -> np.ndarray:
    from rivals_data import nothing_agreed

    from training.additive import AdditiveScorer
    from training.config import Learner
    from training.fitting import fit_scorecard

    agreement: Agreement = nothing_agreed()
    card = fit_scorecard("made", first, agreement, Learner()).blend
    return AdditiveScorer(card).many(later.columns, terms=False).probability


def _catboost(first: Dataset, later: Dataset) -> np.ndarray:
    from catboost import CatBoostClassifier

    texts = [f.name for f in first.features if f.type == "text"]
    model = CatBoostClassifier(verbose=0, allow_writing_files=False, random_seed=7, cat_features=texts, thread_count=2)
    return model.fit(first.frame(), first.converted).predict_proba(later.frame())[:, 1]

"""One bag of an explainable boosting machine (``interpret-core``), main effects only, over the common bins.

It begins where the shrunken model is sure to be better: tables of many-valued texts are taken over from it.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from interpret.glassbox import ExplainableBoostingClassifier
from numpy.typing import NDArray

from training.learn.additive_model import AdditiveModel
from training.learn.bins import Bins
from training.learn.design import MANY_VALUES, Design

Floats = NDArray[np.float64]

MANY_ROWS = 50_000  # from here on larger steps, which lose nothing and take a third of the time


def fit_bag(design: Design, inside: NDArray[np.bool_], shrunken: AdditiveModel, seed: int) -> AdditiveModel:
    """Boost on the rows ``inside`` the bag, until the others are predicted no better; (n,) booleans.

    A row whose outcome is a share counts as two, one of either kind, with their weights.
    """
    taken_over = [not b.is_number and b.own > MANY_VALUES for b in design.bins]
    learned = [i for i, taken in enumerate(taken_over) if not taken]
    rows, outcomes, weights = _whole_outcomes(design)
    if not learned or len(np.unique(outcomes[inside[rows]])) < 2:
        return shrunken
    start = _start(shrunken, taken_over) if any(taken_over) else None
    bins, codes = [design.bins[i] for i in learned], [design.codes[i][rows] for i in learned]
    model = _model(bins, len(design), seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Missing values detected", category=UserWarning)
        warnings.filterwarnings("ignore", message="All-NaN slice encountered", category=RuntimeWarning)
        model.fit(
            _frame(bins, codes),
            outcomes,
            sample_weight=weights,
            bags=np.where(inside[rows], 1, -1).astype(np.int8).reshape(-1, 1),
            init_score=None if start is None else start.log_odds(design.codes)[rows],
        )
    tables = [np.zeros_like(t) for t in shrunken.tables] if start is None else list(start.tables)
    for at, i in enumerate(learned):
        tables[i] = _table(bins[at], model.bins_[at][0], model.term_scores_[at])
    return AdditiveModel(float(model.intercept_[0]) + (0.0 if start is None else start.intercept), tuple(tables))


def _start(shrunken: AdditiveModel, taken_over: Sequence[bool]) -> AdditiveModel:
    """The shrunken model with those of its tables that are taken over."""
    tables = (t if taken else np.zeros_like(t) for t, taken in zip(shrunken.tables, taken_over, strict=True))
    return AdditiveModel(shrunken.intercept, tuple(tables))


def _whole_outcomes(design: Design) -> tuple[NDArray[np.intp], NDArray[np.int64], Floats]:
    share, rows = design.converted, np.arange(len(design))
    if np.isin(share, (0.0, 1.0)).all():
        return rows, share.astype(np.int64), design.weights
    won, lost = rows[share > 0], rows[share < 1]
    outcomes = np.r_[np.ones(len(won), dtype=np.int64), np.zeros(len(lost), dtype=np.int64)]
    weights = np.r_[(design.weights * share)[won], (design.weights * (1 - share))[lost]]
    return np.r_[won, lost], outcomes, weights


def _frame(bins: Sequence[Bins], codes: Sequence[NDArray[np.intp]]) -> pd.DataFrame:
    """The codes: of numbers as numbers, NaN where unknown; of texts as names."""
    return pd.DataFrame({str(i): _column(b, c) for i, (b, c) in enumerate(zip(bins, codes, strict=True))})


def _column(bins: Bins, codes: NDArray[np.intp]) -> pd.Series:
    if bins.is_number:
        return pd.Series(np.where(codes < bins.own, codes, np.nan))
    names = pd.CategoricalDtype([str(i) for i in range(bins.size)])
    return pd.Series(pd.Categorical.from_codes(codes, dtype=names))


def _model(bins: Sequence[Bins], n: int, seed: int) -> ExplainableBoostingClassifier:
    faster = {"learning_rate": 0.05, "early_stopping_rounds": 50} if n >= MANY_ROWS else {}
    return ExplainableBoostingClassifier(
        feature_names=[str(i) for i in range(len(bins))],
        feature_types=["continuous" if b.is_number else "nominal" for b in bins],
        interactions=0,
        max_bins=4 + max(b.size for b in bins),
        outer_bags=1,
        random_state=seed,
        n_jobs=1,
        **faster,
    )


def _table(bins: Bins, found: Floats | dict[str, int], scores: Floats) -> Floats:
    """The learner's scores (unknown, bins..., never seen) in the order of ours; ``found``: its cuts or names."""
    table = np.zeros(bins.size)
    if isinstance(found, dict):
        for name, at in found.items():
            table[int(name)] = scores[at]
    else:
        table[: bins.own] = scores[1 + np.searchsorted(found, np.arange(bins.own), side="right")]
        table[bins.own] = scores[0]
    return table

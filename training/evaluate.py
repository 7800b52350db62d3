"""How good a prediction is, out of time: the measures, and the baselines that stand beside every result."""

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.naive_bayes import CategoricalNB
from sklearn.preprocessing import KBinsDiscretizer, OrdinalEncoder

from training.additive import AdditiveScorer
from training.dataset import Dataset
from training.fitting import Fitted

Floats = NDArray[np.float64]
DISCRETE_BINS = 5


class Measures(NamedTuple):
    """Measures of one set of predictions on the same rows.

    auc: area under the ROC curve; log_loss: nats a lead; brier: mean squared error of the probability;
    lift: share converted in the top tenth over the share overall; calibration_error: mean absolute gap
    between predicted and observed share over ten groups of equal size, weighted by size
    timing_auc: AUC on the rows of leads that convert at any time; None where it cannot be measured
    """

    auc: float
    log_loss: float
    brier: float
    lift: float
    calibration_error: float
    timing_auc: float | None = None


def measure(
    converted: NDArray[np.int64], probability: Floats, converts_ever: NDArray[np.bool_] | None = None
) -> Measures:
    """Compute all measures; (n,) outcomes of both kinds and (n,) probabilities.

    converts_ever: (n,) whether a row's lead converts at any time; without it there is no ``timing_auc``

    >>> measure(np.array([0, 1]), np.array([0.25, 0.75])).brier
    0.0625
    """
    clipped = np.clip(probability, 1e-15, 1 - 1e-15)
    order = np.argsort(-probability, kind="stable")
    top = order[: max(1, round(len(order) / 10))]
    return Measures(
        auc=float(roc_auc_score(converted, probability)),
        log_loss=float(log_loss(converted, clipped)),
        brier=float(brier_score_loss(converted, probability)),
        lift=float(converted[top].mean() / converted.mean()),
        calibration_error=_calibration_error(converted[order], probability[order]),
        timing_auc=None
        if converts_ever is None
        else float(roc_auc_score(converted[converts_ever], probability[converts_ever])),
    )


def _calibration_error(converted: NDArray[np.int64], probability: Floats) -> float:
    groups = [g for g in np.array_split(np.arange(len(converted)), 10) if len(g)]
    gaps = [abs(float(converted[g].mean() - probability[g].mean())) * len(g) for g in groups]
    return sum(gaps) / len(converted)


def compare(fitted: Fitted, train: Dataset, test: Dataset) -> dict[str, Floats]:
    """The predictions for the test leads of the four that are always compared, by name."""
    cards = {"rules only": fitted.rules, "model only": fitted.model, "blend": fitted.blend}
    predictions = {name: AdditiveScorer(card).many(test.columns).probability for name, card in cards.items()}
    return predictions | {"naive Bayes": naive_bayes(train, test)}


def naive_bayes(train: Dataset, test: Dataset) -> Floats:
    """Naive Bayes over discrete facts, as Odoo CRM scores leads: numbers cut into five groups of equal size."""
    fit_codes, test_codes = [], []
    train_frame, test_frame = train.frame(), test.frame()
    for feature in train.features:
        encode = _number_codes if feature.type == "number" else _text_codes
        codes_a, codes_b = encode(train_frame[feature.name], test_frame[feature.name])
        fit_codes.append(codes_a)
        test_codes.append(codes_b)
    x, x_test = np.column_stack(fit_codes), np.column_stack(test_codes)
    categories = np.maximum(x.max(axis=0), x_test.max(axis=0)) + 1
    model = CategoricalNB(min_categories=categories).fit(x, train.converted)
    return np.asarray(model.predict_proba(x_test)[:, 1], dtype=np.float64)


def _text_codes(train: pd.Series, test: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    a = encoder.fit_transform(train.fillna("unknown").to_numpy(dtype=object).reshape(-1, 1))
    b = encoder.transform(test.fillna("unknown").to_numpy(dtype=object).reshape(-1, 1))
    return (a.ravel() + 1).astype(np.int64), (b.ravel() + 1).astype(np.int64)


def _number_codes(train: pd.Series, test: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    known = train.dropna().to_numpy().reshape(-1, 1)
    if len(np.unique(known)) < 2:
        return train.notna().to_numpy().astype(np.int64), test.notna().to_numpy().astype(np.int64)
    method = "averaged_inverted_cdf"  # a cut is a value that was seen, or lies halfway between two
    cuts = KBinsDiscretizer(DISCRETE_BINS, encode="ordinal", strategy="quantile", quantile_method=method)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Bins whose width are too small", category=UserWarning)
        cuts.fit(known)

    def codes(values: pd.Series) -> NDArray[np.int64]:
        bins = cuts.transform(values.fillna(0.0).to_numpy().reshape(-1, 1)).ravel() + 1
        return np.where(values.isna(), 0, bins).astype(np.int64)

    return codes(train), codes(test)

"""What stands beside every result: learners that anyone can reach for, untuned, on the same facts."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import CategoricalNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from training.dataset import Dataset

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS = 20  # of a number for naive Bayes; with no more values than that, each has its own
RARE = 10  # rows; rarer texts are taken together
MOST_WORDS = 250  # that gradient boosting takes apart: all that fit into its bins
FEWEST_TO_STOP = 10  # outcomes of either kind, for gradient boosting to hold some out
SEED = 7
NEVER_SEEN = 0  # a code


def naive_bayes(train: Dataset, test: Dataset) -> Floats:
    """Naive Bayes over discrete facts, as Odoo CRM scores leads, (n,).

    An unknown value is a value of its own; one that was never seen says nothing.
    """
    a, b = train.frame(), test.frame()
    coded = [
        _number_codes(a[f.name], b[f.name]) if f.type == "number" else _text_codes(a[f.name], b[f.name])
        for f in train.features
    ]
    x, x_test = (np.column_stack(part) for part in zip(*coded, strict=True))
    model = CategoricalNB(min_categories=np.maximum(x.max(axis=0), x_test.max(axis=0)) + 1).fit(x, train.converted)
    for log_shares in model.feature_log_prob_:
        log_shares[:, NEVER_SEEN] = 0.0  # else smoothing would take it for a sign of the smaller class
    return np.asarray(model.predict_proba(x_test)[:, 1], dtype=np.float64)


def logistic_regression(train: Dataset, test: Dataset) -> Floats:
    """Logistic regression: a column per text, rare ones together; numbers scaled, with a column for unknown, (n,)."""
    texts = make_pipeline(_words(), OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE))
    unknown_too = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    numbers = make_pipeline(unknown_too, StandardScaler())
    columns = ColumnTransformer([("text", texts, _names(train, "text")), ("number", numbers, _names(train, "number"))])
    return _fitted(make_pipeline(columns, LogisticRegression(max_iter=1_000)), train, test)


def gradient_boosting(train: Dataset, test: Dataset) -> Floats:
    """Histogram gradient boosting, texts as categories, stopped early on rows held out, (n,)."""
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=MOST_WORDS)
    words, numbers = _names(train, "text"), _names(train, "number")
    columns = ColumnTransformer([("text", make_pipeline(_words(), encode), words), ("number", "passthrough", numbers)])
    fewest = min(int(train.converted.sum()), int((1 - train.converted).sum()))
    boost = HistGradientBoostingClassifier(
        categorical_features=list(range(len(words))), early_stopping=fewest >= FEWEST_TO_STOP, random_state=SEED
    )
    return _fitted(make_pipeline(columns, boost), train, test)


BASELINES: dict[str, Callable[[Dataset, Dataset], Floats]] = {
    "naive Bayes": naive_bayes,
    "logistic regression": logistic_regression,
    "gradient boosting": gradient_boosting,
}


def _names(data: Dataset, kind: str) -> list[str]:
    return [f.name for f in data.features if f.type == kind]


def _words() -> FunctionTransformer:
    """Texts without a gap: an unknown one is a text of its own."""
    return FunctionTransformer(lambda frame: frame.fillna("unknown"))


def _fitted(model: object, train: Dataset, test: Dataset) -> Floats:
    """What a pipeline gives for the test rows; on one thread, so that more cores add up no differently."""
    with threadpool_limits(limits=1):
        model.fit(train.frame(), train.converted)  # type: ignore[attr-defined]
        return np.asarray(model.predict_proba(test.frame())[:, 1], dtype=np.float64)  # type: ignore[attr-defined]


def _text_codes(train: pd.Series, test: pd.Series) -> tuple[Ints, Ints]:
    """The code of each text, rare ones together, the unknown being one; NEVER_SEEN where no training row has it."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=NEVER_SEEN - 1, min_frequency=RARE)
    a = encoder.fit_transform(train.fillna("unknown").to_numpy(dtype=object).reshape(-1, 1))
    b = encoder.transform(test.fillna("unknown").to_numpy(dtype=object).reshape(-1, 1))
    return (a.ravel() + 1).astype(np.int64), (b.ravel() + 1).astype(np.int64)


def _number_codes(train: pd.Series, test: pd.Series) -> tuple[Ints, Ints]:
    """The bin of each number, the unknown in one of its own; NEVER_SEEN where the training rows have none in it."""
    values = np.unique(train.dropna().to_numpy(dtype=np.float64))
    cuts = (values[1:] + values[:-1]) / 2
    if len(values) > BINS:  # a cut is then a value that was seen, or lies halfway between two
        shares = np.linspace(0, 1, BINS + 1)[1:-1]
        cuts = np.unique(np.quantile(train.dropna(), shares, method="averaged_inverted_cdf"))

    def codes(of: pd.Series) -> Ints:
        bins = np.searchsorted(cuts, of.fillna(0.0).to_numpy(dtype=np.float64), "right") + 2
        return np.where(of.isna(), 1, bins).astype(np.int64)

    a, b = codes(train), codes(test)
    return a, np.where(np.isin(b, a), b, NEVER_SEEN)

"""The rows of a frame and their outcomes as a data set: whose they are, in which order of time, of which class."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from features.agreement import Agreement
from training.dataset import Dataset
from training.estimator.facts import facts_of_frame, read_facts


def classes_of(outcomes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The two classes, and for each row, (n,), whether it is of the second, 0 or 1.

    Raises ValueError for any other number of classes, and for outcomes that are missing.
    """
    assert_all_finite(outcomes, input_name="y")
    check_classification_targets(outcomes)
    classes = np.unique(outcomes)
    if len(classes) > 2:
        raise ValueError(
            f"Only binary classification is supported: y has {len(classes)} classes. "
            "Score each against the others, or say which of them mean 'converted'."
        )
    if len(classes) < 2:
        raise ValueError(
            f"y has one class only, {classes.tolist()}: rows that converted and rows that did not are needed."
        )
    return classes, (outcomes == classes[1]).astype(np.int64)


def rows_of(
    frame: pd.DataFrame,
    converted: NDArray[np.int64],
    agreement: Agreement,
    missing: tuple[str, ...],
    groups: ArrayLike | None,
    order: ArrayLike | None,
) -> Dataset:
    """The rows of a frame as a data set in order of time; the parameters are those of ``LeadScoreClassifier.fit``.

    Raises DataError as ``facts_of_frame`` and ``read_facts``, ValueError for a row without a moment.
    """
    features = facts_of_frame(frame, agreement)
    when, dated = _when(order, len(frame))
    leads = np.arange(len(frame)) if groups is None else column_or_1d(groups)
    rows = np.argsort(when, kind="stable")
    data = Dataset(
        features=features,
        columns=read_facts(frame, features, missing),
        converted=converted,
        when=when,
        converts_ever=pd.Series(converted).groupby(leads).transform("max").to_numpy(dtype=np.bool_),
        lead_ids=tuple(map(str, leads.tolist())),
        profile=frame,
        fingerprint="",
        dated=dated,
        leads_in_table=len(np.unique(leads)),
    )
    return data.take(rows)


def _when(order: ArrayLike | None, n: int) -> tuple[NDArray[np.float64], bool]:
    """The order in time, (n,), and whether it is of dates."""
    if order is None:
        return np.arange(n, dtype=np.float64), False
    given = order.reset_index(drop=True) if isinstance(order, pd.Series) else pd.Series(np.asarray(order))
    if given.isna().any():
        raise ValueError("order has rows without a moment: fill them, or leave such rows out.")
    if pd.api.types.is_numeric_dtype(given):
        return given.to_numpy().astype(np.float64), False
    moments = pd.to_datetime(given, utc=True).astype("datetime64[us, UTC]").astype("int64")
    return moments.to_numpy().astype(np.float64), True

"""Facts from a frame that holds one row a snapshot and is read as it stands: no events, no moments.

A fact that is read from a field has the column of that field; one that is measured over events, or on the lead
itself, has a column of its own name, already measured. Values are read by ``features.fields``, as everywhere.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from features.agreement import Agreement
from features.catalog import Feature, Value
from features.columns import Column, Numbers, column_of
from features.errors import DataError, nearest
from features.fields import field_reader
from features.texts import LARGEST, text
from training.derived import derived_features
from training.reading import plain, refuse_unreadable

FRAME = "the frame"


def column_name(feature: Feature) -> str:
    """The column that a feature has in a frame."""
    return feature.name if feature.source.field is None else feature.source.field


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with texts for the names of its columns, and rows counted from 0.

    Raises DataError where two columns have one name.
    """
    names = [str(column) for column in frame.columns]
    twice = next((name for name, n in Counter(names).items() if n > 1), None)
    if twice is not None:
        raise DataError(f"the column '{twice}' stands twice", where=FRAME, do="keep one of them")
    return frame.set_axis(names, axis=1).reset_index(drop=True)


def facts_of_frame(frame: pd.DataFrame, agreement: Agreement) -> tuple[Feature, ...]:
    """The agreement's facts, then one for each other column of a ``named`` frame that tells rows apart.

    Numbers are number facts, all else is text; a text column with nearly as many values as rows is left out, as is a
    column with one value only.

    Raises DataError where an agreed fact has no column, or there is nothing to read.
    """
    agreed = agreement.features
    names = frame.columns.tolist()
    for feature in agreed:
        if column_name(feature) not in names:
            raise _no_column(feature, names)
    measured = {column_name(f) for f in agreed if f.source.field is None}
    rest = frame[[name for name in names if name not in measured]]
    refuse_unreadable(rest, FRAME)
    features = (*agreed, *derived_features(rest, agreed, {}))
    if not features:
        what = "there is no fact to learn from: no column tells rows apart, and the agreement has no rules"
        raise DataError(what, where=FRAME, do="bring columns that differ between rows")
    return features


def read_facts(frame: pd.DataFrame, features: Iterable[Feature], missing: Sequence[str] = ()) -> tuple[Column, ...]:
    """The values of features, one column each; ``missing``: texts that mean "unknown".

    Raises DataError naming the column and the row of what cannot be read.
    """
    unknown = frozenset(m for m in map(text, missing) if m is not None)
    return tuple(_read(frame[column_name(feature)], feature, unknown) for feature in features)


def _read(values: pd.Series, feature: Feature, unknown: frozenset[str]) -> Column:
    if feature.type == "number" and not unknown and _is_plain(values):
        return _numbers(values)
    read = lru_cache(maxsize=None, typed=True)(field_reader(feature, unknown))
    told: list[Value] = []
    for row, value in enumerate(map(plain, values.tolist())):
        try:
            told.append(read(value))
        except (TypeError, ValueError, OverflowError):
            raise _unreadable(values, row) from None
    return column_of(feature, told)


def _is_plain(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _numbers(values: pd.Series) -> Numbers:
    """Numbers as ``features.texts.number`` reads each."""
    plain = values.to_numpy(dtype=np.float64, na_value=np.nan) + 0.0
    beyond = np.flatnonzero(np.abs(plain) > LARGEST)
    if len(beyond):
        raise _unreadable(values, int(beyond[0]))
    return Numbers(plain)


def _unreadable(values: pd.Series, row: int) -> DataError:
    return DataError(
        f"the column '{values.name}' holds what is no number",
        where=f"{FRAME}, row {row}",
        got=repr(values.iloc[row])[:60],
        allowed=f"a number up to {LARGEST:g}, or nothing when unknown",
    )


def _no_column(feature: Feature, names: Sequence[str]) -> DataError:
    column = column_name(feature)
    if feature.source.field is not None:
        what = f"the agreed fact '{feature.name}' reads '{column}', which is no column"
        return DataError(what, where=FRAME, do=nearest(column, names))
    what = f"the agreed fact '{feature.name}' is not read from a field, and there is no column '{column}'"
    do = "bring it as a column of that name, already measured, or leave the fact out of the agreement"
    return DataError(what, where=FRAME, do=do)

"""Columns of a batch as texts, whatever they came as; a function of a value is evaluated once per distinct one."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.engines.places import Stretch
from features.errors import DataError, nearest
from features.tables import Scalar

MANY = 60  # characters of a value that an error shows


class Unread(ValueError):
    """A value that the reading function refused."""

    def __init__(self, value: Any) -> None:
        self.value = value
        super().__init__()


def each_distinct(values: pa.Array, read: Callable[[Scalar], Any], type_: pa.DataType) -> pa.Array:
    """``read`` of every value, evaluated once per distinct one; raises Unread with the value that it refuses."""
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), type_)
    if not pa.types.is_dictionary(values.type):
        values = pc.dictionary_encode(as_text(values) if _is_compound(values) else values)
    return pa.array([_evaluated(read, v) for v in values.dictionary.to_pylist()], type_).take(values.indices)


def _evaluated(read: Callable[[Scalar], Any], value: Any) -> Any:
    plain = value if value is None or isinstance(value, str | int | float | bool) else str(value)
    try:
        return read(plain)
    except (TypeError, ValueError, OverflowError):
        raise Unread(value) from None


def refused(batch: pa.RecordBatch, column: str, at: Stretch, value: Any, what: str, allowed: str) -> DataError:
    """The error for the first row of a column that holds a value."""
    row = next((i for i, v in enumerate(batch.column(column).to_pylist()) if v == value), 0)
    return DataError(what, where=at.row(column, row), got=repr(value)[:MANY], allowed=allowed)


def filled(batch: pa.RecordBatch, column: str, at: Stretch) -> pa.Array:
    """A column that no row may lack; raises DataError naming the first row that does, or where there is no column."""
    if column not in batch.schema.names:
        do = nearest(column, batch.schema.names)
        raise DataError(f"the column '{column}' is not in the table", where=at.file, do=do)
    values = batch.column(column)
    if values.null_count:
        row = pc.index(pc.is_null(values), True).as_py()
        raise DataError(f"a row has no '{column}'", where=at.row(column, row), do="fill it, or leave such rows out")
    return values


def texts_of(batch: pa.RecordBatch, column: str, at: Stretch) -> pa.Array:
    """A column of names that no row may lack, as texts; raises DataError as ``filled``, and for bytes."""
    values = filled(batch, column, at)
    try:
        return as_text(values)
    except pa.ArrowInvalid:
        what = f"'{column}' holds bytes that are no text"
        raise DataError(what, where=f"{at.file}, column '{column}'", got=str(values.type), allowed="UTF-8") from None


def as_text(values: pa.Array) -> pa.Array:
    """A column as texts: numbers as they are written, structures and maps as JSON."""
    if pa.types.is_string(values.type):
        return values
    if _is_compound(values):
        written = _json if pa.types.is_nested(values.type) else str
        return pa.array([None if v is None else written(v) for v in values.to_pylist()], pa.string())
    return pc.cast(values, pa.string())


def _is_compound(values: pa.Array) -> bool:
    """Whether Arrow has no text for such values: structures, lists, maps, UUIDs."""
    return pa.types.is_nested(values.type) or isinstance(values, pa.ExtensionArray)


def _json(value: Any) -> str:
    """A map comes as a list of pairs, a structure as a dictionary."""
    pairs = isinstance(value, list) and all(isinstance(v, tuple) for v in value)
    return json.dumps(dict(value) if pairs else value, default=str)


def nulls(batch: pa.RecordBatch, type_: pa.DataType) -> pa.Array:
    """A column that is not there."""
    return pa.nulls(len(batch), type_)

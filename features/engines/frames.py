"""Tables in memory, as Arrow batches: frames of pandas, Polars or Arrow, and streams of Arrow batches."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from features.engines.files import BATCH
from features.engines.places import Opened, Place
from features.errors import DataError
from features.texts import text

ALLOWED = "a path, a query, a frame of pandas, Polars or Arrow"


def frame_opened(frame: Any, name: str) -> Opened:
    """Open a frame, or a ``pyarrow.RecordBatchReader``, which is read once; raises DataError for anything else."""
    if isinstance(frame, pa.RecordBatchReader):
        return Opened(Place(name), frame.schema.names, (batch for batch in frame))
    table = table_of(frame, name)
    return Opened(Place(name), table.schema.names, (batch for batch in table.to_batches(BATCH)))


def table_of(frame: Any, name: str) -> pa.Table:
    """A frame as an Arrow table; raises DataError for what is no frame."""
    if isinstance(frame, pa.Table):
        return frame
    try:
        wrapped = nw.from_native(frame, eager_only=True)
    except TypeError:
        do = "collect it first" if hasattr(frame, "collect") else ""
        got = type(frame).__name__
        raise DataError("no table that can be read", where=name, got=got, allowed=ALLOWED, do=do) from None
    columns = [str(c) for c in wrapped.columns]
    twice = {c for c in columns if columns.count(c) > 1}
    if twice:
        raise DataError(f"the column '{min(twice)}' stands twice", where=name, do="keep one of them")
    return pa.table([_array(wrapped.get_column(c)) for c in wrapped.columns], names=columns)


def _array(series: Any) -> pa.Array:
    if series.dtype == nw.Object:
        return array_of(series.to_list())
    if getattr(series.dtype, "time_zone", None) is None:
        return series.to_arrow()
    # pandas 3.1 warns of how Arrow takes times with a zone
    utc = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_arrow()
    return pc.assume_timezone(utc, "UTC")


def array_of(values: Iterable[Any]) -> pa.Array:
    """Python values as an array; objects as JSON text, mixed kinds as the texts that they are.

    >>> array_of([{"n": 1}, None]).to_pylist(), array_of([7, "7a"]).to_pylist()
    (['{"n": 1}', None], ['7', '7a'])
    """
    plain = [None if _is_unknown(v) else v for v in values]
    kinds = {type(v) for v in plain if v is not None}
    mixed = bool in kinds and len(kinds) > 1  # Arrow takes True among doubles for a one
    if mixed or any(issubclass(k, Mapping) for k in kinds) or _are_mixed_times(kinds, plain):
        return _texts(plain)
    try:
        return pa.array(plain)
    except (pa.ArrowException, OverflowError):
        return _texts(plain)


def _is_unknown(value: Any) -> bool:
    """None, NaN, and what pandas has for them: ``NaT``, and ``NA``, which cannot even be compared."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True
    except ValueError:  # an array
        return False


def _are_mixed_times(kinds: set[type], plain: list[Any]) -> bool:
    """Whether Arrow would read some times as what they are not: it takes the first for a pattern of all."""
    if not any(issubclass(k, date) for k in kinds):
        return False
    return len(kinds) > 1 or len({v.tzinfo is None for v in plain if isinstance(v, datetime)}) > 1


def _texts(plain: list[Any]) -> pa.Array:
    return pa.array([None if v is None else _written(v) for v in plain], pa.string())


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return json.dumps(dict(value), default=str)
    return value.isoformat() if isinstance(value, date) else text(value) or str(value)

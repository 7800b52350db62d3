"""Parquet files of events that DuckDB reads itself, many times faster than through batches."""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from features.engines.files import parquet_schema
from features.engines.places import HEADER, Place
from features.engines.rows import KNOWN_FROM
from features.engines.sources import Source

_PATTERN = set("*?[]{}")  # signs of a path by which DuckDB would look for several files


class Native(NamedTuple):
    """What errors call the file, and the query that gives its columns as ``EventRows`` names them."""

    name: Place
    query: str


def native_events(source: Source) -> Native | None:
    """The query by which DuckDB reads a source itself; None where its columns are not of the right types.

    Raises DataError for a file that is no Parquet.
    """
    if not isinstance(source, Path) or source.suffix != ".parquet" or not source.is_file():
        return None
    if _PATTERN.intersection(str(source)):
        return None
    schema = parquet_schema(source)
    types = {name: schema.field(name).type for name in set(schema.names) if schema.names.count(name) == 1}
    optional = [c for c in ("event_id", "properties") if c in schema.names]
    if not all(c in types and _is_text(types[c]) for c in ("lead_id", "type", *optional)):
        return None
    times = [c for c in (KNOWN_FROM,) if c in schema.names]
    if not all(c in types and _is_time(types[c]) for c in ("at", *times)):
        return None
    event_id, properties = (c if c in types else f"CAST(NULL AS VARCHAR) AS {c}" for c in ("event_id", "properties"))
    path = str(source).replace("'", "''")
    later = f'CASE WHEN {KNOWN_FROM} > "at" THEN epoch_us({KNOWN_FROM}) END' if times else "CAST(NULL AS BIGINT)"
    query = (
        f'SELECT lead_id, {event_id}, epoch_us("at") AS t, type, {properties}, file_row_number + {HEADER} AS row, '
        f"{later} AS known FROM read_parquet('{path}', file_row_number = true)"
    )
    return Native(Place(source.name), query)


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind)) and kind.unit in ("us", "ms")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

"""Which leads are read as of when."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.engines.cells import filled, texts_of
from features.engines.frames import table_of
from features.engines.places import Place, Stretch
from features.engines.times import TIME, Times

Moments = int | Any  # one moment for every lead, or a frame of snapshots

SNAPSHOTS = Place("snapshots")


def snapshots_of(moments: Any) -> pa.Table:
    """The snapshots of a frame with ``lead_id`` and ``as_of``; beside these, their positions ``s`` and their ``row``.

    as_of: microseconds since 1970, or times
    Raises DataError for a column that is not there, and naming the row that lacks one or whose time is none.
    """
    asked = table_of(moments, str(SNAPSHOTS))
    batch = pa.record_batch([_whole(column) for column in asked.columns], names=asked.schema.names)
    at = Stretch(SNAPSHOTS, 0)
    as_of = filled(batch, "as_of", at)
    times = pc.cast(as_of, TIME) if pa.types.is_integer(as_of.type) else Times("as_of").of(batch, at)
    columns = [pa.array(np.arange(len(batch))), texts_of(batch, "lead_id", at), times, at.rows(len(batch))]
    return pa.table(columns, names=["s", "lead_id", "as_of", "row"])


def _whole(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found

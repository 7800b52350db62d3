"""What a run must know of the events before any fact is read: which types there are, and when leads did what.

The table is read in batches, so that it may be larger than memory.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.engines.rows import EventRows
from features.engines.sources import Source, opened
from features.snapshots import Happened

MOST_ROWS = 2_000_000  # collected before they are put together


class EventStream(NamedTuple):
    """first: per type and lead the moment of its first event (type, lead_id, t); happened: every event, if asked.

    The moments are those from which events counted.
    """

    first: pd.DataFrame
    happened: pd.DataFrame | None

    def shares(self, last: Mapping[str, int]) -> dict[str, float]:
        """Per type the share of leads that had such an event by their last moment; ``last``: moments by lead."""
        known = self.first["t"] <= self.first["lead_id"].map(last).astype("Int64")
        return {str(kind): n / len(last) for kind, n in self.first[known].groupby("type").size().items()}

    def of_leads(self, position: Mapping[str, int]) -> Happened:
        """The events as the snapshots draw them; ``position``: of each lead among the leads."""
        rows = self.happened if self.happened is not None else pd.DataFrame({"lead_id": [], "t": [], "event_id": []})
        ids = [None if i is None or i != i else str(i) for i in rows["event_id"].tolist()]
        lead = np.asarray(rows["lead_id"].map(position), dtype=np.intp)
        return Happened(lead, rows["t"].to_numpy(dtype=np.int64), ids)


def stream_events(source: Source, until: int | None, *, every: bool) -> EventStream:
    """Read the events once; ``every``: keep when each happened. Raises DataError as the engines do."""
    found = opened(source, "events")
    rows = EventRows(found.name, until)
    firsts = [rows.schema.empty_table().select(["type", "lead_id", "t"])]
    happened = [rows.schema.empty_table().select(["lead_id", "t", "event_id"])]
    done = 0
    for batch in found.batches:
        read = _counting(pa.Table.from_batches([rows(batch, done)]))
        done += len(batch)
        firsts.append(_first(read))
        if sum(map(len, firsts[1:])) > MOST_ROWS:
            firsts = [_first(pa.concat_tables(firsts))]
        if every:
            happened.append(read.select(["lead_id", "t", "event_id"]))
    first = _first(pa.concat_tables(firsts))
    return EventStream(_frame(first), _frame(pa.concat_tables(happened)) if every else None)


def _counting(events: pa.Table) -> pa.Table:
    """Events with the moment from which each counts."""
    since = pc.coalesce(events.column("known"), events.column("t"))
    return events.set_column(events.column_names.index("t"), "t", since)


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    return frame.astype({"t": np.int64})


def _first(events: pa.Table) -> pa.Table:
    found = events.group_by(["type", "lead_id"]).aggregate([("t", "min")])
    return found.rename_columns(["type", "lead_id", "t"])

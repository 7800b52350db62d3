"""Tables as Spark's executors read them, and as the driver reads them again to name a row."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from features.engines.files import trimmed
from features.engines.kinds import EventKinds
from features.engines.places import Opened, Place
from features.engines.plan import Plan
from features.engines.rows import EventRows, LeadRows, Rows
from features.engines.sources import Source, Tables, opened


class Reading(NamedTuple):
    """A source, and the function over its batches, which ``make`` makes for a place."""

    source: Source
    what: str
    make: Callable[[Place], Rows]
    schema: pa.Schema

    def read(self) -> pa.Table:
        """The source as read here on the driver; raises DataError naming the row."""
        return pa.Table.from_batches(self._batches(opened(self.source, self.what)), self.schema)

    def check(self) -> None:
        """As ``read``, only to raise what it raises."""
        for _ in self._batches(opened(self.source, self.what)):
            pass

    def rows_of(self, lead_id: str, column: str = "") -> Iterator[str]:
        """Where a lead stands, read here on the driver."""
        found = opened(self.source, self.what)
        for batch in self._batches(found):
            rows = batch.filter(pc.equal(batch.column("lead_id"), lead_id)).column("row")
            yield from (found.name.row(row, column) for row in rows.to_pylist())

    def of_lead(self, lead_id: str) -> tuple[pa.Table, Place]:
        """The rows of a lead, read here on the driver, and where they stand."""
        found = opened(self.source, self.what)
        rows = [batch.filter(pc.equal(batch.column("lead_id"), lead_id)) for batch in self._batches(found)]
        return pa.Table.from_batches(rows, self.schema), found.name

    def _batches(self, found: Opened) -> Iterator[pa.RecordBatch]:
        rows, before = self.make(found.name), 0
        with closing(found.batches):
            for batch in found.batches:
                yield rows(batch, before)
                before += len(batch)


def holds(source: Source, column: str, *, dated: bool = True) -> bool:
    """Whether a table has one of the columns that say since when something counts."""
    if not dated:
        return False
    found = opened(source, "")
    found.batches.close()
    return column in found.columns


def reading_leads(plan: Plan, tables: Tables) -> Reading:
    """How the table of leads is read."""
    make = partial(LeadRows, plan, tables.id_column, tables.account, dated=tables.dated, lenient=tables.lenient)
    return Reading(tables.leads, "leads", make, make(Place("leads")).schema)


class Then:
    """Reads fields of leads as of a moment, and maps them on."""

    def __init__(
        self, leads: Callable[[Place], Rows], plan: Plan, as_of: int, then: Callable[[], Rows], table: Place
    ) -> None:
        self._leads, self._as_of, self._then = leads(table), as_of, then()
        self._names = [f"f{i}" for i in plan.fields]

    def __call__(self, batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
        """The batch as read and mapped on."""
        leads = self._leads(batch, before)
        columns = [leads.column("lead_id"), pa.repeat(self._as_of, len(leads)), *map(leads.column, self._names)]
        return self._then(pa.record_batch(columns, names=["lead", "as_of", *self._names]), before)


class EventsAndKinds:
    """Reads events, and what they say, for its errors."""

    def __init__(self, plan: Plan, table: Place, *, lenient: bool = False) -> None:
        self._events, self._kinds = EventRows(table), EventKinds(plan, table, lenient=lenient)

    def __call__(self, batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
        """The kinds of the batch."""
        return self._kinds(self._events(batch, before).select(["type", "properties", "row"]))


class Trimmed:
    """Reads rows of a CSV file as DuckDB's engine gets them."""

    def __init__(self, make: Callable[[], Rows]) -> None:
        self._rows = make()

    def __call__(self, batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
        """The batch as read."""
        return self._rows(trimmed(batch), before)

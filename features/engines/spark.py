"""The bulk engine for what outgrows one machine: Spark runs the same reading functions and the same SQL.

Rows are read by the functions of ``rows`` on the executors; ``sql`` is translated by SQLGlot.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from pyspark.sql import DataFrame, SparkSession

from features.agreement import Agreement
from features.catalog import Feature
from features.engines.asked import SNAPSHOTS, Moments, snapshots_of
from features.engines.cluster import SPARK_ERRORS, local_session, mapped, quiet, spark_schema, told
from features.engines.files import BATCH, is_csv, separator, trimmed
from features.engines.kinds import EventKinds
from features.engines.places import Opened, Place
from features.engines.plan import Plan
from features.engines.results import Result
from features.engines.rows import EventRows, LeadRows, Rows, StageRows
from features.engines.sources import Source, Tables, opened
from features.engines.sql import features_sql
from features.errors import DataError


class SparkEngine:
    """Reads features of many leads on a Spark cluster; ``session``: its own, or one on this machine.

    Files are read on the executors, frames and databases on the driver.
    """

    def __init__(self, session: SparkSession | None = None) -> None:
        self._session = (session or local_session()).newSession()
        self._session.conf.set("spark.sql.session.timeZone", "UTC")
        self._session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(BATCH))
        self._kept: list[DataFrame] = []
        self._on_executors: list[_Reading] = []

    def read(
        self,
        features: Sequence[Feature],
        tables: Tables,
        moments: Moments,
        *,
        missing: Iterable[str] = (),
        agreement: Agreement | None = None,
        until: int | None = None,
    ) -> Iterator[Result]:
        """As ``DuckEngine.read``; the results come to the driver."""
        plan = Plan(features, missing, agreement)
        with self.reading():
            found = self.measured(plan, tables, moments, until).orderBy("s").toArrow()
        for batch in found.to_batches():
            yield Result.of(batch, plan)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Where frames of ``measured`` are made and used: raises DataError naming the row that executors refused.

        An executor does not know where its rows stand, so the tables are then read again on the driver. What was
        kept in memory is let go.
        """
        try:
            with told(), self._naming_rows():
                yield
        finally:
            for frame in self._kept:
                frame.unpersist()
            self._kept.clear()
            self._on_executors.clear()

    @contextmanager
    def _naming_rows(self) -> Iterator[None]:
        try:
            yield
        except SPARK_ERRORS:
            for reading in self._on_executors:
                reading.check()
            raise

    def measured(self, plan: Plan, tables: Tables, moments: Moments, until: int | None = None) -> DataFrame:
        """A Spark frame with the columns ``s``, ``lead``, ``as_of``, ``f0``, ``f1``, ..., to be used in ``reading``.

        Raises DataError for what can be seen before anything is measured; the rest raises when the frame is used.
        """
        self._leads(plan, tables)
        ids = False
        if plan.measured:
            ids = self._events(plan, tables.events, until)
        if plan.reads_stages:
            self._stages(tables.outcomes)
        first, last = self._snapshots(moments)
        query = features_sql(plan, ids=ids, first=first, last=last)
        return self._session.sql(sqlglot.transpile(query, read="duckdb", write="spark")[0])

    def measured_then(
        self, plan: Plan, tables: Tables, as_of: int, then: Callable[[], Rows], schema: pa.Schema
    ) -> DataFrame:
        """What a function makes of the batches of ``measured``; ``then`` makes it on the executor.

        Where nothing but fields of a file is read, rows are read and mapped in one pass.
        """
        if not plan.reads_only_fields or not isinstance(tables.leads, Path):
            with quiet():
                return self.measured(plan, tables, as_of).mapInArrow(mapped(then), spark_schema(schema))
        reading = _reading_leads(plan, tables)
        self._refuse_twice(self._frame(_reading_leads(Plan([]), tables), tables.id_column), reading)
        return self._frame(reading._replace(make=partial(_Then, reading.make, plan, as_of, then), schema=schema))

    def _leads(self, plan: Plan, tables: Tables) -> None:
        reading = _reading_leads(plan, tables)
        leads = self._keep(self._frame(reading).drop("row").selectExpr("*", "lead_id AS lead"))
        leads.createOrReplaceTempView("leads")
        self._refuse_twice(leads, reading)

    def _refuse_twice(self, leads: DataFrame, reading: "_Reading") -> None:
        twice = leads.groupBy("lead_id").count().where("count > 1").first()
        if twice:
            where = " and ".join(islice(reading.rows_of(twice[0]), 2))
            raise DataError(f"the lead '{twice[0]}' stands twice", where=where, do="keep one row a lead")

    def _events(self, plan: Plan, source: Source | None, until: int | None) -> bool:
        """Make the views ``events`` and ``kinds``; whether events have ids."""
        table = EventRows.nothing if source is None else source
        reading = _Reading(table, "events", partial(EventRows, until=until), EventRows.schema)
        self._frame(reading).createOrReplaceTempView("came")
        self._refuse_unknown_leads("came", reading)
        read = partial(EventKinds, plan)
        self._on_executors.append(reading._replace(make=partial(_EventsAndKinds, plan)))
        distinct = self._session.sql(
            "SELECT type, COALESCE(properties, '') AS properties, MIN(row) AS row FROM came GROUP BY 1, 2"
        )
        with quiet():
            place = Place("events")
            kinds = distinct.mapInArrow(mapped(partial(read, place)), spark_schema(read(place).schema))
        self._keep(kinds).createOrReplaceTempView("kinds")
        self._session.sql(
            "SELECT lead_id, event_id, t, type, COALESCE(properties, '') AS properties FROM came"
        ).createOrReplaceTempView("events")
        return self._first("SELECT 1 FROM came WHERE event_id IS NOT NULL LIMIT 1") is not None

    def _stages(self, source: Source | None) -> None:
        table = StageRows.nothing if source is None else source
        reading = _Reading(table, "outcomes", StageRows, StageRows.schema)
        self._frame(reading).createOrReplaceTempView("changed")
        self._refuse_unknown_leads("changed", reading)
        self._session.sql("SELECT lead_id AS lead, t, stage FROM changed").createOrReplaceTempView("stages")

    def _snapshots(self, moments: Moments) -> tuple[int, int]:
        if isinstance(moments, int):
            at = f"SELECT lead AS s, lead, CAST({moments} AS BIGINT) AS as_of FROM leads"
            self._session.sql(at).createOrReplaceTempView("snapshots")
            return moments, moments
        asked = snapshots_of(moments)
        self._table(asked).withColumnRenamed("lead_id", "lead").createOrReplaceTempView("snapshots")
        unknown = "SELECT a.row, a.lead FROM snapshots AS a LEFT ANTI JOIN leads AS l ON l.lead = a.lead ORDER BY 1"
        found = self._first(unknown)
        if found:
            raise _unknown_leads("some", SNAPSHOTS.row(found[0], "lead_id"), found[1])
        at_all = asked.column("as_of").to_numpy()
        return int(at_all.min(initial=0)), int(at_all.max(initial=0))

    def _frame(self, reading: "_Reading", *columns: str) -> DataFrame:
        """A source as read; ``columns``: those that it is read from, if not all."""
        if not isinstance(reading.source, Path):
            return self._table(reading.read())
        self._on_executors.append(reading)
        make = partial(reading.make, Place(reading.source.name))
        with quiet():
            frame = self._file(reading.source)
            frame = frame.select(*(f"`{c}`" for c in columns)) if columns else frame
            run = mapped(partial(_Trimmed, make) if is_csv(reading.source) else make)
            return frame.mapInArrow(run, spark_schema(reading.schema))

    def _file(self, path: Path) -> DataFrame:
        """The cells of a CSV file are texts."""
        opened(path, "").batches.close()  # says what Spark would say at length
        if not is_csv(path):
            return self._session.read.parquet(str(path))
        options: dict[str, Any] = {"header": True, "multiLine": True, "escape": '"', "mode": "FAILFAST"}
        return self._session.read.csv(str(path), sep=separator(path), **options)

    def _table(self, table: pa.Table) -> DataFrame:
        if len(table):
            return self._session.createDataFrame(table)
        return self._session.createDataFrame([], spark_schema(table.schema))

    def _keep(self, frame: DataFrame) -> DataFrame:
        self._kept.append(frame.persist())
        return frame

    def _refuse_unknown_leads(self, table: str, reading: "_Reading") -> None:
        found = self._first(
            f"SELECT COUNT(DISTINCT a.lead_id), MIN(a.lead_id) FROM {table} AS a "
            "LEFT ANTI JOIN leads AS l ON l.lead_id = a.lead_id"
        )
        if found and found[0]:
            raise _unknown_leads(found[0], next(reading.rows_of(found[1], "lead_id")), found[1])

    def _first(self, query: str) -> Any:
        return self._session.sql(query).first()


def _unknown_leads(n: int | str, where: str, such_as: str) -> DataError:
    return DataError(f"{n} lead(s) stand here but not in the table of leads", where=where, got=f"such as {such_as}")


class _Reading(NamedTuple):
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

    def _batches(self, found: Opened) -> Iterator[pa.RecordBatch]:
        rows, before = self.make(found.name), 0
        with closing(found.batches):
            for batch in found.batches:
                yield rows(batch, before)
                before += len(batch)


def _reading_leads(plan: Plan, tables: Tables) -> _Reading:
    make = partial(LeadRows, plan, tables.id_column, tables.account)
    return _Reading(tables.leads, "leads", make, make(Place("leads")).schema)


class _Then:
    """Reads fields of leads as of a moment, and maps them on."""

    def __init__(
        self, leads: Callable[[Place], Rows], plan: Plan, as_of: int, then: Callable[[], Rows], table: Place
    ) -> None:
        self._leads, self._as_of, self._then = leads(table), as_of, then()
        self._names = [f"f{i}" for i in plan.fields]

    def __call__(self, batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
        leads = self._leads(batch, before)
        columns = [leads.column("lead_id"), pa.repeat(self._as_of, len(leads)), *map(leads.column, self._names)]
        return self._then(pa.record_batch(columns, names=["lead", "as_of", *self._names]), before)


class _EventsAndKinds:
    """Reads events, and what they say, for its errors."""

    def __init__(self, plan: Plan, table: Place) -> None:
        self._events, self._kinds = EventRows(table), EventKinds(plan, table)

    def __call__(self, batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
        return self._kinds(self._events(batch, before).select(["type", "properties", "row"]))


class _Trimmed:
    """Reads rows of a CSV file as DuckDB's engine gets them."""

    def __init__(self, make: Callable[[], Rows]) -> None:
        self._rows = make()

    def __call__(self, batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
        return self._rows(trimmed(batch), before)

"""The bulk engine for what outgrows one machine: Spark runs the same reading functions and the same SQL.

Rows are read by the functions of ``rows`` on the executors; ``sql`` is translated by SQLGlot.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlglot
from pyspark.sql import DataFrame, SparkSession

from features.agreement import Agreement
from features.catalog import Feature
from features.engines.asked import SNAPSHOTS, Moments, snapshots_of
from features.engines.cluster import SPARK_ERRORS, local_session, mapped, quiet, spark_schema, told
from features.engines.files import BATCH, is_csv, separator
from features.engines.kinds import EventKinds
from features.engines.places import Place
from features.engines.plan import Plan
from features.engines.results import Result
from features.engines.rows import ACCOUNT_FROM, KNOWN_FROM, VALID_FROM, AccountRows, EventRows, Rows, StageRows
from features.engines.sources import Source, Tables, opened
from features.engines.spark_rows import EventsAndKinds, Reading, Then, Trimmed, holds, reading_leads
from features.engines.sql import features_sql
from features.engines.sql_known import Held
from features.engines.versions import CONTRADICTING, JOINED, LEAD, refuse_contradiction, version
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
        self._on_executors: list[Reading] = []

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
        held = self._leads(plan, tables)
        if plan.measured:
            ids, late = self._events(plan, tables, until)
            held = held._replace(ids=ids, late=late)
        if plan.reads_stages:
            self._stages(tables.outcomes)
        first, last = self._snapshots(moments)
        query = features_sql(plan, held, first=first, last=last)
        return self._session.sql(sqlglot.transpile(query, read="duckdb", write="spark")[0])

    def measured_then(
        self, plan: Plan, tables: Tables, as_of: int, then: Callable[[], Rows], schema: pa.Schema
    ) -> DataFrame:
        """What a function makes of the batches of ``measured``; ``then`` makes it on the executor.

        Where nothing but fields of a file is read, rows are read and mapped in one pass.
        """
        one_pass = plan.reads_only_fields and isinstance(tables.leads, Path)
        if not one_pass or holds(tables.leads, VALID_FROM, dated=tables.dated):
            with quiet():
                return self.measured(plan, tables, as_of).mapInArrow(mapped(then), spark_schema(schema))
        reading = reading_leads(plan, tables)
        self._refuse_twice(self._frame(reading_leads(Plan([]), tables), tables.id_column), reading)
        return self._frame(reading._replace(make=partial(Then, reading.make, plan, as_of, then), schema=schema))

    def _leads(self, plan: Plan, tables: Tables) -> Held:
        """Make the view ``leads``, and ``versions`` of their profiles; which of both the tables hold."""
        reading = reading_leads(plan, tables)
        versions = holds(tables.leads, VALID_FROM, dated=tables.dated)
        brought = self._keep(self._frame(reading).drop("row"))
        if versions:
            brought.createOrReplaceTempView("brought")
            self._refuse_contradictions(reading)
            leads = f"SELECT lead_id AS lead, {LEAD} FROM brought GROUP BY lead_id"
            self._session.sql(leads).createOrReplaceTempView("leads")
            changed = f"SELECT b.lead_id AS lead, {version(plan)} FROM brought AS b"
            self._session.sql(changed).createOrReplaceTempView("versions")
        else:
            brought.selectExpr("*", "lead_id AS lead").createOrReplaceTempView("leads")
            self._refuse_twice(brought, reading)
        return Held(versions=versions, members=self._members(tables) if plan.reads_accounts else False)

    def _members(self, tables: Tables) -> bool:
        """Make the view ``members``; False where every lead always was of its account."""
        if tables.accounts is not None:
            reading = Reading(tables.accounts, "accounts", AccountRows, AccountRows.schema)
            self._frame(reading).createOrReplaceTempView("joining")
            self._refuse_unknown_leads("joining", reading)
            query = "SELECT lead_id AS lead, account, since, until FROM joining"
        elif holds(tables.leads, ACCOUNT_FROM, dated=tables.dated):
            query = JOINED
        else:
            return False
        self._session.sql(query).createOrReplaceTempView("members")
        return True

    def _refuse_contradictions(self, reading: Reading) -> None:
        found = self._first(f"{CONTRADICTING} ORDER BY lead_id LIMIT 1")
        if found:
            refuse_contradiction(*reading.of_lead(found[0]))

    def _refuse_twice(self, leads: DataFrame, reading: Reading) -> None:
        twice = leads.groupBy("lead_id").count().where("count > 1").first()
        if twice:
            where = " and ".join(islice(reading.rows_of(twice[0]), 2))
            raise DataError(f"the lead '{twice[0]}' stands twice", where=where, do="keep one row a lead")

    def _events(self, plan: Plan, tables: Tables, until: int | None) -> tuple[bool, bool]:
        """Make the views ``events`` and ``kinds``; whether events have ids, and whether some were known late."""
        table = EventRows.nothing if tables.events is None else tables.events
        reading = Reading(table, "events", partial(EventRows, until=until), EventRows.schema)
        self._frame(reading).createOrReplaceTempView("came")
        self._refuse_unknown_leads("came", reading)
        read = partial(EventKinds, plan, lenient=tables.lenient)
        self._on_executors.append(reading._replace(make=partial(EventsAndKinds, plan, lenient=tables.lenient)))
        distinct = self._session.sql(
            "SELECT type, COALESCE(properties, '') AS properties, MIN(row) AS row FROM came GROUP BY 1, 2"
        )
        with quiet():
            place = Place("events")
            kinds = distinct.mapInArrow(mapped(partial(read, place)), spark_schema(read(place).schema))
        self._keep(kinds).createOrReplaceTempView("kinds")
        self._session.sql(
            "SELECT lead_id, event_id, t, COALESCE(known, t) AS known, type, "
            "COALESCE(properties, '') AS properties FROM came"
        ).createOrReplaceTempView("events")
        ids = self._first("SELECT 1 FROM came WHERE event_id IS NOT NULL LIMIT 1") is not None
        return ids, holds(table, KNOWN_FROM)

    def _stages(self, source: Source | None) -> None:
        table = StageRows.nothing if source is None else source
        reading = Reading(table, "outcomes", StageRows, StageRows.schema)
        self._frame(reading).createOrReplaceTempView("changed")
        self._refuse_unknown_leads("changed", reading)
        self._session.sql("SELECT lead_id AS lead, t, stage, known FROM changed").createOrReplaceTempView("stages")

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

    def _frame(self, reading: Reading, *columns: str) -> DataFrame:
        """A source as read; ``columns``: those that it is read from, if not all."""
        if not isinstance(reading.source, Path):
            return self._table(reading.read())
        self._on_executors.append(reading)
        make = partial(reading.make, Place(reading.source.name))
        with quiet():
            frame = self._file(reading.source)
            frame = frame.select(*(f"`{c}`" for c in columns)) if columns else frame
            run = mapped(partial(Trimmed, make) if is_csv(reading.source) else make)
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

    def _refuse_unknown_leads(self, table: str, reading: Reading) -> None:
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

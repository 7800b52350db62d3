"""The bulk engine for what outgrows one machine: Spark runs the same reading functions and the same SQL.

Rows are read by the functions of ``rows`` on the executors; ``sql`` is translated by SQLGlot. The executors need
this package and pyarrow.
"""

import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlglot
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from features.agreement import Agreement
from features.catalog import Feature
from features.engines.plan import Plan
from features.engines.results import Result, snapshots_of
from features.engines.rows import EventKinds, EventRows, LeadRows, StageRows
from features.engines.sources import Source, Tables, opened, separator
from features.engines.sql import features_sql
from features.errors import ConfigError, DataError, LeadscoreError

Rows = Callable[[pa.RecordBatch, int], pa.RecordBatch]

_MARK = "leadscore-error:"
_SPARK_TYPES = {pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double"}


def local_session(master: str = "local[*]", memory: str = "2g", shuffles: int = 8) -> SparkSession:
    """The Spark session that runs already (``spark-submit``, a notebook), else one on this machine.

    master: as Spark writes it; memory: of the driver, and of each executor; shuffles: partitions after a shuffle
    Raises ConfigError where there is no Java.
    """
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    if shutil.which("java") is None:
        raise ConfigError(
            "Spark needs Java, and none is found", allowed="Java 17 or 21", do="install it, or use --engine duckdb"
        )
    builder = SparkSession.builder.master(master).appName("leadscore")
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.executor.memory": memory,
        "spark.sql.shuffle.partitions": str(shuffles),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "true" if sys.stderr.isatty() else "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the workers are whatever ``python3`` is
    with quiet():
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


class SparkEngine:
    """Reads features of many leads on a Spark cluster; ``session``: its own, or one on this machine."""

    def __init__(self, session: SparkSession | None = None) -> None:
        self._session = (session or local_session()).newSession()
        self._session.conf.set("spark.sql.session.timeZone", "UTC")

    def read(
        self,
        features: Sequence[Feature],
        tables: Tables,
        moments: int | pa.Table,
        *,
        missing: Iterable[str] = (),
        agreement: Agreement | None = None,
        until: int | None = None,
    ) -> Iterator[Result]:
        """As ``DuckEngine.read``; the results come to the driver."""
        plan = Plan(features, missing, agreement)
        with told():
            found = self.measured(plan, tables, moments, until).orderBy("s").toArrow()
        for batch in found.to_batches():
            yield Result.of(batch, plan)

    def measured(self, plan: Plan, tables: Tables, moments: int | pa.Table, until: int | None = None) -> DataFrame:
        """A Spark frame with the columns ``s``, ``lead``, ``as_of``, ``f0``, ``f1``, ...

        Raises DataError for what can be seen before anything is measured; the rest raises when the frame is used
        (inside ``told`` as DataError).
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

    def _leads(self, plan: Plan, tables: Tables) -> None:
        name = _name(tables.leads, "leads")
        make = partial(LeadRows, plan, tables.id_column, tables.account, name)
        leads = (
            self._rows(tables.leads, "leads", make, make().schema)
            .drop("row")
            .selectExpr("*", "lead_id AS lead")
            .persist()
        )
        leads.createOrReplaceTempView("leads")
        twice = self._first("SELECT lead FROM leads GROUP BY lead HAVING count(*) > 1 LIMIT 1")
        if twice:
            raise DataError(f"the lead '{twice[0]}' stands twice", where=name, do="keep one row a lead")

    def _events(self, plan: Plan, source: Source | None, until: int | None) -> bool:
        """Make the views ``events`` and ``kinds``; whether events have ids."""
        name = "events" if source is None else _name(source, "events")
        came = self._table(source, "events", partial(EventRows, name, until), EventRows.schema)
        came.createOrReplaceTempView("came")
        self._refuse_unknown_leads("came", name)
        distinct = self._session.sql(
            "SELECT type, COALESCE(properties, '') AS properties, MIN(row) AS row FROM came GROUP BY 1, 2"
        )
        read = partial(EventKinds, plan, name)
        with quiet():
            kinds = distinct.mapInArrow(mapped(read), spark_schema(read().schema))
        kinds.persist().createOrReplaceTempView("kinds")
        self._session.sql(
            "SELECT lead_id, event_id, t, type, COALESCE(properties, '') AS properties FROM came"
        ).createOrReplaceTempView("events")
        return self._first("SELECT 1 FROM came WHERE event_id IS NOT NULL LIMIT 1") is not None

    def _stages(self, source: Source | None) -> None:
        name = "outcomes" if source is None else _name(source, "outcomes")
        changed = self._table(source, "outcomes", partial(StageRows, name), StageRows.schema)
        changed.createOrReplaceTempView("changed")
        self._refuse_unknown_leads("changed", name)
        self._session.sql("SELECT lead_id AS lead, t, stage FROM changed").createOrReplaceTempView("stages")

    def _snapshots(self, moments: int | pa.Table) -> tuple[int, int]:
        if isinstance(moments, int):
            at = f"SELECT lead AS s, lead, CAST({moments} AS BIGINT) AS as_of FROM leads"
            self._session.sql(at).createOrReplaceTempView("snapshots")
            return moments, moments
        asked = snapshots_of(moments)
        if len(asked) == 0:
            self._empty(asked.schema).withColumnRenamed("lead_id", "lead").createOrReplaceTempView("snapshots")
            return 0, 0
        frame = self._session.createDataFrame(asked).withColumnRenamed("lead_id", "lead")
        frame.createOrReplaceTempView("snapshots")
        if self._first("SELECT 1 FROM snapshots WHERE lead NOT IN (SELECT lead FROM leads) LIMIT 1"):
            raise DataError("snapshots of leads that are not in the table of leads", where="snapshots")
        at_all = asked.column("as_of").to_numpy()
        return int(at_all.min()), int(at_all.max())

    def _table(self, source: Source | None, what: str, make: Callable[[], Rows], schema: pa.Schema) -> DataFrame:
        return self._empty(schema) if source is None else self._rows(source, what, make, schema)

    def _rows(self, source: Source, what: str, make: Callable[[], Rows], schema: pa.Schema) -> DataFrame:
        """A source as read on the executors."""
        with quiet():
            return self._open(source, what).mapInArrow(mapped(make), spark_schema(schema))

    def _open(self, source: Source, what: str) -> DataFrame:
        if isinstance(source, Path):
            if not source.exists():
                raise DataError("there is no such file", where=str(source))
            if source.name.endswith((".csv", ".csv.gz")):
                options: dict[str, Any] = {"header": True, "sep": separator(source), "multiLine": True, "escape": '"'}
                return self._session.read.csv(str(source), **options)
            return self._session.read.parquet(str(source))
        batches = list(opened(source, what).batches)
        if not batches:
            return self._empty(pa.schema([(c, pa.string()) for c in opened(source, what).columns]))
        return self._session.createDataFrame(pa.Table.from_batches(batches))

    def _empty(self, schema: pa.Schema) -> DataFrame:
        return self._session.createDataFrame([], spark_schema(schema))

    def _refuse_unknown_leads(self, table: str, name: str) -> None:
        found = self._first(
            f"SELECT COUNT(DISTINCT a.lead_id), MIN(a.lead_id) FROM {table} AS a "
            "LEFT ANTI JOIN leads AS l ON l.lead_id = a.lead_id"
        )
        if found and found[0]:
            what = f"{found[0]} lead(s) stand here but not in the table of leads"
            raise DataError(what, where=name, got=f"such as {found[1]}")

    def _first(self, query: str) -> Any:
        return self._session.sql(query).first()


def _name(source: Source, otherwise: str) -> str:
    return source.name if isinstance(source, Path) else otherwise


def spark_schema(schema: pa.Schema) -> str:
    """An Arrow schema as Spark writes it."""
    kinds = [_SPARK_TYPES.get(f.type, "decimal(22, 0)") for f in schema]
    return ", ".join(f"`{f.name}` {kind}" for f, kind in zip(schema, kinds, strict=True))


def mapped(make: Callable[[], Rows]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function over batches for ``mapInArrow``; made on the executor, whose errors travel to the driver as JSON."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            rows = make()
            for batch in batches:
                yield rows(batch, 0)
        except LeadscoreError as error:
            raise RuntimeError(f"{_MARK}{json.dumps(error.parts())}\n") from None

    return run


@contextmanager
def told() -> Iterator[None]:
    """Turns what an executor raised back into the DataError that it is."""
    try:
        yield
    except PySparkException as error:
        _, found, rest = str(error).partition(_MARK)
        if not found:
            raise
        raise DataError(**json.loads(rest.partition("\n")[0])) from None


@contextmanager
def quiet() -> Iterator[None]:
    """PySpark 4 warns of pandas 3, which is not used here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
        yield

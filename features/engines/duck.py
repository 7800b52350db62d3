"""The bulk engine on one machine: DuckDB, which streams, uses every core and spills to disk."""

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.agreement import Agreement
from features.catalog import Feature
from features.engines.plan import Plan
from features.engines.results import Result, snapshots_of
from features.engines.rows import EventKinds, EventRows, LeadRows, StageRows
from features.engines.sources import Opened, Source, Tables, opened
from features.engines.sql import features_sql
from features.errors import DataError, LeadscoreError

Step = Callable[[str, int, int], None]
Rows = Callable[[pa.RecordBatch, int], pa.RecordBatch]

ROWS_OUT = 65_536
POLL_SECONDS = 0.2


class DuckEngine:
    """Reads features of many leads.

    memory_limit: as DuckDB writes it ("4GB"); without it, DuckDB's default of 80 % of the machine's
    threads: without it, one a core
    spill: the folder for what does not fit into memory; without it, the system's temporary one
    spill_limit: the most that may be spilled
    step: told of progress as ``step(what, done, of)``
    """

    def __init__(
        self,
        *,
        memory_limit: str | None = None,
        threads: int | None = None,
        spill: Path | None = None,
        spill_limit: str | None = None,
        step: Step = lambda *_: None,
    ) -> None:
        self._settings = {"memory_limit": memory_limit, "threads": threads, "max_temp_directory_size": spill_limit}
        self._spill, self._step = spill, step

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
        """The features of every lead as of one moment, or of the snapshots (``lead_id``, ``as_of``) of a table.

        Results come in batches, in the order of the leads or of the snapshots.
        missing: texts that mean "unknown"; agreement: whose points features read; until: no event is later
        Raises DataError naming the table and the row of what cannot be read, or when there is no room to spill.
        """
        plan = Plan(features, missing, agreement)
        with self._connection() as connection:
            yield from _Run(connection, plan, tables, self._step).results(moments, until)

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with tempfile.TemporaryDirectory(prefix="leadscore-", dir=self._spill) as folder:
            settings: Any = {k: v for k, v in self._settings.items() if v is not None}
            settings |= {"temp_directory": folder, "preserve_insertion_order": False}
            connection = duckdb.connect(config=settings)
            try:
                yield connection
            except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
                raise _no_room(error, folder) from None
            finally:
                connection.close()


def _no_room(error: duckdb.Error, folder: str) -> DataError:
    return DataError(
        "there is no room to work in: memory is used up, and spilling to disk failed",
        where=folder,
        got=str(error).strip().partition("\n")[0][:200],
        do="free disk space, name a larger folder to spill to, or raise the memory limit",
    )


class _Run:
    """One reading: the tables brought in, checked, measured."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, plan: Plan, tables: Tables, step: Step) -> None:
        self._duck, self._plan, self._tables, self._step = connection, plan, tables, step

    def results(self, moments: int | pa.Table, until: int | None) -> Iterator[Result]:
        """As ``DuckEngine.read``."""
        self._bring_leads()
        ids = self._bring_events(until) if self._plan.measured else False
        if self._plan.reads_stages:
            self._bring_stages()
        first, last, n = self._bring_snapshots(moments)
        if n == 0:
            return
        query = features_sql(self._plan, ids=ids, first=first, last=last)
        self._run(f"CREATE TABLE result AS {query}", "measuring")
        reader = self._batches(
            "SELECT result.* REPLACE (l.lead_id AS lead) FROM result JOIN leads AS l USING (lead) ORDER BY s"
        )
        done = 0
        for batch in reader:
            done += len(batch)
            self._step("reading out", done, n)
            yield Result.of(batch, self._plan)

    def _bring_leads(self) -> None:
        name = "leads"
        source = opened(self._tables.leads, name)
        rows = LeadRows(self._plan, self._tables.id_column, self._tables.account, source.name)
        self._insert("brought", source, rows, rows.schema, "reading leads")
        self._duck.execute(
            "CREATE TABLE leads AS SELECT CAST(row - 1 AS INTEGER) AS lead, * EXCLUDE (row) FROM brought; "
            "DROP TABLE brought"
        )
        twice = self._one(
            "SELECT lead_id, list(lead ORDER BY lead) FROM leads GROUP BY lead_id HAVING count(*) > 1 LIMIT 1"
        )
        if twice:
            raise DataError(
                f"the lead '{twice[0]}' stands twice",
                where=f"{source.name}, rows {' and '.join(str(r + 1) for r in twice[1][:2])}",
                do="keep one row a lead",
            )

    def _bring_events(self, until: int | None) -> bool:
        """Make ``kinds`` and ``events``; whether events have ids."""
        if self._tables.events is None:
            self._duck.execute(
                "CREATE TABLE came (lead_id VARCHAR, event_id VARCHAR, t BIGINT, type VARCHAR, "
                "properties VARCHAR, row BIGINT)"
            )
            name = "events"
        else:
            name = self._events_as_they_came(self._tables.events, until)
        self._refuse_unknown_leads("came", name)
        self._bring_kinds(name)
        self._duck.execute(
            "CREATE VIEW events AS SELECT lead_id, event_id, t, type, COALESCE(properties, '') AS properties FROM came"
        )
        found = self._one("SELECT 1 FROM came WHERE event_id IS NOT NULL LIMIT 1")
        return found is not None

    def _events_as_they_came(self, source: Source, until: int | None) -> str:
        native = _native(source)
        if native is None:
            found = opened(source, "events")
            rows = EventRows(found.name, until)
            self._insert("came", found, rows, rows.schema, "reading events")
            return found.name
        path, selected = native
        self._duck.execute(f"CREATE VIEW came AS {selected}")
        self._refuse_rows(path, until)
        return path

    def _refuse_rows(self, name: str, until: int | None) -> None:
        """What ``EventRows`` refuses, where DuckDB reads the file itself."""
        late = "" if until is None else f" OR t > {until}"
        wrong = f"lead_id IS NULL OR type IS NULL OR t IS NULL{late}"
        found = self._one(f"SELECT min(row) FROM came WHERE {wrong}")
        if found is None or found[0] is None:
            return
        wrong = f"SELECT lead_id, event_id, make_timestamp(t) AS at, type, properties FROM came WHERE row = {found[0]}"
        batch = next(self._batches(wrong))
        EventRows(name, until)(batch, int(found[0]) - 2)

    def _refuse_unknown_leads(self, table: str, name: str) -> None:
        found = self._one(
            f"SELECT count(DISTINCT lead_id), min(row), arg_min(lead_id, row) FROM {table} "
            "WHERE lead_id NOT IN (SELECT lead_id FROM leads)"
        )
        if found and found[0]:
            what = f"{found[0]} lead(s) stand here but not in the table of leads"
            raise DataError(what, where=f"{name}, row {found[1]}", got=f"such as {found[2]}")

    def _bring_kinds(self, name: str) -> None:
        """Make ``kinds``: what each distinct type with its properties says."""
        read = EventKinds(self._plan, name)
        distinct = "SELECT type, COALESCE(properties, '') AS properties, min(row) AS row FROM came GROUP BY ALL"
        self._run(f"CREATE TABLE distinct_kinds AS {distinct}", "reading event types")
        reader = self._batches("SELECT * FROM distinct_kinds")
        self._insert("kinds", Opened(name, [], reader), read, read.schema, "")

    def _bring_stages(self) -> None:
        rows: StageRows
        if self._tables.outcomes is None:
            self._duck.execute("CREATE TABLE stages (lead INTEGER, t BIGINT, stage VARCHAR)")
            return
        source = opened(self._tables.outcomes, "outcomes")
        rows = StageRows(source.name)
        self._insert("changed", source, rows, rows.schema, "reading outcomes")
        self._refuse_unknown_leads("changed", source.name)
        self._duck.execute(
            "CREATE TABLE stages AS SELECT l.lead, o.t, o.stage FROM changed AS o JOIN leads AS l USING (lead_id)"
        )

    def _bring_snapshots(self, moments: int | pa.Table) -> tuple[int, int, int]:
        """Make ``snapshots``; the earliest and the latest moment, and how many there are."""
        if isinstance(moments, int):
            self._duck.execute(
                f"CREATE TABLE snapshots AS SELECT lead AS s, lead, CAST({moments} AS BIGINT) AS as_of FROM leads"
            )
        else:
            self._duck.register("asked", snapshots_of(moments))
            self._duck.execute(
                "CREATE TABLE snapshots AS SELECT a.s, l.lead, a.as_of FROM asked AS a JOIN leads AS l USING (lead_id)"
            )
            self._duck.unregister("asked")
        found = self._one("SELECT min(as_of), max(as_of), count(*) FROM snapshots")
        first, last, n = found if found else (None, None, 0)
        if not isinstance(moments, int) and n != len(moments):
            raise DataError("snapshots of leads that are not in the table of leads", where="snapshots")
        return first or 0, last or 0, n

    def _insert(self, table: str, source: Opened, rows: Rows, schema: pa.Schema, what: str) -> None:
        """A table of the batches of a source as read; what a batch raises is raised here."""
        raised: list[LeadscoreError] = []

        def batches() -> Iterator[pa.RecordBatch]:
            done = 0
            try:
                for batch in source.batches:
                    yield rows(batch, done)
                    done += len(batch)
                    if what:
                        self._step(what, done, 0)
            except LeadscoreError as error:
                raised.append(error)
                raise

        reader = pa.RecordBatchReader.from_batches(schema, batches())
        self._duck.register("arriving", reader)
        try:
            self._duck.execute(f"CREATE TABLE {table} AS SELECT * FROM arriving")
        except duckdb.Error:
            if raised:
                raise raised[0] from None
            raise
        finally:
            self._duck.unregister("arriving")

    def _one(self, query: str) -> tuple[Any, ...] | None:
        """The first row of a query, if any."""
        rows = self._duck.execute(query).fetchall()
        return rows[0] if rows else None

    def _batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query in batches, on a connection of its own: others can run while it is read."""
        cursor = self._duck.cursor()
        try:
            yield from cursor.sql(query).to_arrow_reader(ROWS_OUT)
        finally:
            cursor.close()

    def _run(self, query: str, what: str) -> None:
        """Run a long query, telling how far it is."""
        done = threading.Event()

        def tell() -> None:
            while not done.wait(POLL_SECONDS):
                self._step(what, max(0, round(self._duck.query_progress())), 100)

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        try:
            self._duck.execute(query)
        finally:
            done.set()
            teller.join()
        self._step(what, 100, 100)


def _native(source: Source) -> tuple[str, str] | None:
    """The query by which DuckDB reads a Parquet file of events itself, where its columns are of the right types."""
    if not isinstance(source, Path) or source.suffix != ".parquet" or not source.is_file():
        return None
    schema = pq.read_schema(source)
    types = {name: schema.field(name).type for name in schema.names}
    texts = ("lead_id", "type", *(c for c in ("event_id", "properties") if c in types))
    if not all(c in types and (pa.types.is_string(types[c]) or pa.types.is_large_string(types[c])) for c in texts):
        return None
    if "at" not in types or not pa.types.is_timestamp(types["at"]) or types["at"].unit not in ("us", "ms"):
        return None
    optional = [c if c in types else f"CAST(NULL AS VARCHAR) AS {c}" for c in ("event_id", "properties")]
    path = str(source).replace("'", "''")
    selected = (
        f'SELECT lead_id, {optional[0]}, epoch_us("at") AS t, type, {optional[1]}, file_row_number + 2 AS row '
        f"FROM read_parquet('{path}', file_row_number = true)"
    )
    return source.name, selected

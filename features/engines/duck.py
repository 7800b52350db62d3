"""The bulk engine on one machine: DuckDB, which streams, uses every core and spills to disk."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.agreement import Agreement
from features.catalog import Feature
from features.engines.asked import SNAPSHOTS, Moments, snapshots_of
from features.engines.connection import Connection, Step, connected
from features.engines.kinds import EventKinds
from features.engines.native import native_events
from features.engines.places import HEADER, Opened, Place
from features.engines.plan import Plan
from features.engines.results import Result, joined
from features.engines.rows import ACCOUNT_FROM, VALID_FROM, AccountRows, EventRows, LeadRows, StageRows
from features.engines.sources import Source, Tables, opened
from features.engines.sql import features_sql
from features.engines.sql_known import Held
from features.engines.times import FIRST, LAST
from features.engines.versions import CONTRADICTING, JOINED, LEAD, refuse_contradiction, rows_of, version
from features.errors import DataError


class DuckEngine:
    """Reads features of many leads.

    memory_limit: as DuckDB writes it ("4GB"); without it, DuckDB's default of 80 % of the machine's
    threads: without it, one a core
    spill: the folder for what does not fit into memory; without it, the system's temporary one
    spill_limit: the most that may be spilled
    step: told of progress as ``step(what, done, of)``; what it raises ends the reading
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
        moments: Moments,
        *,
        missing: Iterable[str] = (),
        agreement: Agreement | None = None,
        until: int | None = None,
    ) -> Iterator[Result]:
        """The features of every lead as of one moment, or of the snapshots (``lead_id``, ``as_of``) of a table.

        Results come in batches, in the order of the leads or of the snapshots.
        missing: texts that mean "unknown"; agreement: whose points features read; until: no event is later
        Raises DataError naming the table and the row of what cannot be read, or when there is no room to spill;
        ConfigError for settings that DuckDB refuses.
        """
        plan = Plan(features, missing, agreement)
        with connected(self._settings, self._spill, self._step) as connection:
            yield from _Run(connection, plan, tables, self._step).results(moments, until)


class _Run:
    """One reading: the tables brought in, checked, measured."""

    def __init__(self, connection: Connection, plan: Plan, tables: Tables, step: Step) -> None:
        self._duck, self._plan, self._tables, self._step = connection, plan, tables, step

    def results(self, moments: Moments, until: int | None) -> Iterator[Result]:
        """As ``DuckEngine.read``."""
        held = self._bring_leads()
        if self._plan.measured:
            ids, late = self._bring_events(until)
            held = held._replace(ids=ids, late=late)
        if self._plan.reads_stages:
            self._bring_stages()
        first, last, n = self._bring_snapshots(moments)
        if n == 0:
            return
        query = features_sql(self._plan, held, first=first, last=last)
        self._duck.run(f"CREATE TABLE result AS {query}", "measuring")
        reader = self._duck.batches(
            "SELECT result.* REPLACE (l.lead_id AS lead) FROM result JOIN leads AS l USING (lead) ORDER BY s"
        )
        done = 0
        for batch in reader:
            done += len(batch)
            self._step("reading out", done, n)
            yield Result.of(batch, self._plan)

    def _bring_leads(self) -> Held:
        """Make ``leads``, and ``versions`` of their profiles; which of both the tables hold."""
        tables = self._tables
        source = opened(tables.leads, "leads")
        rows = LeadRows(
            self._plan, tables.id_column, tables.account, source.name, dated=tables.dated, lenient=tables.lenient
        )
        self._duck.insert("brought", source, rows, rows.schema, "reading leads")
        versions = tables.dated and VALID_FROM in source.columns
        if versions:
            self._bring_versions(source.name)
        else:
            self._bring_lead_a_row(source.name)
        self._duck.execute("DROP TABLE brought")
        return Held(versions=versions, members=self._bring_members(source) if self._plan.reads_accounts else False)

    def _bring_members(self, leads: Opened) -> bool:
        """Make ``members``; False where every lead always was of its account."""
        if self._tables.accounts is not None:
            found = opened(self._tables.accounts, "accounts")
            self._duck.insert("joining", found, AccountRows(found.name), AccountRows.schema, "reading accounts")
            self._refuse_unknown_leads("joining", found.name)
            query = "SELECT l.lead, a.account, a.since, a.until FROM joining AS a JOIN leads AS l USING (lead_id)"
        elif self._tables.dated and ACCOUNT_FROM in leads.columns:
            query = JOINED
        else:
            return False
        self._duck.execute(f"CREATE TABLE members AS {query}")
        return True

    def _bring_lead_a_row(self, table: Place) -> None:
        self._duck.execute(
            f"CREATE TABLE leads AS SELECT CAST(row - {HEADER - 1} AS INTEGER) AS lead, * EXCLUDE (row, valid_from) "
            "FROM brought"
        )
        twice = self._duck.one(
            "SELECT lead_id, list(lead ORDER BY lead) FROM leads GROUP BY lead_id HAVING count(*) > 1 "
            "ORDER BY min(lead) LIMIT 1"
        )
        if twice:
            where = " and ".join(table.row(lead + HEADER - 1) for lead in twice[1][:2])
            raise DataError(f"the lead '{twice[0]}' stands twice", where=where, do="keep one row a lead")

    def _bring_versions(self, table: Place) -> None:
        found = self._duck.one(f"{CONTRADICTING} ORDER BY MIN(row) LIMIT 1")
        if found:
            rows = self._duck.batches(f"SELECT * FROM brought {rows_of(found[0])} ORDER BY row")
            refuse_contradiction(pa.Table.from_batches(rows), table)
        self._duck.execute(
            f"CREATE TABLE leads AS SELECT CAST(MIN(row) - {HEADER - 1} AS INTEGER) AS lead, {LEAD} FROM brought "
            "GROUP BY lead_id"
        )
        self._duck.execute(
            f"CREATE TABLE versions AS SELECT l.lead, {version(self._plan)} "
            "FROM brought AS b JOIN leads AS l ON l.lead_id = b.lead_id"
        )

    def _bring_events(self, until: int | None) -> tuple[bool, bool]:
        """Make ``kinds`` and ``events``; whether events have ids, and whether some were known late."""
        source = self._tables.events
        native = None if source is None else native_events(source)
        if native is None:
            name = self._insert_events(source, until)
        else:
            name = native.name
            self._duck.execute(f"CREATE VIEW came AS {native.query}")
            self._refuse_rows(name, until)
        self._refuse_unknown_leads("came", name)
        self._bring_kinds(name)
        self._duck.execute(
            "CREATE VIEW events AS SELECT lead_id, event_id, t, COALESCE(known, t) AS known, type, "
            "COALESCE(properties, '') AS properties FROM came"
        )
        ids, late = (
            self._duck.one(f"SELECT 1 FROM came WHERE {column} IS NOT NULL LIMIT 1") is not None
            for column in ("event_id", "known")
        )
        return ids, late

    def _insert_events(self, source: Source | None, until: int | None) -> Place:
        found = opened(EventRows.nothing if source is None else source, "events")
        self._duck.insert("came", found, EventRows(found.name, until), EventRows.schema, "reading events")
        return found.name

    def _refuse_rows(self, name: Place, until: int | None) -> None:
        """What ``EventRows`` refuses, where DuckDB reads the file itself."""
        last = LAST if until is None else until
        wrong = f"lead_id IS NULL OR type IS NULL OR t IS NULL OR t NOT BETWEEN {FIRST} AND {last}"
        found = self._duck.one(f"SELECT min(row) FROM came WHERE {wrong}")
        if found is None or found[0] is None:
            return
        row = f"SELECT lead_id, event_id, make_timestamp(t) AS at, type, properties FROM came WHERE row = {found[0]}"
        EventRows(name, until)(next(self._duck.batches(row)), int(found[0]) - HEADER)

    def _refuse_unknown_leads(self, table: str, name: Place) -> None:
        found = self._duck.one(
            f"SELECT count(DISTINCT lead_id), min(row), arg_min(lead_id, row) FROM {table} "
            "WHERE lead_id NOT IN (SELECT lead_id FROM leads)"
        )
        if found and found[0]:
            what = f"{found[0]} lead(s) stand here but not in the table of leads"
            raise DataError(what, where=name.row(found[1], "lead_id"), got=f"such as {found[2]}")

    def _bring_kinds(self, name: Place) -> None:
        """Make ``kinds``: what each distinct type with its properties says."""
        read = EventKinds(self._plan, name, lenient=self._tables.lenient)
        distinct = "SELECT type, COALESCE(properties, '') AS properties, min(row) AS row FROM came GROUP BY ALL"
        self._duck.run(f"CREATE TABLE distinct_kinds AS {distinct}", "reading event types")
        reader = (batch for batch in self._duck.batches("SELECT * FROM distinct_kinds ORDER BY row"))
        self._duck.insert("kinds", Opened(name, [], reader), read, read.schema)

    def _bring_stages(self) -> None:
        source = self._tables.outcomes
        found = opened(StageRows.nothing if source is None else source, "outcomes")
        self._duck.insert("changed", found, StageRows(found.name), StageRows.schema, "reading outcomes")
        self._refuse_unknown_leads("changed", found.name)
        self._duck.execute(
            "CREATE TABLE stages AS SELECT l.lead, o.t, o.stage, o.known "
            "FROM changed AS o JOIN leads AS l USING (lead_id)"
        )

    def _bring_snapshots(self, moments: Moments) -> tuple[int, int, int]:
        """Make ``snapshots``; the earliest and the latest moment, and how many there are."""
        if isinstance(moments, int):
            self._duck.execute(
                f"CREATE TABLE snapshots AS SELECT lead AS s, lead, CAST({moments} AS BIGINT) AS as_of FROM leads"
            )
        else:
            self._insert_snapshots(snapshots_of(moments))
        found = self._duck.one("SELECT min(as_of), max(as_of), count(*) FROM snapshots")
        first, last, n = found if found else (None, None, 0)
        return first or 0, last or 0, n

    def _insert_snapshots(self, asked: pa.Table) -> None:
        batches = (batch for batch in asked.to_batches())
        self._duck.insert("asked", Opened(SNAPSHOTS, [], batches), lambda batch, _: batch, asked.schema)
        self._refuse_unknown_leads("asked", SNAPSHOTS)
        self._duck.execute(
            "CREATE TABLE snapshots AS SELECT a.s, l.lead, a.as_of FROM asked AS a JOIN leads AS l USING (lead_id)"
        )


def read_frame(features: Sequence[Feature], tables: Tables, moments: Moments, **how: Any) -> pa.Table:
    """The features of leads in one table; ``.to_pandas()`` makes it a frame. As ``DuckEngine.read``, ``how`` too.

    >>> from features.catalog import Source
    >>> staff = Feature(name="staff", label="staff", kind="fit", type="number", source=Source(field="employees"))
    >>> leads = pa.table({"lead_id": ["L-1"], "employees": ["320"]})
    >>> read_frame([staff], Tables(leads), 0).to_pylist()[0]["staff"]
    320.0
    """
    return joined(DuckEngine().read(features, tables, moments, **how), features)

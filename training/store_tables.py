"""The store of the lead process, copied as it is at one moment into files of the data contract.

Everything is read in one transaction, so that leads, events and outcomes are of one state, however much is written
meanwhile, and the store is busy with it once, however often training reads.
"""

import json
import shutil
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection

from features.engines.databases import Rows, connected, streamed
from features.engines.rows import ACCOUNT_FROM, VALID_FROM
from training.store_profiles import Profiles

Step = Callable[[str, int, int], None]
_TIME = pa.timestamp("us", "UTC")


class _Copying(NamedTuple):
    """One table: the query, the columns that it gives, and by which they are sorted if not by the query."""

    what: str
    query: str
    schema: pa.Schema
    by: tuple[str, ...] = ()


def _columns(texts: str, times: str) -> pa.Schema:
    return pa.schema([*((name, pa.string()) for name in texts.split()), *((name, _TIME) for name in times.split())])


_LEADS = _Copying(
    "leads",
    """SELECT l.lead_id, l.created_at, COALESCE(v.valid_from, l.created_at), COALESCE(v.profile, '{}')
    FROM leads AS l LEFT JOIN profile_versions AS v ON v.lead_id = l.lead_id""",
    _columns("lead_id", "created_at valid_from"),
    ("created_at", "lead_id", VALID_FROM),
)
_EVENTS = _Copying(
    "events",
    """SELECT message_id, lead_id, type, properties, "at", known_from
    FROM events WHERE lead_id IS NOT NULL ORDER BY seq""",
    _columns("event_id lead_id type properties", "at known_from"),
)
_OUTCOMES = _Copying(
    "changes of stage",
    """SELECT lead_id, stage, reason, "by", "at", known_from FROM stage_changes WHERE program = {} ORDER BY id""",
    _columns("lead_id stage reason by", "at known_from"),
)
_ACCOUNTS = _Copying(
    "accounts",
    """SELECT lead_id, account, COALESCE(account_from, 0) AS since, CAST(NULL AS BIGINT) AS until
    FROM leads WHERE account IS NOT NULL UNION ALL SELECT lead_id, account, since, until FROM past_accounts""",
    _columns("lead_id account", "since until"),
    ("lead_id", "since"),
)
_RENAMED = """SELECT renamed FROM agreements
    WHERE program = {} AND state = 'adopted' AND renamed IS NOT NULL"""
TABLES = ("leads", "events", "outcomes", "accounts")


class Copied(NamedTuple):
    """The files of a copy; ``renamed``: former stages, each with what the adopted agreement calls it."""

    leads: Path
    events: Path
    outcomes: Path
    accounts: Path
    renamed: Mapping[str, str]


class Store:
    """A store to train from; copied when it is first asked for, and the copy kept as long as this object is.

    url: as SQLAlchemy writes it, such as ``sqlite:///FILE`` or ``postgresql://USER@HOST/NAME``

    What is known of an anonymous visitor is left out. Files, and so fingerprints of them, are the same bytes for the
    same state of the store, whichever database it is in.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._copies: dict[str, Copied] = {}

    def copied(self, program: str, step: Step = lambda *_: None) -> Copied:
        """The files, with the outcomes of one program; ``step``: told of progress.

        Raises DataError when the database cannot be read.
        """
        if program not in self._copies:
            self._copies[program] = self._copy(program, step)
        return self._copies[program]

    def _copy(self, program: str, step: Step) -> Copied:
        folder = Path(mkdtemp(prefix="leadscore-"))  # which nobody else may read
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        leads, events, outcomes, accounts = (folder / f"{table}.parquet" for table in TABLES)
        quoted = "'" + program.replace("'", "''") + "'"
        changes = _OUTCOMES._replace(query=_OUTCOMES.query.format(quoted))
        with connected(self._url, "the store") as connection:
            _copy_leads(connection, leads, step)
            for table, file in ((_EVENTS, events), (changes, outcomes), (_ACCOUNTS, accounts)):
                _copy_rows(connection, table, file, step)
            renamed = _renamed(connection, quoted)
        return Copied(leads, events, outcomes, accounts, renamed)


def _renamed(connection: Connection, program: str) -> dict[str, str]:
    _, partitions = streamed(connection, _RENAMED.format(program))
    return {old: new for rows in partitions for row in rows for old, new in json.loads(row[0]).items()}


def _copy_leads(connection: Connection, file: Path, step: Step) -> None:
    """One row a version of a profile, in the order in which leads came."""
    profiles, parts = Profiles(), [_LEADS.schema.empty_table()]
    for rows in _rows(connection, _LEADS, step):
        profiles.add([row[-1] for row in rows])
        parts.append(pa.Table.from_batches([_batch(((row[0], row[1], row[2]) for row in rows), _LEADS.schema)]))
    leads = pa.concat_tables(parts)
    fields = profiles.columns(left_out=(*leads.column_names, ACCOUNT_FROM))
    whole = pa.table([*leads.columns, *fields.values()], names=[*leads.column_names, *fields])
    pq.write_table(_sorted(whole, _LEADS), file)


def _copy_rows(connection: Connection, table: _Copying, file: Path, step: Step) -> None:
    """The rows of a query, some at a time, unless they must be sorted."""
    batches = (_batch(rows, table.schema) for rows in _rows(connection, table, step))
    if table.by:
        pq.write_table(_sorted(pa.Table.from_batches(batches, table.schema), table), file)
        return
    with pq.ParquetWriter(file, table.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _rows(connection: Connection, table: _Copying, step: Step) -> Iterator[Rows]:
    _, partitions = streamed(connection, table.query)
    done = 0
    for rows in partitions:
        yield rows
        done += len(rows)
        step(f"reading {table.what} of the store", done, 0)


def _batch(rows: Iterable[Sequence[object]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(zip(*rows, strict=True), schema.types, strict=True)
    return pa.record_batch([pa.array(values, kind) for values, kind in columns], schema=schema)


def _sorted(table: pa.Table, copying: _Copying) -> pa.Table:
    """By the bytes of texts: databases differ in how they sort."""
    return table.sort_by([(column, "ascending") for column in copying.by])

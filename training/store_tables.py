"""The store of the lead process, copied as it is at one moment into files of the data contract.

Everything is read in one transaction, so that leads, events and outcomes are of one state, however much is written
meanwhile, and the store is busy with it once, however often training reads.
"""

import shutil
import weakref
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection

from features.engines.databases import connected, streamed
from features.engines.rows import ACCOUNT_FROM, VALID_FROM
from training.store_profiles import Profiles

ACCOUNT = " account"  # the column of the account; no field of a profile begins with a space
CONTRACT = ("lead_id", "created_at", ACCOUNT, ACCOUNT_FROM, VALID_FROM)

_TIME = pa.timestamp("us", "UTC")
_EVENTS = pa.schema(
    [
        *(("event_id", pa.string()), ("lead_id", pa.string()), ("type", pa.string())),
        *(("at", _TIME), ("known_from", _TIME), ("properties", pa.string())),
    ]
)
_OUTCOMES = pa.schema(
    [*(("lead_id", pa.string()), ("at", _TIME)), *((name, pa.string()) for name in ("stage", "reason", "by"))]
)
_LEADS_SQL = """SELECT l.lead_id, l.created_at, l.account, l.account_from,
COALESCE(v.valid_from, l.created_at), COALESCE(v.profile, '{}')
FROM leads AS l LEFT JOIN profile_versions AS v ON v.lead_id = l.lead_id"""
_EVENTS_SQL = """SELECT message_id, lead_id, type, "at", known_from, properties
FROM events WHERE lead_id IS NOT NULL ORDER BY seq"""
_OUTCOMES_SQL = """SELECT lead_id, "at", stage, reason, "by" FROM stage_changes WHERE program = {} ORDER BY id"""


class Copied(NamedTuple):
    """The files of a copy."""

    leads: Path
    events: Path
    outcomes: Path


class Store:
    """A store to train from; copied when it is first asked for, and the copy kept as long as this object is.

    url: as SQLAlchemy writes it, such as ``sqlite:///FILE`` or ``postgresql://USER@HOST/NAME``

    What is known of an anonymous visitor is left out. Files, and so fingerprints of them, are the same bytes for the
    same state of the store, whichever database it is in.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._copies: dict[str, Copied] = {}

    def copied(self, program: str) -> Copied:
        """The files, with the outcomes of one program; raises DataError when the database cannot be read."""
        if program not in self._copies:
            self._copies[program] = self._copy(program)
        return self._copies[program]

    def _copy(self, program: str) -> Copied:
        folder = Path(mkdtemp(prefix="leadscore-"))  # which nobody else may read
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        made = Copied(*(folder / f"{table}.parquet" for table in ("leads", "events", "outcomes")))
        with connected(self._url, "the store") as connection:
            _copy_leads(connection, made.leads)
            _copy_rows(connection, _EVENTS_SQL, _EVENTS, made.events)
            written = "'" + program.replace("'", "''") + "'"
            _copy_rows(connection, _OUTCOMES_SQL.format(written), _OUTCOMES, made.outcomes)
        return made


def _copy_leads(connection: Connection, file: Path) -> None:
    """One row a version of a profile, in the order in which leads came."""
    _, partitions = streamed(connection, _LEADS_SQL)
    profiles, rows = Profiles(), []
    for part in partitions:
        profiles.add([row[-1] for row in part])
        rows.append(_leads([row[:-1] for row in part]))
    leads = pa.concat_tables(rows) if rows else _leads([])
    fields = profiles.columns(left_out=CONTRACT)
    whole = pa.table([*leads.columns, *fields.values()], names=[*CONTRACT, *fields])
    pq.write_table(whole.sort_by([(c, "ascending") for c in ("created_at", "lead_id", VALID_FROM)]), file)


def _leads(rows: Sequence[Sequence[Any]]) -> pa.Table:
    ids, created, accounts, since, valid = zip(*rows, strict=True) if rows else ((),) * 5
    told_apart = [None if account is None else account.encode().hex() for account in accounts]  # also by their case
    columns = ((ids, pa.string()), (created, _TIME), (told_apart, pa.string()), (since, _TIME), (valid, _TIME))
    return pa.table([pa.array(values, kind) for values, kind in columns], names=CONTRACT)


def _copy_rows(connection: Connection, query: str, schema: pa.Schema, file: Path) -> None:
    """The rows of a query, some at a time."""
    _, partitions = streamed(connection, query)
    with pq.ParquetWriter(file, schema) as writer:
        for rows in partitions:
            columns = zip(zip(*rows, strict=True), schema.types, strict=True)
            writer.write_batch(pa.record_batch([pa.array(c, kind) for c, kind in columns], schema=schema))

"""Imports as they stand: how far, what came of them, which rows were refused and why."""

from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from features.errors import LeadscoreError
from features.moments import SECOND, iso
from serving.store.schema import imports

SILENT = 120 * SECOND  # after which an import that has not ended is taken to be dead
MOST = 100


class NoSuchImport(LeadscoreError):
    """The store has no import of this id."""


def import_of(connection: Connection, import_id: str, now: int) -> dict[str, Any]:
    """One import, with its report; raises NoSuchImport."""
    row = connection.execute(select(imports).where(imports.c.import_id == import_id)).one_or_none()
    if row is None:
        raise NoSuchImport("there is no such import", where="import_id", do="GET /v1/imports lists them")
    return _told(row, now) | {"report": orjson.loads(row.report)}


def every_import(connection: Connection, now: int) -> list[dict[str, Any]]:
    """The latest imports, the newest first, without their reports."""
    c = imports.c
    rows = connection.execute(select(imports).order_by(c.begun_at.desc(), c.import_id).limit(MOST))
    return [_told(row, now) for row in rows]


def _told(row: Row[Any], now: int) -> dict[str, Any]:
    names = ("import_id", "table", "program", "source", "by", "share", "read", "stored", "repeated", "refused")
    return {
        "state": _state(row, now),
        **{name: row._mapping[name] for name in names},
        "begun_at": iso(row.begun_at),
        "ended_at": "" if row.ended_at is None else iso(row.ended_at),
        "faults": [orjson.loads(row.fault)] if row.fault else [],
    }


def _state(row: Row[Any], now: int) -> str:
    if row.ended_at is not None:
        return "failed" if row.fault else "done"
    return "running" if now - row.moved_at < SILENT else "broken off"

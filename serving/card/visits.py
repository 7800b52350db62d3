"""When somebody last looked at a lead's card, so that the card can say what has changed since."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from features.moments import DAY
from serving.leads.record import lock
from serving.store.database import Store
from serving.store.rows import insert_new
from serving.store.schema import visits

MINUTE = DAY // 1_440
ONE_VISIT = 30 * MINUTE  # looks no further apart than this are one visit


def seen_before(connection: Connection, lead_id: str, program: str, visitor: str, now: int) -> int | None:
    """When a person last looked at a lead in an earlier visit than this one; None when never."""
    seen = _seen(connection, lead_id, program, visitor)
    if seen is None:
        return None
    before: int | None = seen.last_at if now - seen.last_at > ONE_VISIT else seen.before
    return before


def note_visit(store: Store, lead_id: str, program: str, visitor: str, now: int) -> None:
    """Note that a person looks at a lead that is there; a look within a minute of the last one is not written.

    Raises StoreUnavailable.
    """
    seen = store.read(lambda c: _seen(c, lead_id, program, visitor))
    if seen is None or now - seen.last_at >= MINUTE:
        store.write(lambda c: _looked(c, lead_id, program, visitor, now))


def _looked(connection: Connection, lead_id: str, program: str, visitor: str, now: int) -> None:
    row = {"lead_id": lead_id, "program": program, "visitor": visitor, "at": now, "before": None, "last_at": now}
    if lock(connection, lead_id) is None or insert_new(connection, visits, row):
        return
    seen = _seen(connection, lead_id, program, visitor)
    assert seen is not None
    again = {"last_at": max(now, seen.last_at)}  # the clock may have been set back
    if now - seen.last_at > ONE_VISIT:
        again |= {"at": now, "before": seen.last_at}
    connection.execute(update(visits).where(*_mine(lead_id, program, visitor)).values(again))


def _seen(connection: Connection, lead_id: str, program: str, visitor: str) -> Row[Any, Any] | None:
    mine = select(visits.c.before, visits.c.last_at).where(*_mine(lead_id, program, visitor))
    found: Row[Any, Any] | None = connection.execute(mine).one_or_none()
    return found


def _mine(lead_id: str, program: str, visitor: str) -> tuple[ColumnElement[bool], ...]:
    c = visits.c
    return c.lead_id == lead_id, c.program == program, c.visitor == visitor

"""What a CRM was sent of each lead, which lead is to be looked at when, and what becomes of it.

Whoever writes here holds the lease of the connection, so that one worker at a time does; but anybody may have failures
sent again.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from features.moments import DAY
from serving.crm.config import CrmConfig
from serving.crm.connector import Outcome
from serving.crm.records import NO_KEY, Seen
from serving.crm.waits import OF_MISSING, OF_RETRY, next_try
from serving.store.many import among, insert_many
from serving.store.schema import crm_sent, leads

_c = crm_sent.c
LISTED = ("failed", "missing", "retry", NO_KEY)
LONGEST_ERROR = 500
IN_DOUBT = "?"  # in place of a digest: something is under way, and nobody knows which of both the CRM holds
_NEW = {"digest": "", "tried": "", "state": "waiting", "attempts": 0, "next_at": 0, "last_error": ""}
_NEW |= {"score_id": 0, "change_id": 0}
_KEPT = ("digest", "tried", "at", "state", "attempts", "next_at", "again_at", "last_error", "score_id", "change_id")


class Entry(NamedTuple):
    """A lead's row."""

    lead_id: str
    digest: str
    tried: str
    at: int | None
    state: str
    attempts: int
    next_at: int | None
    again_at: int | None
    last_error: str
    score_id: int
    change_id: int


_COLUMNS = [_c[name] for name in Entry._fields]


def _of(config: CrmConfig) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _c.connector == config.name, _c.program == config.program


def mark(connection: Connection, config: CrmConfig, lead_ids: Sequence[str]) -> None:
    """Have leads looked at; those that are erased by now are left out."""
    chosen = select(leads.c.lead_id).where(among(connection, leads.c.lead_id, lead_ids)).order_by(leads.c.lead_id)
    there = connection.execute(chosen.with_for_update(read=True, key_share=True)).scalars().all()
    of = {"connector": config.name, "program": config.program}
    insert_many(connection, crm_sent, [{"lead_id": lead_id, **of, **_NEW} for lead_id in there])
    mine = update(crm_sent).where(*_of(config), among(connection, _c.lead_id, list(there)))
    connection.execute(mine.values(next_at=0))


def due(connection: Connection, config: CrmConfig, now: int, most: int) -> list[Entry]:
    """The leads that are to be looked at, those first that wait longest."""
    chosen = select(*_COLUMNS).where(*_of(config), _c.next_at <= now).order_by(_c.next_at, _c.lead_id).limit(most)
    return [Entry(*row) for row in connection.execute(chosen)]


def count_due(connection: Connection, config: CrmConfig, now: int) -> int:
    """How many there are."""
    chosen = select(func.count()).select_from(crm_sent).where(*_of(config), _c.next_at <= now)
    return connection.execute(chosen).scalar_one()


def keep(connection: Connection, config: CrmConfig, entries: Sequence[Entry]) -> None:
    """Store rows that are there still; one that was erased meanwhile is not made again."""
    if not entries:
        return
    mine = update(crm_sent).where(*_of(config), _c.lead_id == bindparam("lead"))
    rows: list[Mapping[str, Any]] = [
        {"lead": e.lead_id, **{f"new_{name}": getattr(e, name) for name in _KEPT}} for e in entries
    ]
    connection.execute(mine.values({name: bindparam(f"new_{name}") for name in _KEPT}), rows)


def doubt(connection: Connection, config: CrmConfig, lead_ids: Sequence[str]) -> None:
    """Note that leads are about to be sent: until it is known what became of that, nothing counts as sent."""
    mine = update(crm_sent).where(*_of(config), among(connection, _c.lead_id, lead_ids))
    connection.execute(mine.values(digest=IN_DOUBT, tried=""))


def failures(connection: Connection, config: CrmConfig, most: int) -> list[Entry]:
    """The leads that the CRM has not as they are, the latest tried first."""
    chosen = select(*_COLUMNS).where(*_of(config), _c.state.in_(LISTED))
    return [Entry(*row) for row in connection.execute(chosen.order_by(_c.state, _c.lead_id).limit(most))]


def counts(connection: Connection, config: CrmConfig) -> dict[str, int]:
    """How many leads there are in each state."""
    chosen = select(_c.state, func.count()).where(*_of(config)).group_by(_c.state).order_by(_c.state)
    return {row[0]: row[1] for row in connection.execute(chosen)}


def send_again(connection: Connection, config: CrmConfig, lead_ids: Sequence[str] = ()) -> int:
    """Have failures sent again at once, all or those of some leads; how many."""
    mine = update(crm_sent).where(*_of(config), _c.state.in_(LISTED))
    if lead_ids:
        mine = mine.where(among(connection, _c.lead_id, lead_ids))
    return connection.execute(mine.values(state="waiting", tried="", attempts=0, next_at=0, again_at=None)).rowcount


def unsent(entry: Entry, seen: Seen, now: int) -> Entry | None:
    """The row of a lead that needs not be sent now; None where it does."""
    looked = entry._replace(score_id=seen.score_id, change_id=seen.change_id, next_at=None)
    if seen.record is None:
        again = now + DAY if seen.state == NO_KEY else None  # another lead may have given the address up by then
        return looked._replace(state=seen.state, last_error=seen.why, next_at=again, again_at=None, attempts=0)
    if seen.digest == entry.digest:
        return looked._replace(state="sent", last_error="", again_at=None, attempts=0, tried="")
    is_time = entry.again_at is not None and entry.again_at <= now
    if entry.state == "failed" and entry.tried == seen.digest:
        return looked
    if entry.state == "missing" and entry.tried == seen.place and not is_time:
        return looked._replace(next_at=entry.again_at)
    if entry.state == "retry" and not is_time:
        return looked._replace(next_at=entry.again_at)
    return None


def unheard(entry: Entry, seen: Seen, now: int) -> Entry:
    """The row of a lead that was sent, or was to be sent, where nobody knows what came of it."""
    return entry._replace(digest=IN_DOUBT, tried="", next_at=now, score_id=seen.score_id, change_id=seen.change_id)


def after(entry: Entry, seen: Seen, outcome: Outcome, now: int, random: Random) -> Entry:
    """The row of a lead that was sent."""
    looked = entry._replace(score_id=seen.score_id, change_id=seen.change_id, next_at=None, again_at=None)
    if outcome.state == "sent":
        return looked._replace(digest=seen.digest, tried="", at=now, state="sent", attempts=0, last_error="")
    is_same = entry.state == outcome.state and (outcome.state != "missing" or entry.tried == seen.place)
    attempts = entry.attempts + 1 if is_same else 1
    failed = looked._replace(
        state=outcome.state, attempts=attempts, last_error=_clean(outcome.error), tried=seen.digest
    )
    if outcome.state == "failed":
        return failed
    waits = OF_MISSING if outcome.state == "missing" else OF_RETRY
    pause = next_try(waits, attempts, random)
    again = None if pause is None else now + pause
    if outcome.state == "missing":
        return failed._replace(tried=seen.place, next_at=again, again_at=again)
    return failed._replace(state="failed" if again is None else "retry", next_at=again, again_at=again)


def _clean(text: str) -> str:
    """A text that any database takes."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:LONGEST_ERROR]

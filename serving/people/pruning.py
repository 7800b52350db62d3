"""What is deleted because of its age, in small transactions; by the daily job, or ``leadscore people prune``.

A score that is younger than what it read stays replayable. Where events or closed leads were deleted after a score had
read them, ``prunings`` says so, and the replay tells it instead of an alarm.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)

from features.moments import DAY
from serving.leads.record import lock
from serving.people.erase import remove
from serving.people.retention import Retention
from serving.store.database import Store
from serving.store.rows import put
from serving.store.schema import (
    audit,
    events,
    imports,
    messages,
    prunings,
    scores,
    standings,
    webhook_deliveries,
    webhook_messages,
)

AT_ONCE = 1_000  # rows of a transaction
LEADS_AT_ONCE = 50
EVENTS, CLOSED_LEADS = "events", "closed_leads"  # of which ``prunings`` tells


def prune_events(store: Store, before: int, now: int) -> int:
    """Events that happened before; range after range of their numbers, as there is no index by when they happened."""
    last = store.read(lambda c: c.execute(select(func.max(events.c.seq))).scalar_one()) or 0
    deleted = 0
    for first in range(1, last + 1, 10 * AT_ONCE):
        old = and_(events.c.seq.between(first, first + 10 * AT_ONCE - 1), events.c.at < before)
        if store.read(partial(_any_event, old=old)):
            deleted += store.write(partial(_delete_events, old=old, before=before, now=now))
    return deleted


def _any_event(connection: Connection, old: ColumnElement[bool]) -> bool:
    return connection.execute(select(events.c.seq).where(old).limit(1)).first() is not None


def _delete_events(connection: Connection, old: ColumnElement[bool], before: int, now: int) -> int:
    _note(connection, EVENTS, before, now)
    return connection.execute(delete(events).where(old)).rowcount


def prune_scores(store: Store, before: int, _: int) -> int:
    """Scores of before, but for the present one of each lead."""
    present = exists().where(standings.c.lead_id == scores.c.lead_id, standings.c.score_id == scores.c.score_id)
    return _in_turn(store, scores.c.as_of, scores.c.score_id, before, ~present)


def prune_closed_leads(store: Store, before: int, now: int) -> int:
    """Leads that were closed before, in every program; unlike the erased, they may come again."""
    ids = store.read(lambda c: c.execute(_closed(before)).scalars().all())
    parts = [ids[start : start + LEADS_AT_ONCE] for start in range(0, len(ids), LEADS_AT_ONCE)]
    return sum(store.write(partial(_delete_leads, ids=part, before=before, now=now)) for part in parts)


def _closed(before: int, *tests: ColumnElement[bool]) -> Any:
    c = standings.c
    latest = select(c.lead_id).where(*tests).group_by(c.lead_id).having(func.max(c.stage_since) < before)
    return latest.having(func.count().filter(c.open) == 0).order_by(c.lead_id)


def _delete_leads(connection: Connection, ids: Sequence[str], before: int, now: int) -> int:
    records = [record for lead_id in ids if (record := lock(connection, lead_id)) is not None]
    still = set(connection.execute(_closed(before, standings.c.lead_id.in_(ids))).scalars())
    _note(connection, CLOSED_LEADS, before, now)
    for record in records:
        if record.lead_id in still:
            remove(connection, record)
    return len(still)


def prune_audit(store: Store, before: int, _: int) -> int:
    """What was done before."""
    return _in_turn(store, audit.c.at, audit.c.id, before)


def prune_messages(store: Store, before: int, _: int) -> int:
    """Ids of messages that came before."""
    return _in_turn(store, messages.c.received_at, messages.c.message_id, before)


def prune_deliveries(store: Store, before: int, _: int) -> int:
    """What webhooks told before, unless it is still to be delivered to somebody."""
    m, d = webhook_messages.c, webhook_deliveries.c
    pending = exists().where(d.message_id == m.message_id, d.state == "pending")
    return _in_turn(store, m.at, m.message_id, before, ~pending)


def prune_imports(store: Store, before: int, _: int) -> int:
    """The reports of imports that began before."""
    old = and_(imports.c.begun_at < before, imports.c.report != "[]")
    return store.write(lambda c: c.execute(update(imports).where(old).values(report="[]")).rowcount)


def _in_turn(store: Store, time: Column[Any], key: Column[Any], before: int, *tests: ColumnElement[bool]) -> int:
    """Delete the rows of before that pass the tests, some at a time, the oldest first."""
    deleted = 0
    after: tuple[Any, ...] | None = None
    while True:
        later = () if after is None else (tuple_(time, key) > after,)
        oldest = select(time, key).where(time < before, *later, *tests).order_by(time, key).limit(AT_ONCE)
        rows = store.read(partial(_rows, asked=oldest))
        if not rows:
            return deleted
        deleted += store.write(partial(_delete_rows, key=key, keys=[row[1] for row in rows], tests=tests))
        after = (rows[-1][0], rows[-1][1])


def _rows(connection: Connection, asked: Select[Any]) -> list[Any]:
    return list(connection.execute(asked).all())


def _delete_rows(
    connection: Connection, key: Column[Any], keys: Sequence[Any], tests: Sequence[ColumnElement[bool]]
) -> int:
    mine = key.in_(keys)
    if key is webhook_messages.c.message_id:
        told = select(key).where(mine, *tests)
        connection.execute(delete(webhook_deliveries).where(webhook_deliveries.c.message_id.in_(told)))
    return connection.execute(delete(key.table).where(mine, *tests)).rowcount


def _note(connection: Connection, kind: str, before: int, now: int) -> None:
    c = prunings.c
    earlier = connection.execute(select(c.before).where(c.kind == kind)).scalar_one_or_none() or before
    put(connection, prunings, {"kind": kind, "before": max(before, earlier), "at": now})


class Pruned(NamedTuple):
    """How many rows of each kind were deleted; of closed leads, how many leads."""

    events: int = 0
    scores: int = 0
    closed_leads: int = 0
    audit: int = 0
    deliveries: int = 0
    messages: int = 0
    imports: int = 0


_KINDS: dict[str, Callable[[Store, int, int], int]] = {
    "events": prune_events,
    "scores": prune_scores,
    "closed_leads": prune_closed_leads,
    "audit": prune_audit,
    "deliveries": prune_deliveries,
    "messages": prune_messages,
    "imports": prune_imports,
}


def prune(store: Store, retention: Retention, now: int) -> Pruned:
    """Delete what is older than agreed; raises StoreUnavailable, what was deleted by then stays deleted."""
    gone = {}
    for kind, do in _KINDS.items():
        days = getattr(retention, kind)
        gone[kind] = 0 if days is None else do(store, now - days * DAY, now)
    return Pruned(**gone)

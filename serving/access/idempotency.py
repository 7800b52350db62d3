"""Requests that count once: the answer to a write is kept with its ``Idempotency-Key`` for a day.

The answer is written in the act's own transaction, so that there is never the one without the other. A request that
comes again while the first is still being done waits for it (as long as the store waits for a lock, then it is
StoreUnavailable) and gets its answer. A request that failed has left nothing and may be sent again with the same key.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, NamedTuple

import orjson
from fastapi import Header
from sqlalchemy import Connection, delete, insert, select, text
from starlette.types import Scope

from features.moments import DAY, now
from serving.access.caller import Caller
from serving.access.guard import IN_QUERY
from serving.access.refusals import KeyReused
from serving.store.schema import idempotency

KEPT = DAY

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x20-\x7e]+$",
        description="Any text of your own, new with every new request: sent again, the request is not done again.",
    ),
]


class Answer(NamedTuple):
    """What was answered, as JSON text; ``replayed``: to an earlier request (header ``Idempotent-Replayed: true``)."""

    status: int
    body: str
    replayed: bool = False


def request_hash(scope: Scope, body: bytes) -> str:
    """What makes two requests the same: method, path, query (without the caller's key) and body."""
    query = b"&".join(part for part in scope["query_string"].split(b"&") if not part.startswith(IN_QUERY))
    parts = (scope["method"].encode(), scope["path"].encode(), query, body)
    return sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()


def answer_once(
    connection: Connection, caller: Caller, key: str | None, hashed: str, act: Callable[[], Answer]
) -> Answer:
    """Do ``act`` on the same connection, unless this caller's key came before: then the answer that it got.

    key: the Idempotency-Key; None: the act is done whenever it is asked for; hashed: by ``request_hash``
    Raises KeyReused when the key came with another request, and what ``act`` raises; then nothing is kept.
    """
    if key is None:
        return act()
    _one_at_a_time(connection, caller, key)
    earlier = remembered(connection, caller, key, hashed)
    if earlier is not None:
        return earlier
    answer = act()
    row = {"by": caller.key_id, "key": key, "request_hash": hashed, "status": answer.status, "body": answer.body}
    connection.execute(insert(idempotency).values(row | {"at": now()}))
    return answer


def remembered(connection: Connection, caller: Caller, key: str, hashed: str) -> Answer | None:
    """The answer that this caller's key got before, or None. Raises KeyReused."""
    table = idempotency.c
    chosen = select(table.request_hash, table.status, table.body).where(table.by == caller.key_id, table.key == key)
    row = connection.execute(chosen).one_or_none()
    if row is not None and row.request_hash != hashed:
        raise KeyReused
    return Answer(row.status, row.body, replayed=True) if row else None


def prune(connection: Connection, at: int) -> int:
    """Forget answers that were given more than a day before the moment ``at``; how many."""
    return connection.execute(delete(idempotency).where(idempotency.c.at < at - KEPT)).rowcount


def forget(connection: Connection, name: str) -> int:
    """Forget the answers that name a person by an id or an address, for its erasure; how many."""
    as_written = orjson.dumps(name).decode()[1:-1]
    named = idempotency.c.body.contains(as_written, autoescape=True)
    return connection.execute(delete(idempotency).where(named)).rowcount


def _one_at_a_time(connection: Connection, caller: Caller, key: str) -> None:
    """Wait for another transaction with the same key; in SQLite, writers wait for each other anyway."""
    if connection.dialect.name == "postgresql":
        name = sha256(f"idempotency {caller.key_id} {key}".encode()).digest()[:8]
        lock = int.from_bytes(name, "big", signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})

"""Endpoints: who is told. All functions work on a connection of a transaction that the caller holds."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from features.moments import DAY
from serving.store.schema import webhook_deliveries, webhook_endpoints, webhook_messages
from serving.webhooks.errors import EndpointConflict, NoSuchEndpoint
from serving.webhooks.filters import Filters
from serving.webhooks.signing import new_secret

MOST = 100
OLD_SECRET_LASTS = DAY
BY_HAND = "disabled by hand"
_ID = re.compile(r"ep_[0-9a-f]{32}")


class Endpoint(NamedTuple):
    """An address that is told of leads. Without types it is told all; moments are in microseconds."""

    endpoint_id: str
    url: str
    description: str
    types: Sequence[str]
    filters: Filters
    secret: str
    old_secret: str | None
    old_secret_until: int | None
    created_at: int
    disabled_at: int | None
    disabled_because: str
    failing_since: int | None

    def secrets(self, now: int) -> list[str]:
        """Those to sign with, the newest first."""
        old = self.old_secret if self.old_secret_until is not None and now < self.old_secret_until else None
        return [self.secret, old] if old else [self.secret]

    def wants(self, type_: str, program: str, data: dict[str, Any]) -> bool:
        """Whether a message passes its types and filters."""
        return (not self.types or type_ in self.types) and self.filters.match(program, data)


def create(
    connection: Connection, now: int, url: str, *, description: str = "", types: Sequence[str] = (), filters: Filters
) -> Endpoint:
    """Add an endpoint with a new secret; its URL has been judged before. Raises EndpointConflict beyond 100."""
    if connection.execute(select(func.count()).select_from(webhook_endpoints)).scalar_one() >= MOST:
        raise EndpointConflict("there are too many endpoints", allowed=f"{MOST}", do="delete one that is not needed")
    row = {
        "endpoint_id": f"ep_{uuid4().hex}",
        "url": url,
        "secret": new_secret(),
        "created_at": now,
        "disabled_because": "",
        **_written(description=description, types=types, filters=filters),
    }
    connection.execute(insert(webhook_endpoints).values(row))
    return find(connection, row["endpoint_id"])


def everyone(connection: Connection) -> list[Endpoint]:
    """All endpoints, in the order they were made."""
    order = (webhook_endpoints.c.created_at, webhook_endpoints.c.endpoint_id)
    return [read(row) for row in connection.execute(select(webhook_endpoints).order_by(*order))]


def find(connection: Connection, endpoint_id: str) -> Endpoint:
    """One endpoint; raises NoSuchEndpoint."""
    known = select(webhook_endpoints).where(webhook_endpoints.c.endpoint_id == endpoint_id)
    row = connection.execute(known).one_or_none() if _ID.fullmatch(endpoint_id) else None
    if row is None:
        raise NoSuchEndpoint("there is no such endpoint", got=endpoint_id[:80], do="list them at /v1/webhooks")
    return read(row)


def change(connection: Connection, now: int, endpoint_id: str, *, enabled: bool | None = None, **to: Any) -> Endpoint:
    """Set ``url``, ``description``, ``types`` or ``filters``; enable or disable it. Raises NoSuchEndpoint."""
    was = find(connection, endpoint_id)
    if to:
        _set(connection, endpoint_id, **_written(**to))
    if enabled is True:
        _set(connection, endpoint_id, disabled_at=None, disabled_because="", failing_since=None)
    if enabled is False and was.disabled_at is None:
        disable(connection, now, endpoint_id, BY_HAND)
    return find(connection, endpoint_id)


def rotate(connection: Connection, now: int, endpoint_id: str) -> Endpoint:
    """Give it a new secret; for a day every message is signed with the old one as well. Raises NoSuchEndpoint."""
    was = find(connection, endpoint_id)
    until = now + OLD_SECRET_LASTS
    _set(connection, endpoint_id, secret=new_secret(), old_secret=was.secret, old_secret_until=until)
    return find(connection, endpoint_id)


def disable(connection: Connection, now: int, endpoint_id: str, because: str) -> None:
    """Tell it nothing any more; what waits for it becomes a dead letter, which can be replayed."""
    mark_disabled(connection, now, endpoint_id, because)
    bury(connection, endpoint_id, because)


def mark_disabled(connection: Connection, now: int, endpoint_id: str, because: str) -> None:
    """Announce nothing to it any more; ``bury`` what is announced already."""
    _set(connection, endpoint_id, disabled_at=now, disabled_because=because)


def bury(connection: Connection, endpoint_id: str, because: str) -> int:
    """Make dead letters of all that waits for a disabled endpoint; how many."""
    d = webhook_deliveries.c
    pending = update(webhook_deliveries).where(d.endpoint_id == endpoint_id, d.state == "pending")
    why = f"the endpoint was disabled: {because}"
    return connection.execute(pending.values(state="dead", claimed_until=0, last_error=why)).rowcount


def remove(connection: Connection, endpoint_id: str) -> None:
    """Delete an endpoint, what was or is to be sent to it, and messages nobody else gets. Raises NoSuchEndpoint."""
    find(connection, endpoint_id)
    mine = webhook_endpoints.c.endpoint_id == endpoint_id
    connection.execute(select(webhook_endpoints.c.endpoint_id).where(mine).with_for_update())  # announcers wait
    connection.execute(delete(webhook_deliveries).where(webhook_deliveries.c.endpoint_id == endpoint_id))
    connection.execute(delete(webhook_endpoints).where(mine))
    sent = select(1).where(webhook_deliveries.c.message_id == webhook_messages.c.message_id)
    connection.execute(delete(webhook_messages).where(~sent.exists()))


def read(row: Row[Any]) -> Endpoint:
    """An endpoint of its row, or of a row that begins with one."""
    values = row._asdict()
    values["types"] = orjson.loads(values["types"])
    values["filters"] = Filters.model_validate_json(values["filters"])
    return Endpoint(**{name: values[name] for name in Endpoint._fields})


def _written(**given: Any) -> dict[str, Any]:
    """Columns as they are stored."""
    if "types" in given:
        given["types"] = orjson.dumps(sorted(set(given["types"]))).decode()
    if "filters" in given:
        given["filters"] = given["filters"].model_dump_json()
    return given


def _set(connection: Connection, endpoint_id: str, **columns: Any) -> None:
    mine = webhook_endpoints.c.endpoint_id == endpoint_id
    connection.execute(update(webhook_endpoints).where(mine).values(columns))

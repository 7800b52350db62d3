"""The log of deliveries, and sending again. All functions work on a connection of the caller's transaction."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select, update

from serving.store.schema import webhook_deliveries, webhook_messages
from serving.webhooks.endpoints import find
from serving.webhooks.errors import EndpointConflict, NoSuchDelivery

STATES = ("pending", "delivered", "dead")
_d, _m = webhook_deliveries.c, webhook_messages.c


class Delivery(NamedTuple):
    """One message to one endpoint; moments in microseconds, ``next_at`` 0 when it is due at once."""

    delivery_id: int
    message_id: str
    type: str
    lead_id: str
    at: int
    state: str
    attempts: int
    next_at: int
    last_at: int | None
    last_status: int | None
    last_error: str


class Page(NamedTuple):
    """Some deliveries, the newest first; ``following`` is where the next page begins, None where there is none."""

    deliveries: list[Delivery]
    following: int | None


def sent(connection: Connection, endpoint_id: str, state: str = "", before: int | None = None, most: int = 50) -> Page:
    """The deliveries of an endpoint, all or those in one state. Raises NoSuchEndpoint."""
    find(connection, endpoint_id)
    older = [] if before is None else [_d.delivery_id < before]
    # One look for each state, as the index has them in order within a state.
    found = [
        row
        for each in ([state] if state else STATES)
        for row in _newest(connection, [_d.endpoint_id == endpoint_id, _d.state == each, *older], most + 1)
    ]
    found.sort(reverse=True)
    more = len(found) > most
    return Page(found[:most], found[most - 1].delivery_id if more else None)


def _newest(connection: Connection, where: list[ColumnElement[bool]], most: int) -> list[Delivery]:
    columns = [_m[name] if name in ("type", "lead_id", "at") else _d[name] for name in Delivery._fields]
    rows = select(*columns).join_from(webhook_deliveries, webhook_messages).where(*where)
    return [Delivery(*row) for row in connection.execute(rows.order_by(_d.delivery_id.desc()).limit(most))]


def replay(connection: Connection, endpoint_id: str, message_id: str | None = None, since: int | None = None) -> int:
    """Send one message again, whatever became of it, or all dead letters about what happened since a moment; how many.

    They keep their ids and begin the schedule anew.
    Raises NoSuchEndpoint, NoSuchDelivery, and EndpointConflict where the endpoint is disabled.
    """
    endpoint = find(connection, endpoint_id)
    if endpoint.disabled_at is not None:
        what = f"the endpoint is disabled: {endpoint.disabled_because}"
        raise EndpointConflict(what, where=endpoint_id, do='enable it first: PATCH it with {"enabled": true}')
    if message_id is None:
        recent = _d.message_id.in_(select(_m.message_id).where(_m.at >= (since or 0)))
        return _send_again(connection, endpoint_id, _d.state == "dead", recent)
    sent_again = _send_again(connection, endpoint_id, _d.message_id == message_id)
    if not sent_again:
        raise NoSuchDelivery("the endpoint was never sent this message", got=message_id[:80])
    return sent_again


def _send_again(connection: Connection, endpoint_id: str, *which: ColumnElement[bool]) -> int:
    those = update(webhook_deliveries).where(_d.endpoint_id == endpoint_id, *which)
    return connection.execute(those.values(state="pending", attempts=0, next_at=0)).rowcount

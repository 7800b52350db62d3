"""The outbox: what is to be told is written in the transaction of what happened, so that neither stands alone."""

from collections.abc import Iterable, Sequence
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from serving.store.schema import webhook_deliveries, webhook_endpoints, webhook_messages
from serving.webhooks.endpoints import Endpoint, find, read
from serving.webhooks.errors import EndpointConflict
from serving.webhooks.message import TEST, Message, payload

# The share lock keeps an endpoint from being deleted before what is sent to it is committed (PostgreSQL).
_ENABLED = (
    select(webhook_endpoints)
    .where(webhook_endpoints.c.disabled_at.is_(None))
    .order_by(webhook_endpoints.c.endpoint_id)
    .with_for_update(read=True, key_share=True)
)
_MESSAGE, _DELIVERY = insert(webhook_messages), insert(webhook_deliveries)


def announce(connection: Connection, message: Message) -> None:
    """Have every enabled endpoint told whose types and filters let the message pass; see ``announce_all``."""
    announce_all(connection, [message])


def announce_all(connection: Connection, messages: Iterable[Message]) -> None:
    """Have the enabled endpoints told of messages, once the transaction of ``connection`` is on disk.

    A message that nobody wants is not kept. Call ``Deliverer.wake`` after the commit for delivery at once.
    """
    endpoints = [read(row) for row in connection.execute(_ENABLED)]
    wanted = ((m, [e for e in endpoints if e.wants(m.type, m.program, m.data)]) for m in messages)
    _keep(connection, [(message, receivers) for message, receivers in wanted if receivers])


def announce_test(connection: Connection, now: int, endpoint_id: str) -> str:
    """Send an endpoint ``webhook.test``, whatever its types and filters; the message's id.

    Raises NoSuchEndpoint, and EndpointConflict where it is disabled.
    """
    endpoint = find(connection, endpoint_id)
    if endpoint.disabled_at is not None:
        what = f"the endpoint is disabled: {endpoint.disabled_because}"
        raise EndpointConflict(what, where=endpoint_id, do="enable it first")
    message = Message(TEST, "", "", now, {"text": "Webhooks from leadscore arrive here."})
    return _keep(connection, [(message, [endpoint])])[0]


def _keep(connection: Connection, wanted: Sequence[tuple[Message, Sequence[Endpoint]]]) -> list[str]:
    """Store messages, each with a delivery that is due for every receiver; their ids."""
    ids = [f"msg_{uuid4().hex}" for _ in wanted]
    told = [
        {"message_id": i, "type": m.type, "lead_id": m.lead_id, "program": m.program, "at": m.at, "payload": payload(m)}
        for i, (m, _) in zip(ids, wanted, strict=True)
    ]
    fresh = {"state": "pending", "attempts": 0, "next_at": 0, "claimed_until": 0, "last_error": ""}
    due = [
        {"message_id": i, "endpoint_id": endpoint.endpoint_id, **fresh}
        for i, (_, receivers) in zip(ids, wanted, strict=True)
        for endpoint in receivers
    ]
    if ids:
        connection.execute(_MESSAGE, told)
        connection.execute(_DELIVERY, due)
    return ids

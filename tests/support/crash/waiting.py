"""Time that passes for webhooks, as three days would be long for a test."""

from collections import Counter

from sqlalchemy import Connection, func, select, update

from serving.store.schema import leases, webhook_deliveries

_PENDING = webhook_deliveries.c.state == "pending"


def a_day_passes(connection: Connection) -> None:
    """While the service is down: whatever waits for its time has waited, and leases of the dead have run out."""
    waits_end(connection)
    connection.execute(update(webhook_deliveries).where(_PENDING).values(claimed_until=0))
    connection.execute(update(leases).values(until=0))


def waits_end(connection: Connection) -> None:
    """The next attempt of whatever failed is due."""
    connection.execute(update(webhook_deliveries).where(_PENDING).values(next_at=0))


def states(connection: Connection) -> Counter[str]:
    """How many deliveries are in each state."""
    d = webhook_deliveries.c
    rows = connection.execute(select(d.state, func.count().label("times")).group_by(d.state))
    return Counter({row.state: row.times for row in rows})

"""The queue of deliveries: what is due, who is at it, how it ended.

A worker claims a delivery for the time of a lease; only when that has run out may another claim it. Attempts are made
outside of any transaction. Whatever touches an endpoint and its deliveries takes the endpoint first.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, update

from features.moments import DAY
from serving.store.schema import webhook_deliveries, webhook_endpoints, webhook_messages
from serving.webhooks.endpoints import Endpoint, bury, mark_disabled, read
from serving.webhooks.schedule import DISABLED_AFTER

_d, _e, _m = webhook_deliveries.c, webhook_endpoints.c, webhook_messages.c


class Claim(NamedTuple):
    """A delivery that is ours until ``until``."""

    delivery_id: int
    message_id: str
    type: str
    payload: str
    attempts: int
    endpoint: Endpoint
    until: int


class Waiting(NamedTuple):
    """What stands in the queue: the endpoints with something due, and when the oldest pending message was announced."""

    due: list[str]
    since: int | None


class Ending(NamedTuple):
    """How an attempt ended; ``because`` is set where the endpoint is to be disabled, ``error`` where it failed."""

    state: str
    next_at: int
    status: int | None
    error: str
    because: str = ""


def waiting(connection: Connection, now: int) -> Waiting:
    """What stands in the queue at a moment."""
    due = select(1).where(_d.endpoint_id == _e.endpoint_id, *_due(now)).exists()
    pending = (_d.endpoint_id == _e.endpoint_id, _d.state == "pending")
    first = select(func.min(_d.delivery_id)).where(*pending).scalar_subquery()
    rows = connection.execute(select(_e.endpoint_id, due, first).order_by(_e.endpoint_id)).all()
    oldest = min((row[2] for row in rows if row[2] is not None), default=None)
    announced = select(_m.at).join_from(webhook_deliveries, webhook_messages).where(_d.delivery_id == oldest)
    since = None if oldest is None else connection.execute(announced).scalar_one()
    return Waiting([row[0] for row in rows if row[1]], since)


def claim(connection: Connection, now: int, shares: Mapping[str, int], until: int) -> list[Claim]:
    """Claim up to so many due deliveries of each endpoint; what waits for a disabled one becomes a dead letter."""
    wanted = select(webhook_endpoints).where(_e.endpoint_id.in_(shares)).order_by(_e.endpoint_id)
    claims: list[Claim] = []
    for endpoint in [read(row) for row in connection.execute(wanted)]:
        if endpoint.disabled_at is not None:
            bury(connection, endpoint.endpoint_id, endpoint.disabled_because)
        else:
            claims += _claim_of(connection, now, endpoint, shares[endpoint.endpoint_id], until)
    return claims


def _claim_of(connection: Connection, now: int, endpoint: Endpoint, most: int, until: int) -> list[Claim]:
    due = select(_d.delivery_id).where(_d.endpoint_id == endpoint.endpoint_id, *_due(now))
    first = due.order_by(_d.next_at, _d.delivery_id).limit(most).with_for_update(skip_locked=True)
    ids = connection.execute(first).scalars().all()
    if not ids:
        return []
    mine = _d.delivery_id.in_(ids)
    connection.execute(update(webhook_deliveries).where(mine).values(claimed_until=until))
    columns = (_d.delivery_id, _d.message_id, _m.type, _m.payload, _d.attempts)
    joined = select(*columns).join_from(webhook_deliveries, webhook_messages).where(mine).order_by(_d.delivery_id)
    return [Claim(*row, endpoint, until) for row in connection.execute(joined)]


def record(connection: Connection, claim: Claim, now: int, ending: Ending) -> int:
    """Write down how an attempt ended; the number of dead letters that came of it.

    A failure counts only while the claim holds, a delivery always.
    """
    endpoint_id = claim.endpoint.endpoint_id
    because = ending.because or _heard(connection, endpoint_id, now, delivered=ending.state == "delivered")
    if because:
        mark_disabled(connection, now, endpoint_id, because)
    counted = _write(connection, claim, now, ending)
    buried = bury(connection, endpoint_id, because) if because else 0
    return buried + (counted if ending.state == "dead" else 0)


def _heard(connection: Connection, endpoint_id: str, now: int, *, delivered: bool) -> str:
    """Keep how long an endpoint has been failing; why to disable it, if so."""
    mine = _e.endpoint_id == endpoint_id
    if delivered:
        well = update(webhook_endpoints).where(mine, _e.failing_since.is_not(None)).values(failing_since=None)
        connection.execute(well)
        return ""
    connection.execute(update(webhook_endpoints).where(mine, _e.failing_since.is_(None)).values(failing_since=now))
    enough = mine & (_e.failing_since <= now - DISABLED_AFTER) & _e.disabled_at.is_(None)
    gave_up = connection.execute(select(webhook_endpoints.c.endpoint_id).where(enough)).first()
    return f"every attempt of the last {DISABLED_AFTER // DAY} days failed" if gave_up else ""


def _write(connection: Connection, claim: Claim, now: int, ending: Ending) -> int:
    holds = () if ending.state == "delivered" else (_d.claimed_until == claim.until,)
    columns: dict[str, Any] = {
        "state": ending.state,
        "attempts": _d.attempts + 1,
        "next_at": ending.next_at,
        "claimed_until": 0,
        "last_at": now,
        "last_status": ending.status,
        "last_error": ending.error,
    }
    mine = (_d.delivery_id == claim.delivery_id, _d.state != "delivered", *holds)
    return connection.execute(update(webhook_deliveries).where(*mine).values(columns)).rowcount


def release(connection: Connection, claims: list[Claim]) -> None:
    """Give back claims whose attempts were not finished; they are due again at once."""
    for each in claims:
        mine = (_d.delivery_id == each.delivery_id, _d.claimed_until == each.until)
        connection.execute(update(webhook_deliveries).where(*mine).values(claimed_until=0))


def set_right(connection: Connection, now: int, ahead: int) -> int:
    """Make due at once what was claimed, or last tried, by a clock that has gone back by more than ``ahead``; how many.

    It would wait for the moment to come again: for hours, if the clock was wrong by hours.
    """
    of_later = (_d.claimed_until > now + ahead) | (_d.last_at > now + ahead)
    those = update(webhook_deliveries).where(_d.state == "pending", of_later)
    return connection.execute(those.values(next_at=0, claimed_until=0, last_at=now)).rowcount


def _due(now: int) -> tuple[ColumnElement[bool], ...]:
    return _d.state == "pending", _d.next_at <= now, _d.claimed_until <= now

"""Everything of a person gone, in one transaction; what still comes of them is not taken in any more.

Of their ids a hash is kept to know them again by, and of their accounts one that says why scores of colleagues, which
read what they did, cannot be computed again. SQLite overwrites what is deleted; ``Store.settle`` empties its log.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, delete, select

from serving.access import audit
from serving.access.caller import Caller
from serving.intake.identity import ANONYMOUS, hashed, locked_as
from serving.leads.errors import NoSuchLead
from serving.leads.record import Record, lock
from serving.people import held
from serving.people.finding import Person, one_person
from serving.people.mentions import forget
from serving.store.many import insert_many
from serving.store.rows import lock_name
from serving.store.schema import accounts, erasures, events, leads, past_accounts, webhook_deliveries, webhook_messages


class Erased(NamedTuple):
    """How many rows of each table are gone; ``known_as``: the hash under which the audit tells of it."""

    known_as: str
    rows: Mapping[str, int]


def erase(
    connection: Connection, caller: Caller, lead_id: str | None, now: int, *, anonymous_id: str | None = None
) -> Erased:
    """Erase the person that has an id, a visitor without a lead included; raises NoSuchLead, and LeadError."""
    if anonymous_id is not None:  # or a visitor might become a lead meanwhile
        lock_name(connection, locked_as(ANONYMOUS, anonymous_id))
    person = one_person(connection, lead_id, anonymous_id)
    for name in sorted(person.ids):
        lock_name(connection, locked_as(ANONYMOUS, name))
    record = lock(connection, person.lead_id) if person.lead_id is not None else None
    if record is None and person.lead_id is not None:
        raise NoSuchLead("nobody is known by this", where="lead_id")
    _remember(connection, person, accounts_of(connection, record) if record else [], now)
    rows = forget(connection, person) | (remove(connection, record) if record else _remove_visits(connection, person))
    known_as = hashed(person.main_id)
    audit.note(connection, caller, "person.erased", known_as, rows, at=now)
    return Erased(known_as, rows)


def remove(connection: Connection, record: Record) -> dict[str, int]:
    """Delete every row of a lead, and its account where nobody else was ever of it; how many of each table."""
    mine = select(webhook_messages.c.message_id).where(webhook_messages.c.lead_id == record.lead_id)
    sent = delete(webhook_deliveries).where(webhook_deliveries.c.message_id.in_(mine))
    gone = {"webhook_deliveries": connection.execute(sent).rowcount}
    names = accounts_of(connection, record)
    for table in held.TABLES:
        whose = delete(table).where(table.c.lead_id == record.lead_id)
        gone[str(table.name)] = connection.execute(whose).rowcount  # as JSON wants it
    return gone | {"accounts": sum(_leave(connection, name) for name in names)}


def _remove_visits(connection: Connection, person: Person) -> dict[str, int]:
    """Delete what somebody did who is no lead; how much."""
    return {"events": connection.execute(delete(events).where(held.held_of(events, person))).rowcount}


def accounts_of(connection: Connection, record: Record) -> list[str]:
    """The accounts that a lead is and was of."""
    past = select(past_accounts.c.account).distinct().where(past_accounts.c.lead_id == record.lead_id)
    was = [*connection.execute(past).scalars(), *([record.account] if record.account is not None else [])]
    return sorted(set(was))


def _remember(connection: Connection, person: Person, of: list[str], now: int) -> None:
    hashes = orjson.dumps([hashed(name) for name in of]).decode()
    rows: list[dict[str, Any]] = [{"id_hash": hashed(name), "at": now, "account_hashes": hashes} for name in person.ids]
    insert_many(connection, erasures, rows)


def _leave(connection: Connection, account: str) -> int:
    """Delete an account that has no lead and never had another one."""
    for table in (leads, past_accounts):
        if connection.execute(select(table.c.lead_id).where(table.c.account == account).limit(1)).first():
            return 0
    return connection.execute(delete(accounts).where(accounts.c.account == account)).rowcount

"""Takes what several messages lock, in one order for all workers, so that none waits for another that waits for it.

First the names of who has no lead yet or is anonymous, then leads, then accounts, each in the order of its name. One
message of one lead does that by itself; SQLite has one writer at a time.
"""

from collections.abc import Collection, Iterable, Sequence
from zlib import crc32

import orjson
from sqlalchemy import Connection, select

from serving.intake.identity import ANONYMOUS, USER, locked_as
from serving.intake.messages import Alias, Group, Message
from serving.store.many import among
from serving.store.rows import lock_name
from serving.store.schema import accounts, identities, leads

DRAWERS = 256


def hold_all(connection: Connection, messages: Sequence[Message]) -> None:
    """Lock all that these messages will change."""
    if connection.dialect.name == "sqlite" or not _reaches_far(messages):
        return
    users = {m.who.user_id for m in messages if m.who.user_id is not None}
    anonymous = {m.who.anonymous_id for m in messages if m.who.anonymous_id is not None}
    anonymous |= {m.previous_id for m in messages if isinstance(m, Alias)}
    lock_name(connection, *sorted({*(locked_as(ANONYMOUS, i) for i in anonymous), *map(_drawer, users)}))
    named = {*users, *_named(connection, USER, users), *_named(connection, ANONYMOUS, anonymous)}
    joined = _told_of(connection, [m for m in messages if isinstance(m, Group)])
    of_leads = _hold_leads(connection, named, [account for account, tells in joined.items() if tells])
    _hold_accounts(connection, {*of_leads, *joined})


def _drawer(user_id: str) -> str:
    """What is locked for a user who may have no lead yet; one for several, as PostgreSQL holds only some thousand."""
    return locked_as(USER, str(crc32(user_id.encode()) % DRAWERS))


def _reaches_far(messages: Sequence[Message]) -> bool:
    """Whether more than one lead may be locked."""
    return len(messages) > 1 or isinstance(messages[0], Group)


def _named(connection: Connection, kind: str, ids: Collection[str]) -> Iterable[str]:
    c = identities.c
    mapped = select(c.lead_id).where(c.kind == kind, among(connection, c.id, [*ids]))
    return connection.execute(mapped).scalars() if ids else ()


def _told_of(connection: Connection, groups: Sequence[Group]) -> dict[str, bool]:
    """The accounts that are joined, each with whether something new is told of it; its other leads are changed then."""
    if not groups:
        return {}
    c, names = accounts.c, {f"group:{group.group_id}" for group in groups}
    rows = connection.execute(select(c.account, c.traits).where(among(connection, c.account, sorted(names))))
    known = {row.account: orjson.loads(row.traits) for row in rows}
    told = dict.fromkeys(names, False)
    for group in groups:
        account = f"group:{group.group_id}"
        told[account] |= not group.traits.items() <= known.get(account, {}).items()
    return told


def _hold_leads(connection: Connection, named: Collection[str], members_of: Sequence[str]) -> set[str]:
    """Lock leads, by their ids or all of an account; their accounts."""
    c = leads.c
    wanted = among(connection, c.lead_id, [*named]) | among(connection, c.account, members_of)
    rows = connection.execute(select(c.lead_id, c.account).where(wanted).order_by(c.lead_id).with_for_update())
    return {row.account for row in rows if row.account is not None}


def _hold_accounts(connection: Connection, names: Collection[str]) -> None:
    c = accounts.c
    mine = select(c.account).where(among(connection, c.account, [*names])).order_by(c.account)
    connection.execute(mine.with_for_update()).all()

"""Which lead a message is about.

A lead keeps the first id under which it was known. Whoever was anonymous before, and says who they are, keeps their
events; a second person on the same device is another lead, and the device is theirs from then on. Two leads never
become one: each was scored from what it did itself, and those scores can be computed again. Where one person turns out
to be two leads, ``Named.left`` says so.
"""

import hashlib
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from serving.intake.messages import Who
from serving.leads.accounts import moment_among
from serving.leads.record import Record, create, lock, touch
from serving.store.rows import insert_new, lock_name, put
from serving.store.schema import erasures, events, identities

USER, ANONYMOUS = "user", "anonymous"


class ErasedMeanwhile(Exception):
    """This person was erased while the message waited for its turn."""


class Named(NamedTuple):
    """The lead of a message, locked; ``left``: the lead that its device was until now, which has no user id."""

    record: Record
    left: str | None = None


def hold(connection: Connection, *anonymous_ids: str | None) -> None:
    """Keep anonymous ids from being identified, or erased, by anybody else meanwhile."""
    names = sorted({locked_as(ANONYMOUS, i) for i in anonymous_ids if i is not None})
    if names:
        lock_name(connection, *names)


def lead_of(connection: Connection, who: Who) -> str | None:
    """The lead that is meant; None for a stranger."""
    if who.user_id is not None:
        return _mapped(connection, USER, who.user_id)
    return _mapped(connection, ANONYMOUS, who.anonymous_id) if who.anonymous_id is not None else None


def named(connection: Connection, who: Who, at: int) -> Named:
    """The lead that is meant, locked; a stranger becomes a lead, and an anonymous one's events become the lead's.

    The anonymous id is held by then.
    """
    record = _of_either(connection, who, at)
    return Named(record) if who.anonymous_id is None else claim(connection, record, who.anonymous_id, at)


def claim(connection: Connection, record: Record, anonymous_id: str, at: int) -> Named:
    """Make an anonymous id the lead's, and its events that are nobody's yet; they are known of it from now on."""
    row = {"kind": ANONYMOUS, "id": anonymous_id, "lead_id": record.lead_id, "since": at}
    was = _mapped(connection, ANONYMOUS, anonymous_id)
    if was != record.lead_id:
        put(connection, identities, row)
    left = was if was not in {None, record.lead_id} and not _has_user_id(connection, was) else None
    moment = moment_among(connection, record, at)
    mine = update(events).where(events.c.anonymous_id == anonymous_id, events.c.lead_id.is_(None))
    claimed = connection.execute(mine.values(lead_id=record.lead_id, known_from=moment)).rowcount
    return Named(touch(connection, record, moment) if claimed else record, left)


def locked_as(kind: str, identity: str) -> str:
    """What is locked while it is found out, or changed, whose id this is."""
    return f"{kind} {identity}"


def without_erased(connection: Connection, who: Who) -> Who | None:
    """Whom a message is about; None for somebody who was erased, of whom nothing is stored again.

    Somebody else at the device of one who was erased is themselves, without the device.
    """
    gone = were_erased(connection, *(i for i in who if i is not None))
    if not gone:
        return who
    return None if who.user_id is None or who.user_id in gone else Who(who.user_id, None)


def were_erased(connection: Connection, *ids: str) -> set[str]:
    """Those of the ids that were erased."""
    of = {hashed(i): i for i in ids}
    found = connection.execute(select(erasures.c.id_hash).where(erasures.c.id_hash.in_(of))).scalars()
    return {of[known_as] for known_as in found}


def hashed(identity: str) -> str:
    """What is kept of an id after erasure: enough to know it again, nothing to learn it from."""
    return hashlib.sha256(f"leadscore erased {identity}".encode()).hexdigest()


def _of_either(connection: Connection, who: Who, at: int) -> Record:
    user, anonymous = who.user_id, who.anonymous_id
    mine = _mapped(connection, USER, user) if user is not None else None
    known = mine
    if known is None and anonymous is not None:
        known = _mapped(connection, ANONYMOUS, anonymous)
        if known is not None and user is not None and _has_user_id(connection, known):
            known = None  # the device is shared: this is somebody else
    name = known or user or f"anonymous:{anonymous}"
    record = lock(connection, name) or _newcomer(connection, who, name, at)
    if user is not None and mine is None:
        insert_new(connection, identities, {"kind": USER, "id": user, "lead_id": record.lead_id, "since": at})
    return record


def _newcomer(connection: Connection, who: Who, name: str, at: int) -> Record:
    if without_erased(connection, who) != who:
        raise ErasedMeanwhile
    return create(connection, name, at)


def _has_user_id(connection: Connection, lead_id: str) -> bool:
    c = identities.c
    return connection.execute(select(c.id).where(c.lead_id == lead_id, c.kind == USER).limit(1)).first() is not None


def _mapped(connection: Connection, kind: str, identity: str) -> str | None:
    c = identities.c
    return connection.execute(select(c.lead_id).where(c.kind == kind, c.id == identity)).scalar_one_or_none()

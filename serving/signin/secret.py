"""What the service signs links and forms with: made once, kept in the store, the same for all workers."""

from secrets import token_urlsafe

from sqlalchemy import Connection, delete, insert, select

from features.moments import DAY
from serving.access.audit import note
from serving.access.caller import Caller
from serving.store.database import Store
from serving.store.rows import insert_new, lock_name, put
from serving.store.schema import secrets

LINKS, LINKS_BEFORE = "links", "links.before"
OLD_HOLDS = 30 * DAY  # how long links that were signed with the secret before are still believed


def secret_of(store: Store, name: str, now: int) -> str:
    """The secret of this name, made where there is none; raises StoreUnavailable."""
    return store.write(lambda connection: _kept(connection, name, now))


def link_secrets(connection: Connection, now: int) -> list[str]:
    """What links may be signed with at a moment, the present one last; empty as long as there is none."""
    c = secrets.c
    rows = {row.name: row for row in connection.execute(select(secrets).where(c.name.in_((LINKS, LINKS_BEFORE))))}
    before = rows.get(LINKS_BEFORE)
    old = [before.value] if before is not None and now < before.at + OLD_HOLDS else []
    return [*old, rows[LINKS].value] if LINKS in rows else []


def rotate(connection: Connection, caller: Caller, now: int, *, at_once: bool) -> None:
    """Sign links with a new secret; those of the one before hold on for ``OLD_HOLDS``, or not at all (``at_once``)."""
    lock_name(connection, LINKS)
    present = connection.execute(select(secrets.c.value).where(secrets.c.name == LINKS)).scalar_one_or_none()
    connection.execute(delete(secrets).where(secrets.c.name.in_((LINKS, LINKS_BEFORE))))
    connection.execute(insert(secrets).values(name=LINKS, value=token_urlsafe(32), at=now))
    if present is not None and not at_once:
        put(connection, secrets, {"name": LINKS_BEFORE, "value": present, "at": now})
    note(connection, caller, "links.rotated", LINKS, {"at_once": at_once}, at=now)


def _kept(connection: Connection, name: str, now: int) -> str:
    insert_new(connection, secrets, {"name": name, "value": token_urlsafe(32), "at": now})
    found: str = connection.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one()
    return found

"""The first start: a key for whoever sits at the machine, and no open door to anybody else."""

import os
from ipaddress import ip_address
from pathlib import Path

from sqlalchemy import Connection, or_, select, text

from features.errors import ConfigError
from features.moments import now
from serving.access.caller import ALL, SYSTEM
from serving.access.keys import Wanted, create, new_text
from serving.store.database import Store
from serving.store.schema import api_keys


def first_key(store: Store, home: Path) -> str | None:
    """Make a key with every scope where none holds, and write it to ``home/key`` for its owner alone.

    None where there is a key already. Of processes that start at once, one makes it. Raises StoreUnavailable.
    """
    made = new_text()

    def make(connection: Connection) -> str | None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE"))
        if _any_holds(connection):
            return None
        create(connection, SYSTEM, Wanted("first", ALL), now(), made)
        # Before the commit: a file with a key that came to nothing is written anew at the next start, but a key
        # that is in no file would lock the owner out.
        _write_private(home / "key", made)
        return made

    return store.write(make)


def refuse_open_door(host: str, store: Store) -> None:
    """Raises ConfigError when others could reach the service and no key has been made for them."""
    if is_loopback(host) or store.read(_any_holds):
        return
    do = "make a key first (leadscore keys add NAME --scope score), or listen on 127.0.0.1"
    raise ConfigError("beyond this machine, nothing is served without keys", where="--host", got=host, do=do)


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "crm.example")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _any_holds(connection: Connection) -> bool:
    columns = api_keys.c
    holds = columns.revoked_at.is_(None), or_(columns.expires_at.is_(None), columns.expires_at > now())
    return connection.execute(select(columns.key_id).where(*holds).limit(1)).first() is not None


def _write_private(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(content + "\n")
    partial.replace(path)

"""What the service signs links and forms with: made once, kept in the store, the same for all workers."""

from secrets import token_urlsafe

from sqlalchemy import Connection, select

from serving.store.database import Store
from serving.store.rows import insert_new
from serving.store.schema import secrets


def secret_of(store: Store, name: str, now: int) -> str:
    """The secret of this name, made where there is none; raises StoreUnavailable."""

    def kept(connection: Connection) -> str:
        insert_new(connection, secrets, {"name": name, "value": token_urlsafe(32), "at": now})
        found: str = connection.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one()
        return found

    return store.write(kept)

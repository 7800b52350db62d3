"""Two transactions that meet: one has begun and is not at its end when the other comes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from serving.store.database import Store

PATIENCE = 10.0
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
T = TypeVar("T")


def meanwhile(store: Store, first: Callable[[Connection], Any], second: Callable[[], T]) -> T:
    """What ``second`` gives, which comes while ``first`` is being done; in PostgreSQL that ends once somebody waits."""
    begun = Event()

    def slowly(connection: Connection) -> None:
        first(connection)
        begun.set()
        until = monotonic() + PATIENCE
        while connection.dialect.name == "postgresql" and not connection.execute(text(WAITING)).scalar_one():
            assert monotonic() < until

    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(store.write, slowly)
        assert begun.wait(PATIENCE)
        found = second()
        under_way.result()
    return found

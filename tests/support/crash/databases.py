"""The databases that the crash test runs on, what may happen to each of them, and whether it is sound."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import sleep
from typing import NamedTuple

from pg import own_postgres
from sqlalchemy import Connection, make_url, text

Fault = Callable[[Random], str]


class Database(NamedTuple):
    """Where the store is.

    fault: harms the database itself, and says how; recover: waits until it can be used again
    unsound: what is wrong with its files
    """

    name: str
    url: str
    fault: Fault
    recover: Callable[[], None]
    unsound: Callable[[Connection], list[str]]


@contextmanager
def sqlite(folder: Path) -> Iterator[Database]:
    path = folder / "store.db"

    def hold_it(random: Random) -> str:
        """Somebody else, such as a backup, writes for a while."""
        other = sqlite3.connect(path, timeout=5, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            sleep(random.uniform(0.1, 1.0))
            other.execute("COMMIT")
        except sqlite3.OperationalError:
            return "always busy"
        finally:
            other.close()
        return "locked"

    def unsound(connection: Connection) -> list[str]:
        found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        return [f"integrity: {line}" for line in found if line != "ok"] + [f"orphan: {tuple(row)}" for row in orphans]

    yield Database("sqlite", f"sqlite:///{path}", hold_it, lambda: None, unsound)


@contextmanager
def postgresql(_: Path, *, flush: bool = True) -> Iterator[Database]:
    with own_postgres() as server:
        if not flush:
            server.flushes_nothing()
        url = server.new_database()
        name = str(make_url(url).database)

        def harm_it(random: Random) -> str:
            if random.random() < 0.3:
                server.stop()
                sleep(random.uniform(0.0, 0.5))
                server.start()
                return "stopped at once and started again"
            for pid in random.sample(found, 1) if (found := server.backends(name)) else []:
                server.kill_backend(pid)
            return "one of its processes killed"

        yield Database("postgresql", url, harm_it, server.wait_until_up, _broken_constraints)


def _broken_constraints(connection: Connection) -> list[str]:
    broken = text("SELECT conname FROM pg_constraint WHERE NOT convalidated")
    invalid = text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
    return [f"not valid: {name}" for asked in (broken, invalid) for name in connection.execute(asked).scalars()]

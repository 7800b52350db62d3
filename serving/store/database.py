"""Transactions on SQLite and PostgreSQL: what is written is on disk when ``write`` returns, or was never written."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from features.errors import ConfigError, LeadscoreError

T = TypeVar("T")
Work = Callable[[Connection], T]

TRIES = 4
PATIENCE = 5.0  # seconds to wait for a lock or a connection
_AGAIN = {"40001", "40P01"}  # PostgreSQL: a serialization failure, a deadlock: nothing was written


class StoreUnavailable(LeadscoreError):
    """The database is gone, full or too busy; what was asked for was not done, and may be asked for again."""


class Store:
    """One database. Made once per process, shared by its threads; ``close`` it at the end.

    url: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/NAME``
    Raises ConfigError for a URL that is neither.
    """

    def __init__(self, url: str, *, connections: int = 16) -> None:
        self.url = _read(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url, connections)
        # One writer at a time is all that SQLite has; those of one process queue here, not by polling the file.
        self._turn: AbstractContextManager[Any] = Lock() if self.is_sqlite else nullcontext()

    def write(self, work: Work[T]) -> T:
        """Do ``work`` in one transaction; its result, once that is on disk.

        ``work`` may be done again after a conflict with another writer, so it touches nothing but the connection.
        Raises StoreUnavailable; then nothing was written, or (a connection lost while committing) it is not known.
        """
        with self._turn:
            return self._tried(self.engine.execution_options(writes=True), work)

    def read(self, work: Work[T]) -> T:
        """Do ``work`` on one consistent state; raises StoreUnavailable."""
        return self._tried(self.engine, work)

    def settle(self, *, rewrite: bool = False) -> bool:
        """SQLite: empty the write-ahead log, which still has what rows held before; whether nobody was reading in it.

        rewrite: write the whole file anew first, as a page may still hold a copy of a row that was moved out of it
        Raises StoreUnavailable.
        """
        if not self.is_sqlite:
            return True

        def work(connection: Connection) -> bool:
            connection.exec_driver_sql("COMMIT")  # neither is part of a transaction
            if rewrite:
                connection.exec_driver_sql("VACUUM")
            busy: int = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
            connection.exec_driver_sql("BEGIN")
            return not busy

        with self._turn:
            return self._tried(self.engine, work)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _tried(self, engine: Engine, work: Work[T]) -> T:
        for n in range(1, TRIES + 1):
            try:
                with engine.begin() as connection:
                    return work(connection)
            except (OperationalError, InterfaceError, PoolTimeout, DBAPIError) as error:
                if not _is_outage(error):
                    raise
                if n == TRIES or not _may_try_again(error):
                    raise unavailable(error) from error
                sleep(0.01 * 4**n)
        raise AssertionError("the last try returned or raised")


def unavailable(error: SQLAlchemyError) -> StoreUnavailable:
    """What is said of a database that does not answer; no value of any row is in it."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    first_line = str(cause).strip().partition("\n")[0][:200]
    return StoreUnavailable("the store does not answer", got=first_line, do="try again in a few seconds")


def _is_outage(error: SQLAlchemyError) -> bool:
    """Whether the database is at fault, rather than the statement."""
    if isinstance(error, PoolTimeout | InterfaceError) or _state(error) in _AGAIN:
        return True
    return isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def _may_try_again(error: SQLAlchemyError) -> bool:
    """After a conflict, or where the connection broke before anything was committed; not where time ran out."""
    return _state(error) in _AGAIN or (isinstance(error, DBAPIError) and error.connection_invalidated)


def _state(error: SQLAlchemyError) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")


def _read(url: str) -> URL:
    try:
        found = make_url(url)
    except ArgumentError:
        found = make_url("unknown://")
    if found.drivername == "postgresql":
        found = found.set(drivername="postgresql+psycopg")
    if found.drivername not in ("sqlite", "postgresql+psycopg"):
        allowed = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        raise ConfigError("not a database that the store can live in", got=found.drivername, allowed=allowed)
    return found


def _engine(url: URL, connections: int) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, connections)
    try:
        return create_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=PATIENCE,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 5, "options": "-c lock_timeout=5s -c statement_timeout=60s"},
        )
    except ModuleNotFoundError as error:
        raise ConfigError(f"PostgreSQL needs '{error.name}'", do="pip install 'leadscore[postgres]'") from None


def _sqlite(url: URL, connections: int) -> Engine:
    if url.database and url.database != ":memory:":
        _make_private(Path(url.database))
    engine = create_engine(
        url, pool_size=connections, max_overflow=0, pool_timeout=PATIENCE, connect_args={"timeout": PATIENCE}
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions begin and end where we say
        # What is erased is overwritten, so that a copy of the file does not hold it any more.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # A transaction that reads first and writes later could find that another has written in between.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_private(path: Path) -> None:
    """The file is its owner's alone: it holds personal data and webhook secrets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))

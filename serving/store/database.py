"""Transactions on SQLite and PostgreSQL: what is written is on disk when ``write`` returns, or was never written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic, sleep
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from features.errors import ConfigError, LeadscoreError
from serving.store import engines, faults
from serving.store.gate import Gate

T = TypeVar("T")
Work = Callable[[Connection], T]

TRIES = 4
PATIENCE = 3.0  # callers give up after 3 to 5 seconds themselves
_LATER = "try again in a few seconds"


class StoreUnavailable(LeadscoreError):
    """The database is gone, full or too busy; what was asked for was not done, and may be asked for again."""


class Store:
    """One database. Made once per process, shared by its threads; ``close`` it at the end.

    url: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/NAME``
    patience: seconds to wait for a lock or a connection
    Raises ConfigError for a URL that is neither.

    Once the database has not answered, all but one at a time are told so at once, until it answers again.
    """

    def __init__(self, url: str, *, connections: int = 16, patience: float = PATIENCE) -> None:
        self.url, self._patience = _read(url), patience
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = self._reader = engines.sqlite(self.url, connections, patience)
        else:
            self.engine = engines.postgresql(self.url, connections, patience)
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._writes = Gate()
        self._reads = Gate() if self.is_sqlite else self._writes  # a file that is locked can still be read
        # One writer at a time is all that SQLite has; those of one process queue here, not by polling the file.
        self._turn = Lock() if self.is_sqlite else None

    def write(self, work: Work[T]) -> T:
        """Do ``work`` in one transaction; its result, once that is on disk.

        ``work`` may be done again after a conflict with another writer, so it touches nothing but the connection.
        Raises StoreUnavailable; then nothing was written, or (a connection lost while committing) it is not known.
        """
        until = monotonic() + self._patience
        with self._passage(self._writes), self._writers_turn(until):
            return self._tried(self.engine.execution_options(writes_until=until), work, self._writes)

    def read(self, work: Work[T]) -> T:
        """Do ``work`` on one consistent state; raises StoreUnavailable."""
        with self._passage(self._reads):
            return self._tried(self._reader, work, self._reads)

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

        with self._writers_turn(monotonic() + self._patience):
            return self._tried(self.engine, work, self._writes)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _passage(self, gate: Gate) -> Iterator[None]:
        with gate.passage() as may:
            if not may:
                raise StoreUnavailable("the store does not answer", got="it did not a moment ago", do=_LATER)
            yield

    @contextmanager
    def _writers_turn(self, until: float) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=max(0.0, until - monotonic())):
            self._writes.shut()
            raise StoreUnavailable("the store is busy", got="another writer did not end", do=_LATER)
        try:
            yield
        finally:
            self._turn.release()

    def _tried(self, engine: Engine, work: Work[T], gate: Gate) -> T:
        for n in range(1, TRIES + 1):
            done = False
            try:
                with engine.begin() as connection:
                    result = work(connection)
                    done = True
                gate.open()
                return result
            except (DBAPIError, PoolTimeout) as error:
                if not faults.is_outage(error):
                    gate.open()
                    raise
                if n == TRIES or not self._may_try_again(error, done):
                    self._judge(error, gate)
                    raise unavailable(error) from error
                sleep(0.01 * 4**n)
            except Exception:  # not of the database
                gate.open()
                raise
        raise AssertionError("the last try returned or raised")

    def _may_try_again(self, error: SQLAlchemyError, done: bool) -> bool:
        """After a conflict, or where the connection broke before the commit; not where time ran out."""
        if faults.is_read_only(error):
            self.engine.dispose()  # a new connection may lead elsewhere
        return faults.is_conflict(error) or (not done and (faults.is_lost(error) or faults.is_read_only(error)))

    def _judge(self, error: SQLAlchemyError, gate: Gate) -> None:
        gate.shut() if faults.is_general(error) else gate.open()


def unavailable(error: SQLAlchemyError) -> StoreUnavailable:
    """What is said of a database that does not answer; no value of any row is in it."""
    return StoreUnavailable("the store does not answer", got=faults.said(error), do=_LATER)


def _read(url: str) -> URL:
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):  # of a port that is no number, as where a password has a slash
        found = make_url("unknown://")
    if found.drivername == "postgresql":
        found = found.set(drivername="postgresql+psycopg")
    in_memory = found.drivername == "sqlite" and found.database in (None, "", ":memory:")
    if in_memory or found.drivername not in ("sqlite", "postgresql+psycopg"):
        allowed = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        raise ConfigError(
            "not a database that the store can live in",
            got="memory" if in_memory else found.drivername,
            allowed=allowed,
        )
    return found

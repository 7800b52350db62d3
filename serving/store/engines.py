"""How each database is connected to: what makes a commit durable, and for how long anybody waits."""

import os
import sqlite3
from contextlib import suppress
from math import ceil
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from features.errors import ConfigError

_POLL = 0.002  # seconds between two looks whether another process still writes; SQLite's own grow to 0.1
# A host that is gone is noticed while an answer is waited for, not after the system's two hours.
_ALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 15_000}


def postgresql(url: URL, connections: int, patience: float) -> Engine:
    """``patience``: seconds to wait for a lock or a connection. Raises ConfigError where the driver is missing."""
    limits = f"-c lock_timeout={patience * 1_000:.0f} -c statement_timeout=60s"
    try:
        return create_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=patience,
            pool_pre_ping=True,
            connect_args={"connect_timeout": max(2, ceil(patience)), "options": limits, **_ALIVE},
        )
    except ModuleNotFoundError as error:
        raise ConfigError(f"PostgreSQL needs '{error.name}'", do="pip install 'leadscore[postgres]'") from None


def sqlite(url: URL, connections: int, patience: float) -> Engine:
    """A file that is made where there is none, once; later a missing one is a fault, not a new database.

    patience: seconds to wait for a lock or a connection
    """
    path = Path(url.database or "").absolute()
    _make_private(path)
    as_uri = url.set(database=f"file:{quote(str(path))}").update_query_dict({"mode": "rw", "uri": "true"})
    engine = create_engine(
        as_uri, pool_size=connections, max_overflow=0, pool_timeout=patience, connect_args={"timeout": patience}
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None  # transactions begin and end where we say
        # What is erased is overwritten, so that a copy of the file does not hold it any more.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        record.info["file"] = _file(path)

    @event.listens_for(engine, "checkout")
    def _taken(_: object, record: Any, __: object) -> None:
        # What is written to a file that was moved away or replaced is written for nobody.
        if record.info["file"] != _file(path):
            raise DisconnectionError("the database is another file now")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        until = connection.get_execution_options().get("writes_until")
        connection.exec_driver_sql("BEGIN") if until is None else _begin_to_write(connection, until, patience)

    return engine


def _begin_to_write(connection: Connection, until: float, patience: float) -> None:
    """Begin as the writer: a transaction that reads first could find later that another has written in between."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while not _is_begun(driver) and monotonic() < until:
            sleep(_POLL)
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout={patience * 1_000:.0f}")


def _is_begun(driver: sqlite3.Connection) -> bool:
    with suppress(sqlite3.OperationalError):
        driver.execute("BEGIN IMMEDIATE")
    return driver.in_transaction


def _file(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _make_private(path: Path) -> None:
    """The file is its owner's alone: it holds personal data and webhook secrets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))

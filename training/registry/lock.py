"""One at a time in a home: a lock that works on every system and goes with the process that holds it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from features.errors import RegistryError


class BusyError(RegistryError):
    """Another process is at the same work in this home."""


@contextmanager
def alone(home: Path, work: str, wait: float = 0.0) -> Iterator[None]:
    """Hold the home's lock for this work; raises BusyError when another has it for longer than ``wait`` seconds.

    The lock is SQLite's on an empty database: the operating system frees it however the process ends.
    Raises RegistryError when the home cannot be written.
    """
    with closing(_locked(home / f".{work}.lock", work, wait)):
        yield


def _locked(path: Path, work: str, wait: float) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=wait, isolation_level=None)
    except (OSError, sqlite3.OperationalError) as error:
        raise RegistryError("the home cannot be written", where=str(path), got=str(error)) from None
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        connection.close()
        do = "wait until it is done"
        raise BusyError(f"another process is at it: {work}", where=str(path), do=do) from None
    return connection

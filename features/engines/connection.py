"""A DuckDB connection whose long queries tell how far they are, can be stopped, and end without leaving anything."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from features.engines.places import Opened
from features.engines.rows import Rows
from features.errors import ConfigError, DataError, LeadscoreError

Step = Callable[[str, int, int], None]

ROWS_OUT = 65_536
POLL_SECONDS = 0.2
_UNREADABLE = re.compile(r'Failed to read file "([^"]*)": (.*)')
_NO_ROOM = ("No space left", "Could not write", "failed to offload", "max_temp_directory_size")


class Connection:
    """A database in memory; ``step``: told of progress as ``step(what, done, of)``, in the thread of the caller."""

    def __init__(self, duck: duckdb.DuckDBPyConnection, step: Step) -> None:
        self._duck, self._step = duck, step

    def execute(self, query: str) -> None:
        """Run a short query."""
        self._duck.execute(query)

    def one(self, query: str) -> tuple[Any, ...] | None:
        """The first row of a query, if any."""
        rows = self._duck.execute(query).fetchall()
        return rows[0] if rows else None

    def batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query in batches, on a connection of its own: others can run while it is read."""
        with closing(self._duck.cursor()) as cursor:
            yield from cursor.sql(query).to_arrow_reader(ROWS_OUT)

    def run(self, query: str, what: str) -> None:
        """Run a long query, telling how many percent of it are done."""
        most = 0

        def percent() -> tuple[int, int]:
            nonlocal most
            most = max(most, min(99, round(self._duck.query_progress())))
            return most, 100

        self._watched(query, what, percent)
        self._step(what, 100, 100)

    def insert(self, table: str, source: Opened, rows: Rows, schema: pa.Schema, what: str = "") -> None:
        """Make a table of the batches of a source as read, telling how many rows came; raises what reading raises."""
        done = 0
        raised: list[Exception] = []

        def read() -> Iterator[pa.RecordBatch]:
            nonlocal done
            try:
                for batch in source.batches:
                    yield rows(batch, done)
                    done += len(batch)
            except Exception as error:
                raised.append(error)
                raise

        self._duck.register("arriving", pa.RecordBatchReader.from_batches(schema, read()))
        try:
            self._watched(f"CREATE TABLE {table} AS SELECT * FROM arriving", what, lambda: (done, 0))
        except duckdb.Error:
            if raised:
                raise raised[0] from None
            raise
        finally:
            self._duck.unregister("arriving")
            source.batches.close()
        if what:
            self._step(what, done, 0)

    def _watched(self, query: str, what: str, progress: Callable[[], tuple[int, int]]) -> None:
        """Run a query in a thread, so that this one can tell how far it is, and stop it."""
        with ThreadPoolExecutor(1) as pool:
            running: Future[Any] = pool.submit(self._duck.execute, query)
            try:
                while not wait([running], POLL_SECONDS).done:
                    if what:
                        self._step(what, *progress())
                running.result()
            except BaseException:
                while not running.done():  # an interrupt before the query has begun is lost
                    self._duck.interrupt()
                    wait([running], POLL_SECONDS)
                raise


@contextmanager
def connected(settings: Mapping[str, str | int | None], spill: Path | None, step: Step) -> Iterator[Connection]:
    """A connection that spills into a folder of its own within ``spill``; both are gone afterwards.

    Raises DataError when there is no room to work in, ConfigError for settings that DuckDB refuses.
    """
    with _folder(spill) as folder, closing(_connect({"temp_directory": folder, **settings})) as duck:
        try:
            yield Connection(duck, step)
        except duckdb.Error as error:
            raise _said(error, folder) from None


@contextmanager
def _folder(spill: Path | None) -> Iterator[str]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="leadscore-", dir=spill)
    except OSError as error:
        raise DataError("cannot make a folder to spill to", where=str(spill or ""), got=str(error)) from None
    with folder:
        yield folder.name


def _connect(settings: Mapping[str, str | int | None]) -> duckdb.DuckDBPyConnection:
    """One by one, and the folder first: its limit would be forgotten when it changes."""
    duck = duckdb.connect(config={"preserve_insertion_order": False})
    with suppress(duckdb.InvalidInputException):  # in a notebook without ipywidgets DuckDB tells no progress at all
        duck.execute("SET enable_progress_bar_print = false")
        duck.execute("SET enable_progress_bar = true")
    for name, value in settings.items():
        if value is None:
            continue
        try:
            duck.execute(f"SET {name} = ?", [value])
        except duckdb.Error as error:
            duck.close()
            raise ConfigError(f"'{name}' cannot be set", got=repr(value), allowed=_line(error)) from None
    return duck


def _said(error: duckdb.Error, folder: str) -> LeadscoreError | duckdb.Error:
    if isinstance(error, duckdb.OutOfMemoryException) or any(mark in str(error) for mark in _NO_ROOM):
        return DataError(
            "there is no room to work in: memory is used up, and spilling to disk failed",
            where=folder,
            got=_line(error),
            do="free disk space, name a larger folder to spill to, or raise the memory limit",
        )
    unreadable = _UNREADABLE.search(str(error))
    if unreadable:
        return DataError("cannot read the table", where=unreadable[1], got=unreadable[2][:200])
    return error


def _line(error: duckdb.Error) -> str:
    return str(error).strip().partition("\n")[0][:200]

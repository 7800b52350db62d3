"""Tables in databases, as Arrow batches: the rows of a query come as they are read, not all at once."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy

from features.engines.files import BATCH
from features.engines.frames import array_of
from features.engines.places import Batches, Opened, Place
from features.errors import DataError

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Query:
    """Rows of a database: a SQLAlchemy URL, and the query that gives the table's columns, in the database's SQL."""

    url: str = field(repr=False)  # may hold a password
    query: str


def query_opened(source: Query, name: str) -> Opened:
    """Run a query; raises DataError when the database cannot be reached, or refuses the query."""
    batches = _batches(source, name)
    return Opened(Place(name), next(batches).schema.names, batches)


def _batches(source: Query, name: str) -> Batches:
    """First a batch without rows, which says the columns."""
    with connected(source.url, name) as connection:
        columns, partitions = streamed(connection, source.query)
        yield pa.record_batch([pa.nulls(0)] * len(columns), names=columns)
        with closing(partitions):
            for rows in partitions:
                yield pa.record_batch([array_of(c) for c in zip(*rows, strict=True)], names=columns)


@contextmanager
def connected(url: str, name: str) -> Iterator[sqlalchemy.Connection]:
    """A connection to SQLite or PostgreSQL that sees one state, whatever is written meanwhile; others as they are.

    name: what errors call what is read
    Raises DataError when the database cannot be reached, or refuses a query.
    """
    with _answering(name):
        engine = sqlalchemy.create_engine(_with_driver(url))
        _refuse_new_file(engine.url, name)
        try:
            with engine.connect() as connection:
                if engine.name == "sqlite":
                    connection.exec_driver_sql("BEGIN")  # which sqlite3 would not do before a SELECT
                if engine.name == "postgresql":
                    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                yield connection
        finally:
            engine.dispose()


def streamed(connection: sqlalchemy.Connection, query: str) -> tuple[list[str], Generator[Rows, None, None]]:
    """The columns of a query, and its rows, some at a time; through a server-side cursor where there is one."""
    options = {"stream_results": True, "max_row_buffer": BATCH, "no_parameters": True}
    result = connection.execution_options(**options).exec_driver_sql(query)

    def partitions() -> Generator[Rows, None, None]:
        with closing(result):
            yield from result.partitions(BATCH)

    return list(result.keys()), partitions()


def _with_driver(url: str) -> sqlalchemy.URL:
    """The URL with the PostgreSQL driver that is installed, where it names none."""
    try:
        made = sqlalchemy.make_url(url)
    except ValueError:  # of a port that is no number; its text may be a part of the password
        allowed = "KIND://USER:PASSWORD@HOST:PORT/NAME"
        do = "write ':', '/' and '@' of a password as %3A, %2F and %40"
        raise DataError("the database's URL cannot be read", allowed=allowed, do=do) from None
    return made.set(drivername="postgresql+psycopg") if made.drivername == "postgresql" else made


def _refuse_new_file(url: sqlalchemy.URL, name: str) -> None:
    """SQLite would make the file that it does not find."""
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise DataError("there is no such file", where=name, got=url.database)


@contextmanager
def _answering(name: str) -> Iterator[None]:
    try:
        yield
    except (sqlalchemy.exc.SQLAlchemyError, ModuleNotFoundError) as error:
        got = str(error).strip().partition("\n")[0][:200]
        raise DataError("cannot read from the database", where=name, got=got) from None

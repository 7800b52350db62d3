"""Tables in databases, as Arrow batches: the rows of a query come as they are read, not all at once."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import sqlalchemy

from features.engines.files import BATCH
from features.engines.frames import array_of
from features.engines.places import Batches, Opened, Place
from features.errors import DataError


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
    """First a batch without rows, which says the columns; through a server-side cursor where there is one."""
    with _answering(name):
        engine = sqlalchemy.create_engine(source.url)
        _refuse_new_file(engine.url, name)
        options = {"stream_results": True, "max_row_buffer": BATCH, "no_parameters": True}
        try:
            with engine.connect() as connection:
                result = connection.execution_options(**options).exec_driver_sql(source.query)
                columns = list(result.keys())
                yield pa.record_batch([pa.nulls(0)] * len(columns), names=columns)
                with closing(result):
                    for rows in result.partitions(BATCH):
                        yield pa.record_batch([array_of(c) for c in zip(*rows, strict=True)], names=columns)
        finally:
            engine.dispose()


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

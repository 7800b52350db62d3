"""Both databases that the store lives in, as real ones."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from serving.store.database import Store
from serving.store.migrate import migrate

_number = count()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    url = make_url(request.getfixturevalue("postgres"))
    name = f"store_{next(_number)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False).replace("+psycopg", "")


@pytest.fixture
def opened(store_url: str) -> Iterator[Callable[[], Store]]:
    """Opens the database, as often as asked; closes all at the end."""
    stores: list[Store] = []

    def open_it() -> Store:
        stores.append(Store(store_url))
        return stores[-1]

    yield open_it
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    """A store with its tables, on either database."""
    made = opened()
    migrate(made)
    return made

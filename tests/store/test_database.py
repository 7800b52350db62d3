from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from features.errors import ConfigError
from serving.store.database import Store, StoreUnavailable
from serving.store.migrate import is_current, migrate
from serving.store.schema import accounts, metadata


def test_migrations_make_the_tables_that_the_code_reads(store: Store) -> None:
    differences = store.read(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
    assert [d for d in differences if d[0] != "modify_comment"] == []


def test_a_database_is_current_once_it_is_migrated(bare: Callable[[], Store]) -> None:
    made = bare()
    before = is_current(made)
    migrate(made)
    assert (before, is_current(made)) == (False, True)


def test_workers_that_start_at_once_migrate_once(bare: Callable[[], Store]) -> None:
    stores = [bare() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, stores))
    assert is_current(stores[0])


def test_a_database_of_a_later_version_is_refused(store: Store) -> None:
    store.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(ConfigError, match="later version"):
        migrate(store)


def test_a_write_that_fails_leaves_nothing(store: Store) -> None:
    def twice(connection: Connection) -> None:
        for _ in range(2):
            connection.execute(insert(accounts).values(account="a", traits="{}", moment=1))

    with pytest.raises(IntegrityError):
        store.write(twice)
    assert store.read(lambda c: c.execute(select(accounts)).all()) == []


def test_writers_of_two_processes_lose_no_update(store: Store, opened: Callable[[], Store]) -> None:
    store.write(lambda c: c.execute(insert(accounts).values(account="a", traits="{}", moment=0)))

    def count_up(connection: Connection) -> None:
        row = connection.execute(select(accounts.c.moment).with_for_update()).scalar_one()
        connection.execute(update(accounts).values(moment=row + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda s: [s.write(count_up) for _ in range(25)], [store, opened(), opened(), opened()]))
    assert store.read(lambda c: c.execute(select(accounts.c.moment)).scalar_one()) == 4 * 25


def test_a_double_keeps_its_bits_as_json_and_as_a_column(store: Store) -> None:
    value = store.read(lambda c: c.execute(text("SELECT CAST(0.1 AS DOUBLE PRECISION) + 0.2")).scalar_one())
    assert value == 0.1 + 0.2


def test_a_database_that_is_gone_is_said_to_be_unavailable(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'store.db'}")
    (tmp_path / "store.db").unlink()
    (tmp_path / "store.db").mkdir()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        store.read(lambda c: c.execute(text("SELECT 1")))


@pytest.mark.parametrize("url", ["mysql://host/name", "nonsense", "postgresql://u@h:x/y"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="not a database"):
        Store(url)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(store)
    store.close()
    assert (tmp_path / "store.db").stat().st_mode & 0o077 == 0

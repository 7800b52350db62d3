"""A database that is gone, locked, full, replaced or read-only: nobody waits long, nothing is done twice."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cut_line import CutLine
from sqlalchemy import Connection, create_engine, event, func, insert, make_url, select, text, update
from sqlalchemy.exc import IntegrityError

from serving.store.database import Store, StoreUnavailable
from serving.store.migrate import migrate
from serving.store.schema import accounts

PATIENCE = 0.4


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Store]:
    """A store in SQLite that loses its patience soon."""
    store = Store(f"sqlite:///{tmp_path / 'store.db'}", patience=PATIENCE)
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def other(local: Store) -> Iterator[sqlite3.Connection]:
    """Another process, which writes and does not end."""
    connection = sqlite3.connect(str(local.url.database), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def add(name: str) -> Callable[[Connection], None]:
    return lambda c: c.execute(insert(accounts).values(account=name, traits="{}", moment=1))


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(accounts)).scalar_one()


def seconds_until_refused(store: Store) -> float:
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        store.write(add("late"))
    return time.monotonic() - began


def test_writers_do_not_wait_for_each_others_waiting(local: Store, other: sqlite3.Connection) -> None:
    with ThreadPoolExecutor(8) as pool:
        waited = list(pool.map(seconds_until_refused, [local] * 8))
    assert max(waited) < 2.5 * PATIENCE


def test_once_it_has_not_answered_most_are_told_at_once(local: Store, other: sqlite3.Connection) -> None:
    seconds_until_refused(local)
    with ThreadPoolExecutor(8) as pool:
        waited = sorted(pool.map(seconds_until_refused, [local] * 8))
    assert waited[6] < PATIENCE / 2
    assert waited[7] > PATIENCE / 2


def test_it_is_written_to_as_soon_as_it_answers_again(local: Store, other: sqlite3.Connection) -> None:
    seconds_until_refused(local)
    other.execute("ROLLBACK")
    local.write(add("one"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: local.write(add(f"a-{n}")), range(8)))
    assert local.read(count) == 9


def test_a_locked_database_can_still_be_read(local: Store, other: sqlite3.Connection) -> None:
    seconds_until_refused(local)
    assert local.read(count) == 0


def test_a_fault_of_the_statement_keeps_nobody_out(local: Store, other: sqlite3.Connection) -> None:
    seconds_until_refused(local)
    other.execute("ROLLBACK")
    local.write(add("one"))
    with pytest.raises(IntegrityError):
        local.write(add("one"))
    local.write(add("two"))
    assert local.read(count) == 2


def test_a_file_that_was_moved_away_is_not_written_to_and_not_made_anew(local: Store, tmp_path: Path) -> None:
    local.write(add("one"))
    (tmp_path / "store.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(StoreUnavailable, match="unable to open"):
        local.write(add("two"))
    assert not (tmp_path / "store.db").exists()
    (tmp_path / "elsewhere.db").rename(tmp_path / "store.db")
    local.write(add("three"))
    assert local.read(lambda c: c.execute(select(accounts.c.account)).scalars().all()) == ["one", "three"]


def test_a_file_that_took_its_place_is_the_one_that_counts(local: Store, tmp_path: Path) -> None:
    local.write(add("one"))
    backup = Store(f"sqlite:///{tmp_path / 'backup.db'}")
    migrate(backup)
    backup.write(add("from the backup"))
    backup.close()
    local.close()
    local.read(count)
    for end in ("", "-wal", "-shm"):
        (tmp_path / f"store.db{end}").unlink(missing_ok=True)
    (tmp_path / "backup.db").rename(tmp_path / "store.db")
    assert local.read(lambda c: c.execute(select(accounts.c.account)).scalars().all()) == ["from the backup"]


def test_a_broken_file_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"this is no database" * 1_000)
    with pytest.raises(StoreUnavailable, match="not a database"):
        Store(f"sqlite:///{tmp_path / 'store.db'}").read(count)


def test_a_full_disk_is_an_outage_until_there_is_room(local: Store) -> None:
    room = {"pages": local.read(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one()) + 2}

    @event.listens_for(local.engine, "checkout")
    def _limited(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={room['pages']}")

    def much(connection: Connection) -> None:
        connection.execute(insert(accounts).values(account="a", traits="x" * 100_000, moment=1))

    with pytest.raises(StoreUnavailable, match="full"):
        local.write(much)
    assert local.read(count) == 0
    room["pages"] += 1_000
    local.write(much)
    assert local.read(count) == 1


def test_what_is_read_is_of_one_state(store: Store, opened: Callable[[], Store]) -> None:
    def twice(connection: Connection) -> tuple[int, int]:
        before = count(connection)
        opened().write(add("meanwhile"))
        return before, count(connection)

    assert store.read(twice) == (0, 0)
    assert store.read(count) == 1


@pytest.fixture
def line(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CutLine]:
    opened = CutLine(postgres_url.replace("+psycopg", ""), tmp_path_factory.mktemp("l"))
    yield opened
    opened.close()


@pytest.fixture
def far(line: CutLine) -> Iterator[Store]:
    """A store in PostgreSQL at the other end of the line."""
    store = Store(line.url)
    migrate(store)
    yield store
    store.close()


def test_a_commit_whose_answer_was_lost_is_not_done_again(far: Store, line: CutLine) -> None:
    done = []

    def work(connection: Connection) -> None:
        connection.execute(insert(accounts).values(account=f"a-{len(done)}", traits="{}", moment=1))
        done.append(1)
        line.cut_after = b"COMMIT"

    with pytest.raises(StoreUnavailable):
        far.write(work)
    assert (len(done), line.cuts) == (1, 1)
    assert reaches(1, lambda: far.read(count))  # the server commits while nobody hears it
    assert len(done) == 1


def reaches(wanted: int, found: Callable[[], int]) -> bool:
    until = time.monotonic() + 10
    while found() != wanted and time.monotonic() < until:
        time.sleep(0.01)
    return found() == wanted


def test_a_line_that_broke_before_the_commit_is_tried_again(far: Store, line: CutLine) -> None:
    tried = []

    def work(connection: Connection) -> None:
        tried.append(1)
        if len(tried) == 1:
            line.cut_after = b"INSERT"
        add("one")(connection)

    far.write(work)
    assert (len(tried), line.cuts, far.read(count)) == (2, 1, 1)


def test_a_database_that_takes_no_writes_is_an_outage_until_it_does(postgres_url: str) -> None:
    store, name = Store(postgres_url.replace("+psycopg", "")), make_url(postgres_url).database
    migrate(store)
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        store.close()  # as a failover ends every connection
        with pytest.raises(StoreUnavailable, match="read-only"):
            store.write(add("one"))
        assert store.read(count) == 0
        connection.exec_driver_sql("SET default_transaction_read_only = off")
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
    admin.dispose()
    store.write(add("one"))
    assert store.read(count) == 1
    store.close()


def test_a_row_that_another_holds_keeps_nobody_else_out(postgres_url: str) -> None:
    store = Store(postgres_url.replace("+psycopg", ""), patience=PATIENCE)
    migrate(store)
    store.write(add("held"))
    admin = create_engine(postgres_url)
    with admin.begin() as connection:
        connection.execute(text("UPDATE accounts SET moment = 2"))
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            store.write(lambda c: c.execute(update(accounts).values(moment=3)))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: store.write(add(f"a-{n}")), range(4)))
    admin.dispose()
    assert store.read(count) == 5
    store.close()

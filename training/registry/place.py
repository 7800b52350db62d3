"""Where the registry is, and that it answers: quickly, and in words when it does not."""

import logging
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sqlalchemy.exc import SQLAlchemyError

from features.errors import ConfigError, RegistryError

URI = "MLFLOW_TRACKING_URI"
PATIENCE = 5  # seconds until a server or database that does not answer counts as gone
PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
_QUIET = {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}  # it would tear ours
# MLflow asks a silent server eight times over four minutes; twice is enough to know that it is not there.
_TWICE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": str(PATIENCE)}


class Registry(NamedTuple):
    """Where runs go: an MLflow tracking server or database, and a folder for artifacts (None: the server's)."""

    tracking_uri: str
    artifacts: str | None

    @staticmethod
    def embedded(home: Path) -> "Registry":
        """SQLite and a folder in ``home``: nothing to install, nothing to start.

        Raises ConfigError for a home whose path would mean another one in an address.
        """
        path = str(home.resolve())
        if "?" in path or unquote(path) != path:
            do = "name a home without '?', and without '%' before two digits"
            raise ConfigError("this path cannot be the address of a database", where="--home", got=path, do=do)
        return Registry(f"sqlite:///{(home / 'mlflow.db').resolve()}", (home / "artifacts").resolve().as_uri())

    @property
    def begun(self) -> bool:
        """Whether there may be something in it: the database of a home comes with the first training."""
        scheme, _, path = self.tracking_uri.partition(":///")
        return scheme != "sqlite" or Path(path).exists()


def model_name(name: str) -> str:
    """The registered model's name for a configuration's name.

    >>> model_name("madeup")
    'leadscore-madeup'
    """
    return f"leadscore-{name}"


@contextmanager
def reaching(registry: Registry) -> Iterator[MlflowClient]:
    """A client of the registry, which is MLflow's own default while the block runs.

    Raises RegistryError for whatever MLflow refuses, and within seconds when nothing answers.
    """
    logging.getLogger("mlflow").setLevel(logging.WARNING)  # its good news would tear the progress bar
    with _environment(_QUIET), _default(registry):
        try:
            with _environment(_TWICE):
                _knock(registry.tracking_uri)
                client = MlflowClient(registry.tracking_uri)
                client.search_experiments(max_results=1)
            yield client
        except (MlflowException, SQLAlchemyError, OSError, sqlite3.Error) as error:
            raise _refused(registry, error) from None


def _refused(registry: Registry, error: Exception) -> RegistryError:
    got = error.message if isinstance(error, MlflowException) else str(error)
    first_line = got.strip().partition("\n")[0]
    do = "check the tracking server, or leave --tracking-uri out to use the home's own registry"
    return RegistryError("MLflow refused", where=without_password(registry.tracking_uri), got=first_line, do=do)


def without_password(uri: str) -> str:
    """An address that may be printed.

    >>> without_password("postgresql://me:secret@db:5432/mlflow")
    'postgresql://me:...@db:5432/mlflow'
    """
    password = urlsplit(uri).password
    return uri.replace(f":{password}@", ":...@") if password else uri


def _knock(uri: str) -> None:
    """Raise an error at once where MLflow would try for minutes: a database that is not there, or is damaged."""
    scheme, parts = uri.partition("://")[0].partition("+")[0], urlsplit(uri)
    if scheme == "sqlite":
        with closing(sqlite3.connect(uri.partition(":///")[2].partition("?")[0])) as connection:
            connection.execute("PRAGMA schema_version")
    elif scheme in PORTS and parts.hostname:
        socket.create_connection((parts.hostname, parts.port or PORTS[scheme]), timeout=PATIENCE).close()


@contextmanager
def _default(registry: Registry) -> Iterator[None]:
    """Make the registry MLflow's own for a while: its models are logged, its data sets noted, by that alone."""
    before = os.environ.get(URI)
    mlflow.set_tracking_uri(registry.tracking_uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before)


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    """Set what MLflow reads from the environment, for a while."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

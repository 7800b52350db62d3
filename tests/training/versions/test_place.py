"""A registry that is not there is said within seconds, and MLflow's own settings stay as they were."""

import os
import shutil
import socket
import time
from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from features.errors import ConfigError, RegistryError
from training.registry.place import Registry, reaching

SOON = 15.0


@pytest.fixture
def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["http", "https", "postgresql", "mysql+pymysql"])
def test_a_silent_server_is_said_soon(scheme: str, nobody: str) -> None:
    began = time.monotonic()
    with pytest.raises(RegistryError) as error, reaching(Registry(f"{scheme}://{nobody}/mlflow", None)):
        pass
    assert time.monotonic() - began < SOON
    assert "refused" in error.value.got
    assert error.value.where == f"{scheme}://{nobody}/mlflow"


@pytest.mark.parametrize("name", ["leads?", "a%20b"])
def test_a_home_whose_database_would_be_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be the address of a database"):
        Registry.embedded(tmp_path / name)


def test_a_home_may_be_called_by_a_number_sign(template: Path, tmp_path: Path) -> None:
    (tmp_path / "c#").mkdir()
    shutil.copy(template, tmp_path / "c#" / "mlflow.db")
    with reaching(Registry.embedded(tmp_path / "c#")) as client:
        assert list(client.search_registered_models()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["c#"]


def test_a_damaged_database_is_said_soon(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database, and long enough to be read as one " * 20, "utf-8")
    with pytest.raises(RegistryError) as error, reaching(Registry.embedded(tmp_path)):
        pass
    assert error.value.got == "file is not a database"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as error, reaching(Registry.embedded(tmp_path / "nowhere")):
        pass
    assert error.value.got == "unable to open database file"


def test_a_password_is_not_printed(nobody: str) -> None:
    uri = f"postgresql://me:secret@{nobody}/mlflow"
    with pytest.raises(RegistryError) as error, reaching(Registry(uri, None)):
        pass
    assert "secret" not in str(error.value)
    assert "me:..." in error.value.where


def test_what_mlflow_refuses_is_said_in_words(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="MLflow refused") as error, reaching(registry) as client:
        client.get_run("none")
    assert "none" in error.value.got


def test_an_error_of_ours_is_left_as_it_is(registry: Registry) -> None:
    with pytest.raises(ValueError, match="ours"), reaching(registry):
        raise ValueError("ours")


def test_what_mlflow_asks_by_default_is_as_it_was_before(registry: Registry, monkeypatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    before = dict(os.environ), mlflow.get_tracking_uri()
    with reaching(registry):
        assert mlflow.get_tracking_uri() == registry.tracking_uri
        assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "3"
    assert (dict(os.environ), mlflow.get_tracking_uri()) == before


def test_it_is_as_before_after_an_error_too(registry: Registry) -> None:
    before = dict(os.environ)
    with pytest.raises(RegistryError), reaching(registry):
        raise MlflowException("no")
    assert dict(os.environ) == before

"""A local Spark cluster whose executors are processes of their own."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Spark session on two executors; skipped, saying so, where Spark or Java is missing, but not in CI."""
    if shutil.which("java") is None or shutil.which("java") == "":
        _missing("no Java: install Java 17 or 21 to run the Spark tests")
    try:
        from features.engines.spark import local_session
    except ModuleNotFoundError as error:
        _missing(f"no {error.name}: make spark installs it")
    os.environ["SPARK_WORKER_DIR"] = str(tmp_path_factory.mktemp("workers"))
    session = local_session("local-cluster[2, 1, 1024]", memory="1g", shuffles=4)
    yield session
    session.stop()


def _missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)

"""What the process that knows the registry answers when something is wrong: an error in words, without a password."""

from pathlib import Path

import pytest

from serving.versions.child import done
from serving.versions.shapes import DECIDING, Order
from training.registry.lock import alone


def test_a_home_without_a_registry_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    fault = done(Order(home=str(tmp_path))).fault
    assert fault is not None
    assert fault.what == "nothing was registered here yet"


def test_no_password_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://me:secret@127.0.0.1:9/mlflow")
    fault = done(Order(home=str(tmp_path))).fault
    assert fault is not None
    assert "me:...@127.0.0.1" in fault.where
    assert "secret" not in repr(fault)


def test_one_decision_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path, DECIDING):
        assert done(Order(home=str(tmp_path), work="promote", version="1")).busy

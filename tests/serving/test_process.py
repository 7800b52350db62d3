"""The serving process: it starts at once, stays small, never loads a learner, and stops when told."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil
import pytest
from msgspec.structs import replace
from running import PATIENCE, Running, command, started

from features.tables import Lead
from training.scorecard import Scorecard, save

LEARNERS = "mlflow sklearn interpret pandas scipy altair pyarrow joblib".split()


@pytest.fixture(scope="module")
def process(scorecard_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("home"), scorecard_path) as running:
        yield running


def test_it_starts_in_under_two_seconds(scorecard_path: Path, tmp_path: Path, process: Running) -> None:
    def start() -> float:
        with started(tmp_path, scorecard_path) as running:
            return running.cpu_seconds

    assert process.cpu_seconds < 2 or min(start(), start()) < 2


def test_it_stays_under_150_megabytes(process: Running, leads: list[Lead]) -> None:
    batch = {"leads": [{"lead_id": lead.lead_id, "profile": dict(lead.profile)} for lead in leads[:500]]}
    assert (
        httpx2.post(f"{process.url}/v1/score/batch", json=batch, headers=process.headers, timeout=PATIENCE).status_code
        == 200
    )
    assert psutil.Process(process.process.pid).memory_info().rss < 150_000_000


def test_it_imports_no_learner_and_no_mlflow(scorecard_path: Path, tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
import serving.cli
from serving.app import create_app
from serving.programs.opening import open_programs
from serving.service import Service
from serving.settings import Settings
from serving.store.place import open_store
settings = Settings(home=Path({str(tmp_path)!r}))
store = open_store(settings.home)
create_app(Service(settings, store, open_programs(settings, store, Path({str(scorecard_path)!r}))))
print([name for name in {LEARNERS!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told(scorecard_path: Path, tmp_path: Path, told: signal.Signals) -> None:
    with started(tmp_path, scorecard_path) as running:
        running.process.send_signal(told)
        _, log = running.process.communicate(timeout=PATIENCE)
        assert running.process.returncode in (0, -told, 128 + told)
        assert "Traceback" not in log


def test_a_taken_port_is_said(madeup_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        arguments = command("serve", "--home", madeup_home, "--port", port)
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 4
    assert done.stderr.startswith(f"leadscore: cannot listen\n  where: 127.0.0.1:{port}\n  got: Address already in use")


def test_a_newer_scorecard_is_served_without_a_restart(tmp_path: Path, card: Scorecard) -> None:
    save(card, tmp_path / "scorecard.json")
    with started(tmp_path, tmp_path / "scorecard.json") as running:
        save(replace(card, model_version="2"), tmp_path / "scorecard.json")
        until = time.monotonic() + PATIENCE
        while (found := httpx2.get(f"{running.url}/readyz").json()["model_version"]) != "2":
            assert time.monotonic() < until, found
            time.sleep(0.05)

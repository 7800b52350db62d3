"""The serving process: it starts at once, stays small, never loads a learner, and stops when told."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2
import psutil
import pytest
from msgspec.structs import replace

from features.tables import Lead
from training.scorecard import Scorecard, save

LEARNERS = "mlflow sklearn interpret pandas scipy altair pyarrow joblib".split()
PATIENCE = 20.0


class Process(NamedTuple):
    """A serving process that answers, and what its start cost."""

    process: subprocess.Popen[str]
    url: str
    cpu_seconds: float


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "serving.cli", *map(str, arguments)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(process: subprocess.Popen[str], url: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()[1]
        try:
            if httpx2.get(f"{url}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.02)
    raise AssertionError(f"not ready after {PATIENCE:g} s")


@contextmanager
def started(home: Path) -> Iterator[Process]:
    port = free_port()
    arguments = command("serve", "--home", home, "--port", port)
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(process, url)
        times = psutil.Process(process.pid).cpu_times()
        yield Process(process, url, times.user + times.system)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def process(madeup_home: Path) -> Iterator[Process]:
    with started(madeup_home) as running:
        yield running


def test_it_starts_in_under_two_seconds(madeup_home: Path, process: Process) -> None:
    def start() -> float:
        with started(madeup_home) as running:
            return running.cpu_seconds

    assert process.cpu_seconds < 2 or min(start(), start()) < 2


def test_it_stays_under_150_megabytes(process: Process, leads: list[Lead]) -> None:
    batch = {"leads": [{"lead_id": lead.lead_id, "profile": dict(lead.profile)} for lead in leads[:500]]}
    assert httpx2.post(f"{process.url}/v1/score/batch", json=batch, timeout=PATIENCE).status_code == 200
    assert psutil.Process(process.process.pid).memory_info().rss < 150_000_000


def test_it_imports_no_learner_and_no_mlflow(scorecard_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
import serving.cli
from serving.app import create_app
from serving.served import Served
from serving.settings import Settings
create_app(Served(Path({str(scorecard_path)!r}), 0.0), Settings())
print([name for name in {LEARNERS!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told(madeup_home: Path, told: signal.Signals) -> None:
    with started(madeup_home) as running:
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
    with started(tmp_path) as running:
        save(replace(card, model_version="2"), tmp_path / "scorecard.json")
        until = time.monotonic() + PATIENCE
        while (found := httpx2.get(f"{running.url}/readyz").json()["model_version"]) != "2":
            assert time.monotonic() < until, found
            time.sleep(0.05)

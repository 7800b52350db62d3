"""The registry on an MLflow server of its own, as a team has it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from training.promotion.promote import promote
from training.registry.champion import roll_back
from training.registry.moves import moves_of
from training.registry.place import Registry
from training.registry.versions import listed
from training.scorecard import load

NAME = "leadscore-test"
PATIENCE = 120.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[str]:
    """The address of a server on loopback that keeps artifacts itself."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "mlflow.db").write_bytes(template.read_bytes())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--artifacts-destination", str(folder)]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # as in an activated venv
    own = os.environ | {"PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / "out.txt").open("w", encoding="utf-8") as out:
        process = subprocess.Popen(command, cwd=folder, env=own, stdout=out, stderr=out, start_new_session=True)
        with process:
            try:
                wait_until_ready(f"http://127.0.0.1:{port}", process, folder / "out.txt")
                yield f"http://127.0.0.1:{port}"
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], out: Path) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx2.get(f"{url}/health").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(out.read_text("utf-8")[-2_000:])


@pytest.fixture
def registry(server: str) -> Registry:
    """In place of the home's own: what ``make_version`` registers goes to the server."""
    return Registry(server, None)


@pytest.mark.slow
def test_versions_are_promoted_and_rolled_back_on_a_server(
    registry, tmp_path, make_card, make_version, make_leads
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    make_version(make_card(b=4.0), make_leads(600))
    assert promote(registry, NAME, here).promoted
    make_version(make_card(b=1.0), make_leads(600))
    found = promote(registry, NAME, here)
    assert found.promoted, found.verdict.why
    assert found.verdict.evidence.leads == 600
    assert load(here / "scorecard.json").model_version == "2"
    promote(registry, NAME, there)  # another machine's home gets the champion
    assert load(there / "scorecard.json").model_version == "2"
    roll_back(registry, NAME, here, reason="calls dropped")
    assert load(here / "scorecard.json").model_version == "1"
    assert [row.aliases for row in listed(registry, NAME)] == [(), ("champion",)]
    assert [m.what for m in moves_of(registry, NAME)] == ["first", "promoted", "rolled back"]

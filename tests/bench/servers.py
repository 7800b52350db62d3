"""Servers as processes of their own, for benchmarks: the service, any other app, and MLflow's own."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import psutil
import uvicorn
from fastapi import FastAPI
from running import free_port, started

from training.scorecard import Scorecard, save

PATIENCE = 120.0


class Server(NamedTuple):
    """A server that answers; ``key``: what lets requests in, where it asks for one."""

    port: int
    pid: int
    key: str = ""

    def processor(self) -> float:
        """Seconds of processor time that it and what it started have used."""
        mine = psutil.Process(self.pid)
        times = [process.cpu_times() for process in (mine, *mine.children(recursive=True))]
        return sum(t.user + t.system for t in times)


@contextmanager
def leadscore(home: Path, card: Scorecard, *options: object) -> Iterator[Server]:
    """``leadscore serve`` as a user starts it, its log going to a file."""
    path = home / "card.json"
    save(card, path)
    with started(home, path, *options, log=home / "log.txt") as running:
        yield Server(int(running.url.rpartition(":")[2]), running.process.pid, running.key)


@contextmanager
def served(make: Callable[[], FastAPI]) -> Iterator[Server]:
    """Another app on the server program and with the settings of ``leadscore serve``."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(make, listener), daemon=True)
        process.start()
        try:
            port = int(listener.getsockname()[1])
            _wait_for(port)
            assert process.pid is not None
            yield Server(port, process.pid)
        finally:
            process.kill()
            process.join()


def _serve(make: Callable[[], FastAPI], listener: socket.socket) -> None:
    config = uvicorn.Config(make(), log_config=None, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def mlflow_served(model: Path, folder: Path) -> Iterator[Server]:
    """``mlflow models serve`` with one worker, in this environment; ``folder``: for what it writes."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", str(model), "--env-manager", "local"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # as in an activated venv
    environment = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path}
    with (folder / f"mlflow-{port}.txt").open("w") as out:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out, start_new_session=True)
        try:
            _wait_for(port)
            yield Server(port, process.pid)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int) -> None:
    until = monotonic() + PATIENCE
    while monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.1)
    raise RuntimeError("the server did not start")

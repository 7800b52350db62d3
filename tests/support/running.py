"""The service as a process of its own, for tests."""

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

PATIENCE = 20.0


class Running(NamedTuple):
    """A serving process that answers, a key to all of it, and what its start cost."""

    process: subprocess.Popen[str]
    url: str
    key: str
    cpu_seconds: float

    @property
    def headers(self) -> dict[str, str]:
        """What a request needs."""
        return {"Authorization": f"Bearer {self.key}"}


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
def started(home: Path, scorecard: Path, *options: object, port: int = 0, log: Path | None = None) -> Iterator[Running]:
    """Serve a scorecard, with the store in ``home``; ``log``: for many requests, whose lines would fill a pipe."""
    port = port or free_port()
    arguments = command("serve", "--home", home, "--scorecard", scorecard, "--port", port, *options)
    told = log.open("w") if log else subprocess.PIPE
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=told, text=True)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(process, url)
        times = psutil.Process(process.pid).cpu_times()
        yield Running(process, url, (home / "key").read_text().strip(), times.user + times.system)
    finally:
        process.kill()
        process.communicate()
        if not isinstance(told, int):
            told.close()


def first_lead(service: Running, **filters: str) -> str:
    """The lead with the highest score among those that fit."""
    answer = httpx2.get(f"{service.url}/v1/leads", params={"limit": 1, **filters}, headers=service.headers)
    found: str = answer.json()["leads"][0]["lead_id"]
    return found

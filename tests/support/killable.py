"""The service as a process that can be killed and started again, with settings that the command line does not offer."""

import os
import signal
import time
from pathlib import Path

import httpx2
import msgspec
import psutil
from nursery import Nursery, Wanted
from running import free_port

from serving.settings import Settings

PATIENCE = 30.0


class Killable:
    """One service on one port, over one home and store, however often its process dies.

    Its processes are a group of their own, so that all of them can be killed at the same instant. What it logs goes
    to the file ``log`` over all its lives.
    """

    def __init__(self, nursery: Nursery, settings: Settings, scorecard: Path, log: Path) -> None:
        self.settings = msgspec.structs.replace(settings, port=free_port())
        self.url, self.log = f"http://127.0.0.1:{self.settings.port}", log
        self._nursery, self._scorecard = nursery, scorecard
        self._process: psutil.Process | None = None

    @property
    def headers(self) -> dict[str, str]:
        key = (self.settings.home / "key").read_text().strip()
        return {"Authorization": f"Bearer {key}"}

    @property
    def process(self) -> psutil.Process:
        assert self._process is not None, "it was never started"
        return self._process

    def begin(self, workers: int | None = None) -> None:
        """Start it, without waiting for anything."""
        settings = msgspec.structs.replace(self.settings, workers=workers or self.settings.workers)
        wanted = Wanted(settings, str(self._scorecard), str(self.log))
        try:
            self._process = psutil.Process(self._nursery.start(wanted))
        except psutil.NoSuchProcess:
            raise AssertionError(f"it ended at once:\n{self.last_words()}") from None

    def wait_until_ready(self, seconds: float = PATIENCE) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process.is_running(), f"it ended by itself:\n{self.last_words()}"
            try:
                if httpx2.get(f"{self.url}/readyz", timeout=seconds).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"not ready after {seconds:g} s:\n{self.last_words()}")

    def start(self, workers: int | None = None) -> None:
        self.begin(workers)
        self.wait_until_ready()

    def workers(self) -> list[psutil.Process]:
        """The processes that serve, where there are several."""
        return [child for child in self.process.children() if _serves(child)]

    def kill(self) -> None:
        """``kill -9`` of every process of it at once; the port is free afterwards."""
        mine = [self.process, *self.process.children(recursive=True)]
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:  # it has only just been forked, and is no group yet
            self.process.kill()
        psutil.wait_procs(mine, PATIENCE)

    def terminate(self, seconds: float = PATIENCE) -> None:
        """Ask it to stop, and wait until it has."""
        self.process.terminate()
        self.process.wait(seconds)

    def close(self) -> None:
        """Leave nothing behind."""
        if self._process is not None and self._process.is_running():
            self.kill()

    def last_words(self, most: int = 4_000) -> str:
        return self.log.read_text(errors="replace")[-most:] if self.log.exists() else ""


def _serves(child: psutil.Process) -> bool:
    """Whether it is a worker that lives, rather than one of Python's own processes."""
    try:
        return "spawn_main" in " ".join(child.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False

"""Follows a registry beside the service, in a process of its own: the one that serves never imports MLflow."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

log = logging.getLogger("leadscore")
AGAIN = (1.0, 5.0, 30.0, 60.0)  # seconds until one that ended is started again, the last for good
PATIENCE = 10.0  # seconds until one that does not stop is killed


def start_follower(home: Path, every: float, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start ``leadscore follow`` for a home; it ends with the process that started it.

    every: seconds between two looks; environment: LEADSCORE_STORE and MLFLOW_TRACKING_URI, which may hold passwords and
    are therefore no arguments
    """
    command = [sys.executable, "-m", "serving.commands.follow", "--home", str(home), "--every", str(every)]
    command += ["--tied", str(os.getpid())]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, env={**os.environ, **environment})


@contextmanager
def following(home: Path, store: str, tracking_uri: str, every: float = 60.0) -> Iterator[None]:
    """Follow a registry for as long as the service runs; a follower that ends is started again.

    store: the database's URL, empty: in the home; tracking_uri: the registry's
    """
    named = {"LEADSCORE_STORE": store, "MLFLOW_TRACKING_URI": tracking_uri}
    environment = {name: value for name, value in named.items() if value}
    stopped = Event()
    thread = Thread(target=_keep_alive, args=(home, every, environment, stopped), name="follow", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(2 * PATIENCE)


def _keep_alive(home: Path, every: float, environment: Mapping[str, str], stopped: Event) -> None:
    tries = 0
    while not stopped.is_set():
        with start_follower(home, every, environment) as process:
            while process.poll() is None and not stopped.wait(0.2):
                pass
            _end(process)
        if not stopped.is_set():
            wait = AGAIN[min(tries, len(AGAIN) - 1)]
            log.warning("the follower of the registry ended (%s); again in %g s", process.returncode, wait)
            stopped.wait(wait)
            tries += 1


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()

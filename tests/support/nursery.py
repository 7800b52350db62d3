"""Services forked from one process that has imported everything: most of a start is importing.

Run as a script it is that process: each line that it reads is a service to start, and is answered with its process id.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec

from serving.server import serve
from serving.settings import Settings

REPO = Path(__file__).parents[2]


class Wanted(NamedTuple):
    """A service to start: with these settings and scorecard, and a file to log to."""

    settings: Settings
    scorecard: str
    log: str

    def told(self) -> bytes:
        return msgspec.json.encode(self, enc_hook=str)


class Nursery:
    """Starts services, each as a process with a group of its own; ``close`` it at the end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPO,
            env=os.environ | {"PYTHONPATH": str(REPO)},
        )

    def start(self, wanted: Wanted) -> int:
        """The process id of a new service, which has only just begun."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(wanted.told() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            begin(msgspec.json.decode(line, type=Wanted, dec_hook=lambda kind, value: kind(value)))
        print(pid, flush=True)


def begin(wanted: Wanted) -> None:
    """Be the service; never returns."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(wanted.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for to, file in enumerate((nothing, log, log)):
        os.dup2(file, to)
    try:
        serve(wanted.settings, Path(wanted.scorecard))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()

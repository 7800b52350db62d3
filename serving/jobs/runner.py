"""Runs jobs at their intervals in one thread, as long as this worker holds their leases."""

import logging
import os
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple
from uuid import uuid4

from features.moments import SECOND, now
from serving.jobs.leases import give_back, take
from serving.programs.pinned import one_version
from serving.store.database import Store, StoreUnavailable

log = logging.getLogger("leadscore")

LEASE = 60.0  # seconds after which another worker takes over the job of one that is gone


class Job(NamedTuple):
    """Something to be done again and again.

    every: seconds between two turns; turn: does a small part, and says whether there may be more right away
    """

    name: str
    every: float
    turn: Callable[[int], bool]


class Runner:
    """Does the jobs of one process; ``start`` it once, ``stop`` it at the end.

    failed: told of the job whose turn the store did not answer
    """

    def __init__(
        self,
        store: Store,
        jobs: Sequence[Job],
        *,
        clock: Callable[[], int] = now,
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store, self._jobs, self._clock, self._failed = store, jobs, clock, failed
        self._holder = f"{os.getpid()}-{uuid4().hex[:8]}"
        self._next = dict.fromkeys((job.name for job in jobs), 0.0)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Do the jobs from now on."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the turn that is under way, and let another worker go on."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        try:
            self._store.write(lambda connection: give_back(connection, self._holder))
        except StoreUnavailable:
            log.warning("the leases of this worker run out by themselves")

    def run_once(self) -> None:
        """Do a turn of every job that is due; one that fails waits for its next time."""
        for job in self._jobs:
            if self._stopping.is_set() or monotonic() < self._next[job.name]:
                continue
            more = self._tried(job)
            self._next[job.name] = 0.0 if more else monotonic() + job.every

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.run_once()
            self._stopping.wait(max(0.05, min(self._next.values(), default=1.0) - monotonic()))

    def _tried(self, job: Job) -> bool:
        at = self._clock()
        try:
            held = self._store.write(lambda c: take(c, job.name, self._holder, at, at + round(LEASE * SECOND)))
            with one_version():
                return held and job.turn(at)
        except StoreUnavailable as error:
            self._failed(job.name)
            log.warning("%s waits for the store: %s", job.name, error.got)
        except Exception:  # one lead that breaks the code must not end the job for all
            log.exception("%s: an unexpected error", job.name)
        return False

"""Imports of one process that nobody waits for, each in a thread of its own, a few at a time."""

import logging
from threading import Event, Lock, Thread
from typing import BinaryIO

from features.errors import LeadscoreError
from serving.imports.run import Import

log = logging.getLogger("leadscore")

MOST = 4


class Background:
    """The imports under way. ``stop`` ends them after the batch that they are at."""

    def __init__(self) -> None:
        self._stopping = Event()
        self._lock = Lock()
        self._running: dict[str, Thread] = {}

    @property
    def is_full(self) -> bool:
        """Whether as many are under way as there may be."""
        return len(self._running) >= MOST

    def start(self, one: Import, file: BinaryIO) -> Event:
        """Let an import that has begun run; the event is set once it has ended. Its file is closed then."""
        done = Event()
        thread = Thread(target=self._run, args=(one, file, done), name=one.import_id, daemon=True)
        with self._lock:
            self._running[one.import_id] = thread
        thread.start()
        return done

    def stop(self, timeout: float) -> None:
        """End what is under way; importing the same files again goes on from there."""
        self._stopping.set()
        for thread in list(self._running.values()):
            thread.join(timeout)

    def _run(self, one: Import, file: BinaryIO, done: Event) -> None:
        try:
            with file:
                totals = one.run(stop=self._stopping)
            log.info("imported %d rows of %s, refused %d", totals.read, one.order.table, totals.refused)
        except LeadscoreError as error:
            log.warning("an import of %s ended early: %s", one.order.table, error.what)
        except Exception:
            log.exception("an import of %s: an unexpected error", one.order.table)
        finally:
            with self._lock:
                del self._running[one.import_id]
            done.set()

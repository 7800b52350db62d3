"""The scorecard in service: follows its file, and keeps the last good one when a newer file is refused."""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import monotonic

from features.errors import LeadscoreError, ScorecardError
from serving.programs.service import InService, in_service
from training.scorecard import RULES, Scorecard, load

log = logging.getLogger("leadscore")

Check = Callable[[InService], None]


class Follower:
    """Hands out the newest good version of a program.

    check: told of every version before it serves; may refuse it by raising a LeadscoreError

    Raises ScorecardError when made with a file that cannot be served, and what ``check`` raises; afterwards a bad file
    only sets ``refused`` and leaves what is in service as it is.
    """

    def __init__(self, program: str, path: Path, reload_seconds: float, check: Check = lambda _: None) -> None:
        self.program, self.path = program, path
        self._reload_seconds, self._check = reload_seconds, check
        self._lock = Lock()
        self._stamp = self._look()
        self._now = in_service(program, load(path))
        check(self._now)
        self._looked = monotonic()
        self.refused = ""

    def now(self) -> InService:
        """What serves a request that has just come."""
        if monotonic() - self._looked >= self._reload_seconds and self._lock.acquire(blocking=False):
            try:
                self._follow()
            finally:
                self._looked = monotonic()
                self._lock.release()
        return self._now

    def _follow(self) -> None:
        stamp = self._look()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._now = self._checked(load(self.path))
            self.refused = ""
            log.info("serving version %s of %s", self._now.card.model_version, self._now.card.name)
        except LeadscoreError as error:
            self.refused = f"{error.what}: {error.got}" if error.got else error.what
            log.error("kept version %s: %s", self._now.card.model_version, error)

    def _checked(self, card: Scorecard) -> InService:
        """Another version is taken up; another model is not what callers expect here."""
        mine = self._now.card
        if card.name != mine.name and mine.model_version != RULES:
            raise ScorecardError(f"the file now holds the model '{card.name}', not '{mine.name}'", where=self.path.name)
        taken = in_service(self.program, card)
        self._check(taken)
        return taken

    def _look(self) -> tuple[int, int, int]:
        try:
            stat = self.path.stat()
        except OSError:
            return (0, 0, 0)
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

"""The scorecard in service: follows its file, and keeps the last good one when a newer file is refused."""

import logging
from pathlib import Path
from threading import Lock
from time import monotonic

from features.errors import ScorecardError
from serving.scorer import Scorer
from training.scorecard import RULES, Scorecard, load

log = logging.getLogger("leadscore")


class Served:
    """Hands out the scorer of the newest good scorecard.

    Raises ScorecardError when made with a file that cannot be served; afterwards a bad file only sets
    ``refused`` and leaves the scorer as it is.
    """

    def __init__(self, path: Path, reload_seconds: float) -> None:
        self._path, self._reload_seconds = path, reload_seconds
        self._lock = Lock()
        self._stamp = self._look()
        self._scorer = Scorer(load(path))
        self._looked = monotonic()
        self.refused = ""

    def scorer(self) -> Scorer:
        """The scorer to use for one request."""
        if monotonic() - self._looked >= self._reload_seconds and self._lock.acquire(blocking=False):
            try:
                self._follow()
            finally:
                self._looked = monotonic()
                self._lock.release()
        return self._scorer

    def _follow(self) -> None:
        stamp = self._look()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._scorer = Scorer(self._same_model(load(self._path)))
            self.refused = ""
            log.info("serving version %s of %s", self._scorer.card.model_version, self._scorer.card.name)
        except ScorecardError as error:
            self.refused = f"{error.what}: {error.got}" if error.got else error.what
            log.error("kept version %s: %s", self._scorer.card.model_version, error)

    def _same_model(self, card: Scorecard) -> Scorecard:
        """Another version is taken up; another model is not what callers expect here."""
        mine = self._scorer.card
        if card.name != mine.name and mine.model_version != RULES:
            raise ScorecardError(
                f"the file now holds the model '{card.name}', not '{mine.name}'", where=self._path.name
            )
        return card

    def _look(self) -> tuple[int, int, int]:
        try:
            stat = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

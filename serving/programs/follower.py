"""The scorecard in service: follows its file and the adopted agreement, and keeps the last good one.

Requests never wait for it: what is new is read, checked and made ready in a thread, and takes its place in one step.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

from features.errors import LeadscoreError, ScorecardError
from serving.programs.service import InService, in_service
from serving.store.database import StoreUnavailable
from training.scorecard import RULES, Scorecard, load

log = logging.getLogger("leadscore")

PATIENCE = 5.0  # seconds that an answer waits for what is new, where it does

Take = Callable[[InService], InService]
Stamp = tuple[int, int, int, str]


class Follower:
    """Hands out the newest good version of a program.

    reload_seconds: how often at most something new is looked for; 0: before every answer, which then waits for it
    take: told of every version before it serves; gives what serves in its place, or refuses it by a LeadscoreError
    mark: the hash of the adopted agreement, whose change is looked into as well; empty: none
    spare: what served last, to begin with where the file cannot be served; None where there was nothing

    Raises ScorecardError when made with a file that cannot be served and nothing to spare, and what ``take`` raises;
    afterwards a bad file only sets ``refused`` and leaves what is in service as it is.
    """

    def __init__(
        self,
        program: str,
        path: Path,
        reload_seconds: float,
        take: Take = lambda found: found,
        *,
        mark: Callable[[], str] = lambda: "",
        spare: Callable[[], InService | None] = lambda: None,
    ) -> None:
        self.program, self.path = program, path
        self._reload_seconds, self._take, self._mark = reload_seconds, take, mark
        self._lock = Lock()
        self.refused = ""
        before = self._look(("", ""))
        self._now = self._begin(spare)
        self._stamp = self._after_beginning(before)
        self._looked = monotonic()

    def now(self) -> InService:
        """What serves a request that has just come."""
        if monotonic() - self._looked >= self._reload_seconds and self._lock.acquire(blocking=False):
            looking = Thread(target=self._follow, name=f"follow {self.program}", daemon=True)
            looking.start()
            if not self._reload_seconds:
                looking.join(PATIENCE)  # whoever asks may hold a lock that the thread waits for
        return self._now

    def _begin(self, spare: Callable[[], InService | None]) -> InService:
        try:
            return self._take(in_service(self.program, load(self.path)))
        except StoreUnavailable:
            raise
        except LeadscoreError as error:
            last = spare()
            if last is None:
                raise
            self._refuse(error, last)
            return last

    def _after_beginning(self, before: Stamp) -> Stamp:
        """What the next look is compared with: beginning may itself have adopted the first agreement."""
        after = self._look(before)
        is_ours = after[:-1] == before[:-1] and after[-1] == self._now.card.agreement_hash
        return after if is_ours else before

    def _follow(self) -> None:
        """Take up what is new; whoever calls holds the lock, which is released here."""
        try:
            stamp = self._look(self._stamp)
            if stamp != self._stamp and self._taken_up():
                self._stamp = stamp
        except Exception:  # whatever it is, what is in service goes on, and the next look may succeed
            log.exception("following %s: an unexpected error", self.program)
        finally:
            self._looked = monotonic()
            self._lock.release()

    def _taken_up(self) -> bool:
        """Whether what is new was taken up or refused, rather than to be tried again."""
        try:
            self._now = self._take(in_service(self.program, self._same_model(load(self.path))))
        except LeadscoreError as error:
            self._refuse(error, self._now)
            return not isinstance(error, StoreUnavailable)
        self.refused = ""
        log.info("serving version %s of %s", self._now.card.model_version, self._now.card.name)
        return True

    def _refuse(self, error: LeadscoreError, kept: InService) -> None:
        refused = f"{error.what}: {error.got}" if error.got else error.what
        if refused != self.refused:
            log.error("kept version %s: %s", kept.card.model_version, error)
        self.refused = refused

    def _same_model(self, card: Scorecard) -> Scorecard:
        """Another version is taken up; another model is not what callers expect here."""
        mine = self._now.card
        if card.name != mine.name and mine.model_version != RULES:
            raise ScorecardError(f"the file now holds the model '{card.name}', not '{mine.name}'", where=self.path.name)
        return card

    def _look(self, before: tuple[object, ...]) -> Stamp:
        """What would be another after a change; while the store does not answer, the mark is taken to be the same."""
        try:
            mark = self._mark()
        except StoreUnavailable:
            mark = str(before[-1])
        try:
            stat = self.path.stat()
        except OSError:
            return 0, 0, 0, mark
        return stat.st_mtime_ns, stat.st_size, stat.st_ino, mark

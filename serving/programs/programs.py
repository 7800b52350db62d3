"""The programs of the service, each with the scorecard that is in service now."""

import logging
from collections.abc import Callable, Mapping
from threading import Lock, Thread
from time import monotonic

from features.errors import ConfigError, LeadscoreError, nearest
from serving.programs.follower import Follower
from serving.programs.pinned import version_of
from serving.programs.service import CUSTOMERS, LEADS, InService

log = logging.getLogger("leadscore")

POLL = 1.0  # seconds between two looks for a program that may begin
Begin = Callable[[], Follower | None]


class NoSuchProgram(ConfigError):
    """The service has no program of this name."""


class Programs:
    """What is in service; shared by all requests of a process.

    begin: for programs that may begin later, what gives their follower once there is something to serve
    """

    def __init__(self, followers: Mapping[str, Follower], begin: Mapping[str, Begin] | None = None) -> None:
        self._followers = dict(followers)
        self._begin = {name: begins for name, begins in (begin or {}).items() if name not in followers}
        self._faults: dict[str, str] = {}
        self._looked, self._looking = monotonic(), Lock()

    @property
    def leads(self) -> InService:
        """The program of those who have not bought yet."""
        return version_of(self._followers[LEADS])

    @property
    def customers(self) -> InService | None:
        """The program of those who have, if there is one."""
        follower = self._known().get(CUSTOMERS)
        return version_of(follower) if follower else None

    def named(self, program: str) -> InService:
        """A program by its name; raises NoSuchProgram."""
        found = self._known().get(program)
        if found is None:
            do = nearest(program, self._followers)
            raise NoSuchProgram(f"there is no program '{program}' here", where="program", got=repr(program), do=do)
        return version_of(found)

    def all(self) -> list[InService]:
        """Every program, that of leads first."""
        return [version_of(follower) for follower in self._known().values()]

    @property
    def read_accounts(self) -> bool:
        """Whether some score reads what colleagues do."""
        return any(service.needs.accounts for service in self.all())

    def refused(self) -> dict[str, str]:
        """The programs whose newer scorecard was refused, and why."""
        return self._faults | {name: f.refused for name, f in self._followers.items() if f.refused}

    def look(self) -> None:
        """Look for programs that may have begun; done by itself once a second, in a thread."""
        for name, begin in list(self._begin.items()):
            try:
                follower = begin()
            except LeadscoreError as error:
                self._faults = {**self._faults, name: error.what}
                continue
            if follower is not None:
                del self._begin[name]
                self._faults = {}
                self._followers = {**self._followers, name: follower}
                log.info("the program '%s' begins", name)

    def _known(self) -> Mapping[str, Follower]:
        """The programs that have begun."""
        if self._begin and monotonic() - self._looked >= POLL and self._looking.acquire(blocking=False):
            Thread(target=self._look_once, name="new programs", daemon=True).start()
        return self._followers

    def _look_once(self) -> None:
        """As ``look``, for who holds the lock."""
        try:
            self.look()
        except Exception:  # whatever it is, the next look may succeed
            log.exception("looking for new programs: an unexpected error")
        finally:
            self._looked = monotonic()
            self._looking.release()

"""The programs of the service, each with the scorecard that is in service now."""

from collections.abc import Mapping

from features.errors import LeadscoreError, nearest
from serving.programs.follower import Follower
from serving.programs.service import CUSTOMERS, LEADS, InService


class NoSuchProgram(LeadscoreError):
    """The service has no program of this name."""


class Programs:
    """What is in service; shared by all requests of a process."""

    def __init__(self, followers: Mapping[str, Follower]) -> None:
        self._followers = dict(followers)

    @property
    def leads(self) -> InService:
        """The program of those who have not bought yet."""
        return self._followers[LEADS].now()

    @property
    def customers(self) -> InService | None:
        """The program of those who have, if there is one."""
        follower = self._followers.get(CUSTOMERS)
        return follower.now() if follower else None

    def named(self, program: str) -> InService:
        """A program by its name; raises NoSuchProgram."""
        if program not in self._followers:
            do = nearest(program, self._followers)
            raise NoSuchProgram(f"there is no program '{program}' here", where="program", got=repr(program), do=do)
        return self._followers[program].now()

    def all(self) -> list[InService]:
        """Every program, that of leads first."""
        return [follower.now() for follower in self._followers.values()]

    @property
    def read_accounts(self) -> bool:
        """Whether some score reads what colleagues do."""
        return any(service.needs.accounts for service in self.all())

    def refused(self) -> dict[str, str]:
        """The programs whose newer scorecard was refused, and why."""
        return {name: f.refused for name, f in self._followers.items() if f.refused}

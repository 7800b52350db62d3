"""SLA clocks of stages that leads entered in the past.

A clock runs from the moment of the change, if it has not run out by the time of the import; a breach of the past is not
told to anybody.
"""

from features.agreement import Stage
from features.moments import DAY
from serving.process.clock import Clock, started
from serving.programs.service import InService

_LONGEST = 4_096  # days
_NONE = Clock("none")


class Clocks:
    """The clocks of leads that entered stages before a moment: that of the beginning of an import."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._over: dict[tuple[str, str], int] = {}

    def since(self, service: InService, name: str, at: int) -> Clock:
        """The clock of a lead that entered a stage of a program at a moment."""
        stage = service.process.stage(name)
        if stage is None or stage.sla is None or at <= self._over_until(service, stage):
            return _NONE
        clock = started(service.agreement, stage, at)
        return clock if clock.due_at is not None and clock.due_at > self._now else _NONE

    def _over_until(self, service: InService, stage: Stage) -> int:
        """A moment of entry for which the clock is over, and hence for every earlier one: counting hours is slow."""
        key = (service.program, stage.stage)
        if key not in self._over:
            days = 1
            while days < _LONGEST and not self._is_over(service, stage, self._now - days * DAY):
                days *= 2
            self._over[key] = self._now - days * DAY
        return self._over[key]

    def _is_over(self, service: InService, stage: Stage, at: int) -> bool:
        due_at = started(service.agreement, stage, at).due_at
        return due_at is None or due_at <= self._now

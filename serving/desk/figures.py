"""The shared figures: each stage in a period, against what was agreed.

Conversion is the share that went on to a later stage, of the stays that began in the period and have ended. Those that
still last are told beside it, with the share if none of them, and if all of them, went on: a lead that came yesterday
has had no time to. The time in a stage is the one after which half have left (Kaplan and Meier 1958, JASA 53:457, which
counts those who are still there for as long as they have been).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from features.agreement import Stage
from serving.desk.periods import Period
from serving.desk.rates import Rate, rate
from serving.desk.stays import Entries, Stays, entries, passed, stays, weeks
from serving.programs.service import InService
from serving.store.schema import standings


class StageFigures(NamedTuple):
    """One stage.

    entered: stays that began in the period, those that were passed through included (``passed``)
    on, back, lost, open: what became of them; conversion: the share of ``on`` among those that ended
    at_least, at_most: the share of ``on`` of all, if none or all that are open go on
    half_left_after: hours; None while more than half are there
    within, too_long: stays that lasted as long as agreed at most, or longer; None where nothing is agreed
    sla_kept, sla_breached: clocks that ended in time, and those that did not or are overdue
    reasons: why leads were sent back or lost: (outcome, reason), most often first
    weekly: how many came in, by week
    """

    stage: Stage
    entered: int
    passed: int
    on: int
    back: int
    lost: int
    open: int
    conversion: Rate | None
    at_least: float
    at_most: float
    half_left_after: int | None
    within: int | None
    too_long: int | None
    sla_kept: int
    sla_breached: int
    reasons: list[tuple[str, str, int]]
    weekly: list[int]

    @property
    def kept_target(self) -> bool | None:
        """Whether the agreed share went on; None where none is agreed, or nothing has ended yet."""
        if self.stage.target is None or self.conversion is None:
            return None
        return self.conversion.share >= self.stage.target

    @property
    def is_certain(self) -> bool:
        """Whether the agreed share lies outside the interval, so that chance alone hardly explains the difference."""
        found, target = self.conversion, self.stage.target
        return found is not None and target is not None and not found.low <= target <= found.high

    @property
    def in_time(self) -> Rate | None:
        """The share of stays that were no longer than agreed, of those of which it is known."""
        return None if self.within is None or self.too_long is None else rate(self.within, self.within + self.too_long)

    @property
    def sla(self) -> Rate | None:
        """The share of clocks that were kept, of those that ended or are overdue."""
        return rate(self.sla_kept, self.sla_kept + self.sla_breached)


class Figures(NamedTuple):
    """All stages in a period; ``weeks``: when each week of ``weekly`` began."""

    period: Period
    stages: list[StageFigures]
    weeks: list[int]

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not any(stage.entered for stage in self.stages)


def figures(connection: Connection, service: InService, period: Period, now: int) -> Figures:
    """The figures of a period, counted now."""
    told, moves = stays(connection, service, period, now), entries(connection, service, period)
    overdue, through = _overdue(connection, service, period, now), passed(moves)
    began = list(weeks(period))
    return Figures(
        period,
        [
            _of_stage(stage, [s for s in told if s.place == i], through.get(i, 0), overdue.get(i, 0))._replace(
                weekly=_weekly(moves, i, began)
            )
            for i, stage in enumerate(service.agreement.stages)
        ],
        began,
    )


def _of_stage(stage: Stage, told: Sequence[Stays], through: int, overdue: int) -> StageFigures:
    became = Counter[str]({"on": through})
    for s in told:
        became[s.outcome] += s.n
    ended, entered = became["on"] + became["back"] + became["lost"], became.total()
    timed = stage.most_days is not None
    return StageFigures(
        stage=stage,
        entered=entered,
        passed=through,
        on=became["on"],
        back=became["back"],
        lost=became["lost"],
        open=became["open"],
        conversion=rate(became["on"], ended),
        at_least=became["on"] / entered if entered else 0.0,
        at_most=(became["on"] + became["open"]) / entered if entered else 0.0,
        half_left_after=half_left_after(told),
        within=sum(s.within for s in told) if timed else None,
        too_long=sum(s.too_long for s in told) if timed else None,
        sla_kept=sum(s.n for s in told if s.sla == "kept"),
        sla_breached=sum(s.n for s in told if s.sla == "breached") + overdue,
        reasons=_reasons(told),
        weekly=[],
    )


def half_left_after(told: Iterable[Stays]) -> int | None:
    """The hours after which half have left, by Kaplan and Meier; None where that cannot be told yet."""
    left, there = Counter[int](), Counter[int]()
    for s in told:
        there[s.hours] += s.n
        if s.outcome != "open":
            left[s.hours] += s.n
    remain, share = there.total(), 1.0
    for hours in sorted(there):
        share *= 1 - left[hours] / remain
        if share <= 0.5:
            return hours
        remain -= there[hours]
    return None


def _reasons(told: Iterable[Stays]) -> list[tuple[str, str, int]]:
    found = Counter[tuple[str, str]]()
    for s in told:
        if s.outcome in ("back", "lost"):
            found[s.outcome, s.reason] += s.n
    return [(outcome, reason, n) for (outcome, reason), n in sorted(found.items(), key=lambda r: (-r[1], r[0]))]


def _weekly(moves: Iterable[Entries], place: int, began: Sequence[int]) -> list[int]:
    found = Counter[int]()
    for move in moves:
        if place in move.entered:
            found[move.week] += move.n
    return [found[week] for week in began]


def _overdue(connection: Connection, service: InService, period: Period, now: int) -> Mapping[int, int]:
    """The leads whose clock runs since a moment of the period and has run out, by place."""
    c, places = standings.c, service.process.places
    mine = (c.program == service.program, c.sla_state.in_(("running", "due", "breached")), c.sla_due_at < now)
    began = (c.stage_since >= period.start, c.stage_since < period.end)
    found = Counter[int]()
    for stage, n in connection.execute(select(c.stage, func.count()).where(*mine, *began).group_by(c.stage)):
        if stage in places:
            found[places[stage]] += n
    return found

"""How leads went through the stages: every stay that began in a period, and what became of it.

A stay begins when a lead comes into a stage, from below or because it was sent back. It ends when the lead goes on to
a later stage (``on``), is sent back to an earlier one (``back``) or is given up (``lost``); until then it is ``open``.
A lead that is moved past stages has passed through them (``passed``): it came in and went on at that moment. So all
that goes on from a stage comes into the next one, and rates of conversion can be multiplied.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from sqlalchemy import CTE, ColumnElement, Connection, Label, and_, case, func, literal, select

from features.moments import DAY
from features.snapshots import LOST
from serving.desk.periods import Period
from serving.programs.service import InService
from serving.store.schema import stage_changes, standings

HOUR = DAY // 24
FINE = 14 * DAY  # shorter stays are told to the hour, longer ones to the day
WEEK = 7 * DAY
_MONDAY = 3 * DAY  # 1970 began on a Thursday
_NEW, _LOST = -1, -2  # as places: not yet in any stage, given up
Outcome = Literal["on", "back", "lost", "open"]


class Stays(NamedTuple):
    """Stays of the same kind, counted.

    place: of the stage; hours: how long they lasted, or last by now; reason: why sent back or lost
    sla: of the stage, as it ended: kept, breached, or none
    within: how many lasted no longer than the agreement wants; too_long: how many lasted longer, or do by now
    """

    place: int
    outcome: Outcome
    hours: int
    reason: str
    sla: str
    n: int
    within: int
    too_long: int


class Entries(NamedTuple):
    """Moves from one place to a higher one or back, in a week (the moment when it began); -1: a new lead."""

    was: int
    place: int
    week: int
    n: int

    @property
    def entered(self) -> range:
        """The places that such a move comes into: those it passes, and the one where it ends."""
        return range(self.was + 1 if self.is_ahead else self.place, self.place + 1)

    @property
    def is_ahead(self) -> bool:
        """Whether it comes from a lower place, so that it passes those between."""
        return _NEW <= self.was < self.place


def stays(connection: Connection, service: InService, period: Period, now: int) -> list[Stays]:
    """The stays that began in the period; those that were passed through are not among them."""
    followed = _followed(service, period)
    c = followed.c
    outcome = case(
        (c.after.is_(None), "open"), (c.after == _LOST, "lost"), (c.after > c.place, "on"), else_="back"
    ).label("outcome")
    took = func.coalesce(c.left_at, now) - c.at
    most = _most(service, c.place)
    columns: list[Label[Any]] = [
        c.place.label("place"),
        outcome,
        _hours(took).label("hours"),
        case((c.after < c.place, c.reason), else_="").label("reason"),
        func.coalesce(c.sla, "none").label("sla"),
    ]
    counted = (
        func.count().label("n"),
        func.sum(case((and_(c.left_at.is_not(None), took <= most), 1), else_=0)).label("within"),
        func.sum(case((took > most, 1), else_=0)).label("too_long"),
    )
    began = and_(c.at < period.end, c.place >= 0)
    rows = connection.execute(select(*columns, *counted).where(began).group_by(*columns))
    found = [Stays(**row._mapping) for row in rows]
    first = _in_first_stage(connection, service, period, now)
    return [*(s for s in found if s.place > 0 or s.outcome != "open"), *first]


def entries(connection: Connection, service: InService, period: Period) -> list[Entries]:
    """The moves of the period by week; of leads that are in the first stage since they came, there is none."""
    c = stage_changes.c
    columns = (_place(service, c.was, _NEW).label("was"), _place(service, c.stage).label("place"), _week(c.at))
    told = select(*columns, func.count().label("n")).where(*_moves(service, period.start), c.at < period.end)
    rows = connection.execute(told.group_by(*columns))
    return [Entries(_NEW - 9 if was is None else was, place, week * WEEK - _MONDAY, n) for was, place, week, n in rows]


def weeks(period: Period) -> Iterator[int]:
    """The weeks of a period, from the Monday (UTC) of its first moment on."""
    first = (period.start + _MONDAY) // WEEK
    last = (period.end - 1 + _MONDAY) // WEEK
    return (week * WEEK - _MONDAY for week in range(first, last + 1))


def _followed(service: InService, period: Period) -> CTE:
    """Each move since the period began, with the one that follows it."""
    c = stage_changes.c
    moves = select(
        c.lead_id, c.at, c.id, c.reason, c.sla, _place(service, c.stage).label("place")
    ).where(*_moves(service, period.start)).cte("moves")  # fmt: skip
    m = moves.c

    def following(column: ColumnElement[Any]) -> Label[Any]:
        return func.lead(column).over(partition_by=m.lead_id, order_by=(m.at, m.id)).label(f"next_{column.key}")

    told = select(m.at, m.place, *(following(column) for column in (m.place, m.at, m.reason, m.sla))).cte("told")
    t = told.c
    return select(
        t.at, t.place, t.next_place.label("after"), t.next_at.label("left_at"),
        t.next_reason.label("reason"), t.next_sla.label("sla"),
    ).cte("followed")  # fmt: skip


def _moves(service: InService, since: int) -> list[ColumnElement[bool]]:
    """Moves to a stage that the agreement knows; a new name for the same stage is none."""
    c = stage_changes.c
    was, place = _place(service, c.was, _NEW), _place(service, c.stage)
    known = c.stage.in_([*service.process.places, LOST])
    return [c.program == service.program, c.at >= since, known, func.coalesce(was, _NEW - 9) != place]


def _place(service: InService, column: ColumnElement[str], nowhere: int | None = None) -> ColumnElement[Any]:
    """The place of a stage by its name; ``nowhere``: of the empty name."""
    names: dict[str, int] = service.process.places | {LOST: _LOST}
    if nowhere is not None:
        names[""] = nowhere
    return case(names, value=column)


def _most(service: InService, place: ColumnElement[Any]) -> ColumnElement[Any]:
    """The longest that a stay should last; null where nothing is agreed."""
    agreed = {i: round(s.most_days * DAY) for i, s in enumerate(service.agreement.stages) if s.most_days}
    return case(agreed, value=place) if agreed else literal(None)


def _hours(took: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((took < FINE, took // HOUR), else_=took // DAY * 24)


def _week(at: ColumnElement[Any]) -> Label[Any]:
    return ((at + _MONDAY) // WEEK).label("week")


def _in_first_stage(connection: Connection, service: InService, period: Period, now: int) -> Iterator[Stays]:
    """Leads in the first stage since some moment of the period: no move says so of those that were imported."""
    c, agreed = standings.c, service.agreement.stages[0].most_days
    names = [name for name, place in service.process.places.items() if place == 0]
    began = (c.stage_since >= period.start, c.stage_since < period.end)
    took = now - c.stage_since
    too_long = took > round(agreed * DAY) if agreed else literal(False)
    columns = (_hours(took).label("hours"), func.sum(case((too_long, 1), else_=0)), func.count())
    for hours, long, n in connection.execute(
        select(*columns).where(c.program == service.program, c.stage.in_(names), *began).group_by(columns[0])
    ):
        yield Stays(0, "open", hours, "", "none", n, 0, long)


def passed(moves: Iterable[Entries]) -> dict[int, int]:
    """How many leads passed through each place without staying."""
    found: dict[int, int] = {}
    for move in moves:
        for place in move.entered:
            if place != move.place:
                found[place] = found.get(place, 0) + move.n
    return found

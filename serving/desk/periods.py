"""The periods that figures are asked for: the last days, this quarter or the last one, since the agreement holds."""

from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from features.moments import DAY, datetime_of, of_datetime
from serving.programs.service import InService
from serving.store.schema import agreements

_DAYS = {"7d": 7, "30d": 30, "90d": 90, "365d": 365}
NAMES = (*_DAYS, "quarter", "last_quarter", "agreement")
FIRST = "90d"
Unit = str  # "month" or "quarter"


class Period(NamedTuple):
    """From a moment (microseconds) until before another one."""

    name: str
    start: int
    end: int

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.end - self.start) / DAY


def period(connection: Connection, service: InService, name: str, now: int) -> Period:
    """The period of a name, another one where there is none of it; in the teams' time zone."""
    if name == "quarter":
        return Period(name, _start(now, 3, 0, zone_of(service)), now)
    if name == "last_quarter":
        return last_whole(service, 3, now)._replace(name=name)
    if name == "agreement":
        return Period(name, _adopted(connection, service.program) or now - 365 * DAY, now)
    name = name if name in _DAYS else FIRST
    return Period(name, now - _DAYS[name] * DAY, now)


def last_whole(service: InService, months: int, now: int) -> Period:
    """The last whole month (1) or quarter (3) of the calendar."""
    zone = zone_of(service)
    return Period("last", _start(now, months, -1, zone), _start(now, months, 0, zone))


def zone_of(service: InService) -> tzinfo:
    """Where the clocks of the teams are."""
    zone = service.agreement.process.business_hours.zone
    return UTC if zone == "UTC" else ZoneInfo(zone)


def _start(now: int, months: int, away: int, zone: tzinfo) -> int:
    """When the span of so many months began in which ``now`` is, or the one so many ``away`` from it."""
    local = datetime_of(now).astimezone(zone)
    first = 12 * local.year + (local.month - 1) // months * months + months * away
    return of_datetime(datetime(first // 12, first % 12 + 1, 1, tzinfo=zone))


def _adopted(connection: Connection, program: str) -> int | None:
    c = agreements.c
    last = select(func.max(c.adopted_at)).where(c.program == program, c.state == "adopted")
    found: int | None = connection.execute(last).scalar_one()
    return found

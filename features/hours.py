"""Business hours: when an SLA is due, and how much of it has passed.

On a business day it is open from the first moment at which the clock on the wall shows ``opens``, or later, until the
first at which it shows ``closes``, or later. A time that comes twice is therefore the first of the two (as in RFC 5545,
section 3.3.5), and one that is skipped is the moment at which it is skipped. What counts is the time that really
passes: where the clock is put back while it is open, that day has an hour more.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from features.errors import AgreementError
from features.moments import SECOND, datetime_of, of_datetime
from features.processkeys import WEEKDAYS, BusinessHours

HOUR = 3600 * SECOND
_ONE_DAY = timedelta(days=1)
_LAST_DAY = date.max - 2 * _ONE_DAY  # its end, in any zone, is still a moment
_LATEST = of_datetime(datetime.max)


def add_business_hours(at: int, hours: float, calendar: BusinessHours) -> int:
    """The earliest moment by which so many business hours have passed since ``at`` (microseconds).

    ``hours`` counts to the microsecond and is not negative. Raises AgreementError when the moment would lie
    beyond the year 9999, or the zone is not known here.

    >>> from features.moments import iso, moment
    >>> friday = moment("2026-10-23T13:00:00Z")  # 15:00 in Berlin, two days before the clock is put back
    >>> iso(add_business_hours(friday, 4.0, BusinessHours(zone="Europe/Berlin")))
    '2026-10-26T10:00:00Z'
    """
    left = round(hours * HOUR)
    if left <= 0:
        return at
    spans = _open_from(at, calendar) if left <= _LATEST - at else ()
    for opens, closes in spans:
        passed = closes - max(opens, at)
        if passed >= left:
            return closes - (passed - left)
        left -= passed
    raise AgreementError(
        "so many business hours never pass",
        where="process.business_hours",
        got=f"{hours:g} hours",
        allowed="hours that have passed by the year 9999",
    )


def business_time_between(start: int, end: int, calendar: BusinessHours) -> int:
    """The microseconds of business hours from one moment to another; negative when ``end`` comes first.

    Raises AgreementError when the zone is not known here.
    """
    if end < start:
        return -business_time_between(end, start, calendar)
    total = 0
    for opens, closes in _open_from(start, calendar):
        if opens >= end:
            break
        total += min(closes, end) - max(opens, start)
    return total


def business_hours_between(start: int, end: int, calendar: BusinessHours) -> float:
    """As ``business_time_between``, in hours.

    >>> from features.moments import moment
    >>> business_hours_between(moment("2026-10-23T16:00Z"), moment("2026-10-26T10:30Z"), BusinessHours())
    2.5
    """
    return business_time_between(start, end, calendar) / HOUR


def minutes_of_day(text: str) -> int | None:
    """The minutes since midnight of a time of day from 00:00 to 24:00; None when it is none.

    >>> [minutes_of_day(t) for t in ("09:30", "24:00", "9", "24:01")]
    [570, 1440, None, None]
    """
    hours, colon, minutes = text.partition(":")
    digits = len(hours) == len(minutes) == 2 and colon and (hours + minutes).isascii() and (hours + minutes).isdigit()
    if not digits or int(minutes) > 59:
        return None
    total = 60 * int(hours) + int(minutes)
    return total if total <= 1440 else None


class _Week(NamedTuple):
    """Business hours made ready to count with; ``opens`` and ``closes`` in minutes since midnight."""

    zone: tzinfo
    weekdays: frozenset[int]
    opens: timedelta
    closes: timedelta
    holidays: frozenset[date]


@lru_cache(maxsize=64)
def _week(calendar: BusinessHours) -> _Week:
    return _Week(
        _zone(calendar.zone),
        frozenset(map(WEEKDAYS.index, calendar.days)),
        timedelta(minutes=minutes_of_day(calendar.opens) or 0),
        timedelta(minutes=minutes_of_day(calendar.closes) or 0),
        frozenset(calendar.holidays),
    )


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise AgreementError(
            f"the time zone '{name}' is not known here",
            where="process.business_hours.zone",
            do="install the package tzdata, or correct the name",
        ) from None


def _open_from(at: int, calendar: BusinessHours) -> Iterator[tuple[int, int]]:
    """The spans (from, until) in which it is open, in order, from the one that ends after ``at``.

    Those of the days before the local day of ``at`` ended by then: a moment at which the clock first shows a time
    comes before all moments at which it shows a later one of the same or the next days.
    """
    week = _week(calendar)
    day = datetime_of(at).astimezone(week.zone).date()
    while day <= _LAST_DAY:
        if day.weekday() in week.weekdays and day not in week.holidays:
            midnight = datetime.combine(day, time())
            opens, closes = (_first(midnight + clock, week.zone) for clock in (week.opens, week.closes))
            if closes > max(opens, at):
                yield opens, closes
        day += _ONE_DAY


def _first(clock: datetime, zone: tzinfo) -> int:
    """The first moment at which the clock on the wall shows this time or a later one."""
    local = clock.replace(tzinfo=zone)
    moment = of_datetime(local)
    if zone is UTC or _shown(moment, zone) == clock:
        return moment
    # The time is skipped. Read with the offset from after the gap (fold=1) it lies before it, with the other behind it.
    before = of_datetime(local.replace(fold=1))
    return before + bisect_left(range(moment - before), True, key=lambda after: _shown(before + after, zone) >= clock)


def _shown(at: int, zone: tzinfo) -> datetime:
    return datetime_of(at).astimezone(zone).replace(tzinfo=None)

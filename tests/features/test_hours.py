"""Business hours across nights, weekends, holidays and changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.errors import AgreementError
from features.hours import HOUR, add_business_hours, business_hours_between, business_time_between, minutes_of_day
from features.moments import DAY, SECOND, datetime_of, iso, moment, of_datetime
from features.processkeys import WEEKDAYS, BusinessHours

MINUTE = 60 * SECOND
UTC_OFFICE = BusinessHours()
BERLIN = BusinessHours(zone="Europe/Berlin")
CHRISTMAS = BusinessHours(holidays=(date(2026, 12, 25), date(2026, 12, 28)))
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",  # no change of the clock
    "America/Havana",  # put back over midnight: 01:00 becomes 00:00
    "America/Santiago",  # put forward at midnight: 00:00 becomes 01:00
    "America/St_Johns",  # until 2011 put back from 00:01 to 23:01 of the day before
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # left out 30 December 2011
)
ALWAYS = {zone: BusinessHours(days=WEEKDAYS, opens="00:00", closes="24:00", zone=zone) for zone in ZONES}

moments = st.integers(moment("2005-01-01"), moment("2030-01-01"))
spans = st.integers(0, 400 * HOUR)


@st.composite
def calendars(draw: st.DrawFn) -> BusinessHours:
    opens = draw(st.integers(0, 1439))
    closes = draw(st.integers(opens + 1, 1440))
    days = draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1))
    holidays = draw(st.sets(st.dates(date(2005, 1, 1), date(2030, 1, 1)), max_size=3))
    return BusinessHours(
        days=tuple(days),
        opens=f"{opens // 60:02}:{opens % 60:02}",
        closes=f"{closes // 60:02}:{closes % 60:02}",
        zone=draw(st.sampled_from(ZONES)),
        holidays=tuple(holidays),
    )


@pytest.mark.parametrize(
    ("calendar", "at", "hours", "due"),
    [
        (UTC_OFFICE, "2026-11-02T10:00", 4.0, "2026-11-02T14:00:00Z"),
        (UTC_OFFICE, "2026-11-02T15:00", 4.0, "2026-11-03T11:00:00Z"),
        (UTC_OFFICE, "2026-11-02T09:00", 8.0, "2026-11-02T17:00:00Z"),
        (UTC_OFFICE, "2026-11-02T05:00", 1.0, "2026-11-02T10:00:00Z"),
        (UTC_OFFICE, "2026-11-06T16:00", 2.0, "2026-11-09T10:00:00Z"),
        (UTC_OFFICE, "2026-11-07T12:00", 1.5, "2026-11-09T10:30:00Z"),
        (CHRISTMAS, "2026-12-24T16:00", 2.0, "2026-12-29T10:00:00Z"),
        (UTC_OFFICE, "2026-11-02T09:00", 10_000.0, iso(moment("2026-11-02T17:00") + (1250 // 5 * 7 - 3) * DAY)),
        (BERLIN, "2026-03-27T15:00", 2.0, "2026-03-30T08:00:00Z"),
        (BERLIN, "2026-10-23T14:00", 2.0, "2026-10-26T09:00:00Z"),
        (BusinessHours(zone="Asia/Kolkata"), "2026-11-02T03:30", 8.0, "2026-11-02T11:30:00Z"),
    ],
    ids=[
        "within a day",
        "over night",
        "until the office closes",
        "before the office opens",
        "over a weekend",
        "from within a weekend",
        "over holidays and a weekend",
        "1,250 days of eight hours",
        "over the night that the clock is put forward",
        "over the night that the clock is put back",
        "in a zone of half hours",
    ],
)
def test_when_business_hours_have_passed(calendar: BusinessHours, at: str, hours: float, due: str) -> None:
    assert iso(add_business_hours(moment(at), hours, calendar)) == due


@pytest.mark.parametrize(
    ("opens", "closes", "day", "hours"),
    [
        ("00:00", "24:00", "2026-03-29", 24.0 - 1.0),
        ("00:00", "24:00", "2026-10-25", 24.0 + 1.0),
        ("01:00", "05:00", "2026-03-29", 4.0 - 1.0),
        ("01:00", "05:00", "2026-10-25", 4.0 + 1.0),
        ("02:30", "05:00", "2026-03-29", 2.0),  # open from 03:00, where the clock goes on
        ("02:30", "05:00", "2026-10-25", 2.5 + 1.0),  # from the first 02:30
        ("00:00", "02:30", "2026-03-29", 2.0),  # until 02:00, where the clock jumps
        ("00:00", "02:30", "2026-10-25", 2.5),  # until the first 02:30
        ("02:00", "03:00", "2026-03-29", 0.0),  # an office hour that does not come
        ("09:00", "17:00", "2026-03-29", 8.0),
    ],
)
def test_a_day_on_which_the_clock_is_changed(opens: str, closes: str, day: str, hours: float) -> None:
    calendar = BusinessHours(days=WEEKDAYS, opens=opens, closes=closes, zone="Europe/Berlin")
    midnight = datetime.fromisoformat(day)
    start, end = (of_datetime(m.replace(tzinfo=ZoneInfo("Europe/Berlin"))) for m in (midnight, midnight + timedelta(1)))
    assert business_hours_between(start, end, calendar) == hours


def test_no_hours_pass_in_no_time() -> None:
    sunday = moment("2026-11-08T12:00")
    assert add_business_hours(sunday, 0.0, UTC_OFFICE) == sunday


def test_hours_between_count_backwards_too() -> None:
    first, second = moment("2026-11-06T16:00"), moment("2026-11-09T10:00")
    assert business_hours_between(second, first, UTC_OFFICE) == -(1.0 + 1.0)


@given(moments, spans, st.sampled_from(ZONES))
@example(moment("2011-12-29T20:00:00Z"), 100 * HOUR, "Pacific/Apia")
@example(moment("2006-10-29T00:00:00Z"), 48 * HOUR, "America/St_Johns")
def test_where_it_is_never_closed_every_moment_counts(start: int, span: int, zone: str) -> None:
    assert business_time_between(start, start + span, ALWAYS[zone]) == span


@given(moments, spans, calendars())
def test_the_hours_added_are_the_hours_between(at: int, span: int, calendar: BusinessHours) -> None:
    hours = span / HOUR
    assert business_hours_between(at, add_business_hours(at, hours, calendar), calendar) == hours


@given(moments, spans.filter(bool), calendars())
def test_no_earlier_moment_has_the_hours(at: int, span: int, calendar: BusinessHours) -> None:
    due = add_business_hours(at, span / HOUR, calendar)
    assert business_time_between(at, due - 1, calendar) == span - 1


@given(moments, spans, spans, calendars())
def test_hours_can_be_added_one_after_the_other(at: int, first: int, second: int, calendar: BusinessHours) -> None:
    stepwise = add_business_hours(add_business_hours(at, first / HOUR, calendar), second / HOUR, calendar)
    assert stepwise == add_business_hours(at, (first + second) / HOUR, calendar)


@given(st.lists(moments, min_size=3, max_size=3), calendars())
def test_the_time_between_adds_up(three: list[int], calendar: BusinessHours) -> None:
    start, middle, end = three
    halves = business_time_between(start, middle, calendar) + business_time_between(middle, end, calendar)
    assert halves == business_time_between(start, end, calendar)


@given(moments, spans, spans, calendars())
def test_who_begins_later_is_not_due_earlier(at: int, later: int, span: int, calendar: BusinessHours) -> None:
    first, second = (add_business_hours(start, span / HOUR, calendar) for start in (at, at + later))
    assert first <= second


@given(st.integers(0, 20 * 365 * 24 * 60), st.integers(0, 2000), st.sampled_from(ZONES[:6]))
def test_the_time_between_is_that_of_the_minutes_in_which_the_clock_shows_office_hours(
    start: int, minutes: int, zone: str
) -> None:
    """Counted minute by minute, for office hours in which no clock is changed."""
    calendar = BusinessHours(opens="08:15", closes="16:45", zone=zone)
    begin = datetime(2008, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    clocks = [(begin + timedelta(minutes=i)).astimezone(ZoneInfo(zone)) for i in range(minutes)]
    opened = sum(c.weekday() < 5 and (8, 15) <= (c.hour, c.minute) < (16, 45) for c in clocks)
    at = of_datetime(begin)
    assert business_time_between(at, at + minutes * MINUTE, calendar) == opened * MINUTE


def test_hours_that_would_pass_after_the_last_year_are_refused() -> None:
    with pytest.raises(AgreementError, match="never pass"):
        add_business_hours(moment("2026-11-02"), 1e9, UTC_OFFICE)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../etc", "Europe"])
def test_a_zone_that_is_not_known_here_is_refused(zone: str) -> None:
    with pytest.raises(AgreementError, match="is not known here"):
        add_business_hours(0, 1.0, BusinessHours(zone=zone))


@pytest.mark.parametrize("text", ["", "9", "9:00", "09:60", "24:01", "25:00", "-1:30", "09:00:00", "٠٩:٠٠", "ab:cd"])
def test_what_is_no_time_of_day(text: str) -> None:
    assert minutes_of_day(text) is None


@pytest.mark.parametrize(("text", "minutes"), [("00:00", 0), ("09:30", 9 * 60 + 30), ("24:00", 24 * 60)])
def test_times_of_day(text: str, minutes: int) -> None:
    assert minutes_of_day(text) == minutes


def test_a_moment_becomes_a_datetime_and_back() -> None:
    assert datetime_of(moment("2026-11-02T10:00:00.000001Z")) == datetime(2026, 11, 2, 10, 0, 0, 1, tzinfo=UTC)

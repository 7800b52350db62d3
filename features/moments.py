"""Moments: UTC instants as whole microseconds since 1970, so that comparing and subtracting are exact."""

from datetime import UTC, datetime, timedelta

from features.errors import DataError

SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment(text: str) -> int:
    """Read an ISO 8601 date or time; without an offset it is UTC, as the data contract says.

    Raises DataError when the text is no date or time.

    >>> moment("1970-01-02") == DAY
    True
    >>> moment("1970-01-01T01:00:00+01:00")
    0
    """
    try:
        return of_datetime(datetime.fromisoformat(text))
    except (ValueError, OverflowError):  # the second where an offset leads out of the years 1 to 9999
        raise DataError(
            "not a moment in time", got=repr(text), allowed="ISO 8601, such as 2026-11-02T10:00:00Z"
        ) from None


def of_datetime(value: datetime) -> int:
    """Microseconds since 1970 of a datetime; a naive one is UTC."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    aware = value if value.tzinfo is UTC else value.astimezone(UTC)
    return (aware - _EPOCH) // _MICROSECOND


def datetime_of(at: int) -> datetime:
    """The moment as a datetime in UTC."""
    return _EPOCH + at * _MICROSECOND


def now() -> int:
    """The present moment."""
    return of_datetime(datetime.now(UTC))


def iso(at: int) -> str:
    """Write a moment as ISO 8601 in UTC.

    >>> iso(moment("2026-11-02T10:00:00+02:00"))
    '2026-11-02T08:00:00Z'
    """
    return datetime_of(at).isoformat().replace("+00:00", "Z")

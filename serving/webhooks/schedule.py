"""When a delivery that failed is tried again: the schedule that Standard Webhooks recommends, about three days."""

from email.utils import parsedate_to_datetime
from random import Random

from features.moments import DAY, SECOND, of_datetime

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
# Before the second attempt, the third, and so on; the first is made at once.
WAITS = (
    5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR
)  # fmt: skip
ATTEMPTS = len(WAITS) + 1
JITTER = 0.2
LONGEST_ASKED_FOR = DAY
DISABLED_AFTER = 5 * DAY


def wait(attempts: int, random: Random, asked: int = 0) -> int | None:
    """Microseconds to wait after so many attempts, all failed; None after the last.

    Every wait is up to a fifth shorter or longer, so that a receiver that was away is not met by all at once, and
    at least what the receiver ``asked`` for, up to a day.

    >>> 4 * SECOND <= wait(1, Random(1)) <= 6 * SECOND
    True
    """
    if attempts >= ATTEMPTS:
        return None
    planned = round(WAITS[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER))
    return max(planned, min(asked, LONGEST_ASKED_FOR))


def asked_wait(retry_after: str, now: int) -> int:
    """What the header ``Retry-After`` asks for in microseconds; 0 when it cannot be read.

    >>> asked_wait("120", 0) == asked_wait("Thu, 01 Jan 1970 00:02:00 GMT", 0) == 120 * SECOND
    True
    """
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return int(text[:9]) * SECOND
    try:
        return max(0, of_datetime(parsedate_to_datetime(text)) - now)
    except (TypeError, ValueError, OverflowError):
        return 0

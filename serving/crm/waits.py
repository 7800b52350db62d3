"""How long is waited: before a record is sent again, and before a CRM is asked again."""

from random import Random

from features.moments import DAY, SECOND
from serving.crm.errors import CrmError, RequestRefused, Throttled, Unauthorized

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
OF_RETRY = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 12 * HOUR, DAY)
OF_MISSING = (HOUR, DAY, 7 * DAY)  # records are often made there later; then it is not looked for any more
JITTER = 0.2


def next_try(waits: tuple[int, ...], attempts: int, random: Random) -> int | None:
    """Microseconds to wait after so many attempts that failed; None after the last.

    >>> MINUTE <= next_try(OF_RETRY, 1, Random(1)) <= 1.2 * MINUTE, next_try(OF_MISSING, 4, Random(1))
    (True, None)
    """
    if attempts > len(waits):
        return None
    return round(waits[attempts - 1] * random.uniform(1, 1 + JITTER))


def pause(fault: CrmError, pauses: int, random: Random) -> int:
    """Microseconds without any request after so many faults in a row: never less than the CRM asks for, up to a day.

    >>> from serving.crm.errors import Unreachable
    >>> pause(Throttled("", asked=30 * SECOND), 1, Random(1)) >= 30 * SECOND
    True
    >>> [round(pause(Unreachable(""), n, Random(1)) / SECOND) for n in (1, 2, 20)]
    [5, 10, 3697]
    """
    first, longest = _of_fault(fault)
    planned = min(first << min(pauses - 1, 20), longest)
    return round(max(planned, min(fault.asked, DAY)) * random.uniform(1, 1 + JITTER))


def _of_fault(fault: CrmError) -> tuple[int, int]:
    if isinstance(fault, Throttled):
        return SECOND, HOUR
    if isinstance(fault, Unauthorized | RequestRefused):  # somebody must mend it
        return 5 * MINUTE, 6 * HOUR
    return 5 * SECOND, HOUR

"""What cannot be read where nobody can mend it any more: unknown, and said once."""

import logging
from collections.abc import Callable
from typing import TypeVar

log = logging.getLogger("leadscore")
MANY = 40  # characters of a value that is shown

V = TypeVar("V")
T = TypeVar("T")


def or_unknown(what: str, read: Callable[[V], T]) -> Callable[[V], T | None]:
    """The same, but that what it refuses is unknown; the first time it says so, with ``what`` it read."""
    said: list[str] = []

    def lenient(value: V) -> T | None:
        try:
            return read(value)
        except (TypeError, ValueError, OverflowError):
            if not said:
                said.append(what)
                log.warning("%s is no number everywhere, such as %s: unknown there", what, repr(value)[:MANY])
            return None

    return lenient

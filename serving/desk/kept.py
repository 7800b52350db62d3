"""Figures that take long are counted once a minute at most, and say of when they are.

Those that take very long are counted more seldom still: a database is busy with them for a small part of the time.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from time import perf_counter
from typing import Generic, NamedTuple, TypeVar

from features.moments import SECOND

T = TypeVar("T")
MINUTE = 60 * SECOND
MOST = 64  # answers that are kept
REST = 30  # times as long as counting took


class Counted(NamedTuple, Generic[T]):
    """An answer, the moment that it is of, and until when it is kept."""

    value: T
    at: int
    until: int


class Kept(Generic[T]):
    """Keeps answers for a minute or longer; whoever asks meanwhile for what is being counted waits for it.

    timer: the time that passes, in seconds
    """

    def __init__(self, timer: Callable[[], float] = perf_counter) -> None:
        self._timer = timer
        self._found: dict[Hashable, Counted[T]] = {}
        self._counting: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def of(self, key: Hashable, now: int, count: Callable[[], T]) -> Counted[T]:
        """The answer for a key, as ``count`` gave it not long before ``now``, or gives it now."""
        with self._lock:
            mine = self._counting.setdefault(key, Lock())
        with mine:
            found = self._found.get(key)
            if found is None or not found.at <= now < found.until:
                found = self._found[key] = self._counted(count, now)
                self._forget(now)
        return found

    def _counted(self, count: Callable[[], T], now: int) -> Counted[T]:
        began = self._timer()
        value = count()
        return Counted(value, now, now + max(MINUTE, round(REST * (self._timer() - began) * SECOND)))

    def _forget(self, now: int) -> None:
        """Drop what is too old, and all where there is too much."""
        with self._lock:
            fresh = {key: found for key, found in self._found.items() if found.at <= now < found.until}
            self._found = fresh if len(fresh) <= MOST else {}
            self._counting = {key: lock for key, lock in self._counting.items() if key in fresh or lock.locked()}

"""Figures that take long are counted once a minute at most, and say of when they are."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from features.moments import SECOND

T = TypeVar("T")
MINUTE = 60 * SECOND
MOST = 64  # answers that are kept


class Counted(NamedTuple, Generic[T]):
    """An answer and the moment that it is of."""

    value: T
    at: int


class Kept(Generic[T]):
    """Keeps answers for a minute; whoever asks meanwhile for what is being counted waits for it."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Counted[T]] = {}
        self._counting: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def of(self, key: Hashable, now: int, count: Callable[[], T]) -> Counted[T]:
        """The answer for a key, as ``count`` gave it in the last minute, or gives it now."""
        with self._lock:
            mine = self._counting.setdefault(key, Lock())
        with mine:
            found = self._found.get(key)
            if found is None or not 0 <= now - found.at < MINUTE:
                found = self._found[key] = Counted(count(), now)
                self._forget(now)
        return found

    def _forget(self, now: int) -> None:
        """Drop what is too old, and all where there is too much."""
        with self._lock:
            fresh = {key: found for key, found in self._found.items() if 0 <= now - found.at < MINUTE}
            self._found = fresh if len(fresh) <= MOST else {}
            self._counting = {key: lock for key, lock in self._counting.items() if key in fresh or lock.locked()}

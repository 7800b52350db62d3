"""How often somebody may try to sign in: so many times a minute from one address, in this process."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic

from serving.signin.refusals import TooOften

MINUTE = 60.0
MOST = 10_000  # addresses that are remembered


class Attempts:
    """A bucket for each address, which holds ``per_minute`` attempts and fills up in a minute."""

    def __init__(self, per_minute: int, timer: Callable[[], float] = monotonic) -> None:
        self._per_second, self._most, self._timer = per_minute / MINUTE, float(per_minute), timer
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # attempts, and when there were so many
        self._lock = Lock()

    def take(self, address: str) -> None:
        """Count an attempt; raises TooOften."""
        with self._lock:
            at = self._timer()
            left, since = self._left.pop(address, (self._most, at))
            left = min(self._most, left + (at - since) * self._per_second)
            allowed = left >= 1
            self._left[address] = left - allowed, at
            if len(self._left) > MOST:
                self._left.popitem(last=False)
        if not allowed:
            raise TooOften((1 - left) / self._per_second)

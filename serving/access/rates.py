"""How many requests a key may make: a token bucket for each, in this process alone.

A key with ``n`` requests a minute has a bucket that holds ``n`` and fills by ``n / 60`` a second, so that in any ``t``
seconds at most ``n * (1 + t / 60)`` are let through: a burst is fine, a habit is not. With several workers each has
its own buckets; the service as a whole then lets through up to that many times as much.
"""

from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import NamedTuple

from serving.access.caller import Caller

MINUTE = 60.0
Header = tuple[bytes, bytes]


class Allowance(NamedTuple):
    """What a key may still do.

    left: requests at once; full_in: seconds until its bucket is full again
    wait: seconds until this request may come; 0: it may
    """

    per_minute: int
    left: int
    full_in: float
    wait: float = 0.0

    def headers(self) -> list[Header]:
        """As the IETF draft ``draft-ietf-httpapi-ratelimit-headers`` (08 to 10) writes it.

        >>> Allowance(600, 599, 0.1).headers()[1]
        (b'ratelimit', b'"key";r=599;t=1')
        """
        return [
            (b"ratelimit-policy", b'"key";q=%d;w=60' % self.per_minute),
            (b"ratelimit", b'"key";r=%d;t=%d' % (self.left, ceil(self.full_in))),
        ]


class Rates:
    """The buckets of all keys that were seen. Used on one event loop, so without a lock.

    per_minute: of keys that have no limit of their own; 0: none
    """

    def __init__(self, per_minute: int = 0, timer: Callable[[], float] = monotonic) -> None:
        self._per_minute, self._timer = per_minute, timer
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, and when there were so many

    def take(self, caller: Caller) -> Allowance | None:
        """Count one request, if it may come; None where there is no limit."""
        limit = self._per_minute if caller.per_minute is None else caller.per_minute
        if not limit:
            return None
        at, per_second = self._timer(), limit / MINUTE
        tokens, since = self._buckets.get(caller.key_id, (float(limit), at))
        tokens = min(float(limit), tokens + (at - since) * per_second)
        wait = max(0.0, (1 - tokens) / per_second)
        tokens -= not wait
        self._buckets[caller.key_id] = tokens, at
        return Allowance(limit, int(tokens), (limit - tokens) / per_second, wait)

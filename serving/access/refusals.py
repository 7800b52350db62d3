"""Why a caller is refused. Which HTTP status each is, ``serving.problems`` says.

AccessError
├── NotKnown        no key, or none that holds (any more)
├── NotAllowed      the key lacks a scope
├── TooMany         more requests than the key may make
├── NoSuchKey       a key that is to be changed does not exist
└── KeyReused       the Idempotency-Key came before, with another request
"""

from math import ceil

from features.errors import LeadscoreError


class AccessError(LeadscoreError):
    """A caller is refused."""


class NotKnown(AccessError):
    """No key, or none that holds (any more); what was sent is never repeated. ``was_sent``: whether there was one."""

    def __init__(self, *, was_sent: bool) -> None:
        self.was_sent = was_sent
        what = "the key is unknown, revoked or expired" if was_sent else "a key is needed"
        allowed = "'Authorization: Bearer KEY', 'X-API-Key: KEY', Basic with the key as user name, or '?api_key=KEY'"
        super().__init__(what, where="key", allowed=allowed, do="make one with: leadscore keys add NAME --scope score")


class NotAllowed(AccessError):
    """The key lacks a scope; ``needed`` names it."""

    def __init__(self, needed: str, has: str) -> None:
        self.needed = needed
        do = f"ask for a key with the scope '{needed}'"
        super().__init__(f"this key lacks the scope '{needed}'", where="key", got=has, allowed=needed, do=do)


class TooMany(AccessError):
    """More requests than the key may make; ``seconds``: whole ones, until the next may come."""

    def __init__(self, per_minute: int, wait: float) -> None:
        self.seconds = max(1, ceil(wait))
        allowed = f"{per_minute:,} requests a minute"
        do = f"try again after {self.seconds} s, or send batches"
        super().__init__("too many requests with this key", where="key", allowed=allowed, do=do)


class NoSuchKey(AccessError):
    """A key that is to be changed does not exist."""

    def __init__(self, key_id: str) -> None:
        super().__init__("there is no such key", where="key_id", got=key_id, do="leadscore keys list, or GET /v1/keys")


class KeyReused(AccessError):
    """The Idempotency-Key came before, with another request."""

    def __init__(self) -> None:
        what = "this Idempotency-Key came before, with another request; nothing was done"
        super().__init__(what, where="Idempotency-Key", do="send a new key with every new request")

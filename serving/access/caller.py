"""Who asks: a key with its scopes, a person at the keyboard, or the service itself."""

from getpass import getuser
from typing import NamedTuple

SCOPES = ("score", "ingest", "read", "act", "manage", "admin")
ALL = frozenset(SCOPES)


class Caller(NamedTuple):
    """Whoever asks for something.

    key_id: what is written beside an act (of a key; ``cli:USER``; ``system``)
    scopes: what it may, ``manage`` and ``admin`` already spelled out
    per_minute: most requests a minute; None: the service's own limit
    """

    key_id: str
    name: str
    scopes: frozenset[str]
    per_minute: int | None = None


SYSTEM = Caller("system", "leadscore", ALL)


def with_implied(scopes: frozenset[str]) -> frozenset[str]:
    """The scopes with those that they imply: ``manage`` is for people who sign in as managers (``serving.signin``).

    >>> sorted(with_implied(frozenset({"admin"}))) == sorted(SCOPES)
    True
    """
    if "admin" in scopes:
        return ALL
    return scopes | {"score", "read", "act"} if "manage" in scopes else scopes


def at_the_keyboard() -> Caller:
    """The system's user, who can reach the store anyway."""
    try:
        user = getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        user = "unknown"
    return Caller(f"cli:{user}", user, ALL)

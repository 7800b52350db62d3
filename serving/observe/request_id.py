"""The id of a request: the caller's own where it sent a sane one, else made here; every log line of it has it."""

import re
from contextvars import ContextVar
from secrets import token_hex

# No '@': an e-mail address is no id, and ids are logged.
_SANE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,99}")
_current: ContextVar[str] = ContextVar("request_id", default="")

start = _current.set


def current() -> str:
    """The id of the request that is being answered; empty outside of one."""
    return _current.get()


def accepted(sent: bytes | None) -> str:
    """The id that a caller sent, or a new one where there is none, or none that we would write into a log.

    >>> accepted(b"req-17")
    'req-17'
    >>> accepted(b"kim@acme.example") == "kim@acme.example"
    False
    """
    return sent.decode() if sent is not None and _SANE.fullmatch(sent) else token_hex(8)

"""The door: reads the key of a request, knows whose it is, what it may and how often.

``needs("read")`` is a dependency for FastAPI's routes; ``caller_of(scope, "score")`` is the same for a route that
does without FastAPI's dependencies. Both read ``app.state.keys`` (Keys) and ``app.state.rates`` (Rates).
"""

from base64 import b64decode
from binascii import Error as NotBase64
from functools import cache
from urllib.parse import unquote_to_bytes

from fastapi import Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.types import Scope

from serving.access.caller import SCOPES, Caller
from serving.access.lookup import Keys
from serving.access.rates import Rates
from serving.access.refusals import NotAllowed, NotKnown, TooMany

IN_QUERY = b"api_key="


async def caller_of(scope: Scope, needed: str = "") -> Caller:
    """Whose request this is; also kept as ``request.state.caller``, for the log.

    scope: of ASGI; needed: one of ``SCOPES``, or empty where any key will do
    Raises NotKnown (401), NotAllowed (403), TooMany (429), StoreUnavailable (503).
    """
    text = key_in(scope)
    if not text:
        raise NotKnown(was_sent=False)
    held, carried = scope["app"].state, scope.setdefault("state", {})
    keys: Keys = held.keys
    rates: Rates = held.rates
    caller = carried["caller"] = await keys.found(text)
    allowance = rates.take(caller)
    if allowance is not None:
        carried["headers"] = allowance.headers()
        if allowance.wait:
            raise TooMany(allowance.per_minute, allowance.wait)
    if needed and needed not in caller.scopes:
        raise NotAllowed(needed, " ".join(s for s in SCOPES if s in caller.scopes))
    return caller


def key_in(scope: Scope) -> bytes:
    """The key that a request carries, or nothing: X-API-Key before Authorization, and both before the query."""
    in_authorization = b""
    for name, value in scope["headers"]:
        if name == b"x-api-key" and value:
            return bytes(value.strip())
        if name == b"authorization":
            in_authorization = _authorized(value)
    return in_authorization or (_queried(scope["query_string"]) if IN_QUERY in scope["query_string"] else b"")


def _authorized(value: bytes) -> bytes:
    """The key of ``Bearer KEY``, or the user name of ``Basic`` (as Segment sends its write key)."""
    scheme, _, rest = value.strip().partition(b" ")
    match scheme.lower():
        case b"bearer":
            return rest.strip()
        case b"basic":
            try:
                return b64decode(rest.strip(), validate=True).partition(b":")[0]
            except NotBase64:
                return b"?"  # something was sent, and it is no key
    return b""


def _queried(query: bytes) -> bytes:
    found = (part[len(IN_QUERY) :] for part in query.split(b"&") if part.startswith(IN_QUERY))
    return unquote_to_bytes(next(found, b""))


class Needs(SecurityBase):
    """A dependency that lets in callers with one scope; made by ``needs``."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        # FastAPI writes this name into the shapes; access.openapi puts the ways to send a key in its place.
        self.scheme_name = f"leadscore:{scope}"
        self.model = HTTPBearer()

    async def __call__(self, request: Request) -> Caller:
        """Whose request it is; raises as ``caller_of``."""
        return await caller_of(request.scope, self.scope)


@cache  # the same one each time, so that FastAPI asks it once a request
def needs(scope: str) -> Needs:
    """A dependency that gives the Caller, if its key has this scope; with an empty one, any key will do.

    >>> needs("red")
    Traceback (most recent call last):
    ValueError: no scope 'red'; one of: score, ingest, read, act, manage, admin
    """
    if scope and scope not in SCOPES:
        raise ValueError(f"no scope {scope!r}; one of: {', '.join(SCOPES)}")
    return Needs(scope)

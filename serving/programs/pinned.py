"""One request, or one turn of a job, works with one version of a program from its first step to its last."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.programs.follower import Follower
from serving.programs.service import InService

_pinned: ContextVar[dict[Follower, InService] | None] = ContextVar("pinned", default=None)


@contextmanager
def one_version() -> Iterator[None]:
    """Within it, a follower hands out the version that it handed out first."""
    token = _pinned.set({})
    try:
        yield
    finally:
        _pinned.reset(token)


def version_of(follower: Follower) -> InService:
    """What serves now, or what this request has begun with."""
    held = _pinned.get()
    if held is None:
        return follower.now()
    found = held.get(follower)
    if found is None:
        found = held.setdefault(follower, follower.now())
    return found


class OneVersion:
    """ASGI middleware: every request works with one version."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        with one_version():
            await self.app(scope, receive, send)

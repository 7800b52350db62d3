"""A limit on the size of a request's body, kept while it arrives, so that nothing too large is ever held.

Starlette's own limit answers plain text, where every error of ours is a problem.
"""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import problem


class BodyLimit:
    """ASGI middleware that answers 413 to a body that is too large. It holds no part of any body itself.

    limit: most bytes of a body; larger: other limits, by the path under which they hold (``/v1/import``)
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int] | None = None) -> None:
        self.app, self.limit, self.larger = app, limit, dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        # A server hands on no more than what was declared; only a body without a length must be counted.
        if declared.isdigit():
            if int(declared) <= self.limit or int(declared) <= self._limit_of(scope["path"]):
                await self.app(scope, receive, send)
            else:
                await _refuse(scope, send, self._limit_of(scope["path"]))
            return
        counted = _Counted(receive, send, self._limit_of(scope["path"]))
        try:
            await self.app(scope, counted.receive, counted.send)
        except Exception:
            if not counted.refused:
                raise
        if counted.refused:
            await _refuse(scope, send, counted.limit)

    def _limit_of(self, path: str) -> int:
        found = (limit for under, limit in self.larger.items() if path == under or path.startswith(f"{under}/"))
        return next(found, self.limit)


class _TooLarge(Exception):
    """Ends the reading of a body; whatever is made of it, the answer is 413."""


class _Counted:
    """A body that is counted while it is read."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive, self._send, self.limit = receive, send, limit
        self._size, self._answered, self.refused = 0, False, False

    async def receive(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > self.limit:
            self.refused = not self._answered
            raise _TooLarge
        return message

    async def send(self, message: Message) -> None:
        if not self.refused:
            self._answered = True
            await self._send(message)


async def _refuse(scope: Scope, send: Send, limit: int) -> None:
    detail = f"a body may have at most {limit:,} bytes; send fewer events, or a smaller batch"
    await problem(413, detail, instance=scope["path"])(scope, _nothing, send)


async def _nothing() -> Message:
    raise AssertionError("the refusal reads no body")

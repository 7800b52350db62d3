"""Each request: its id, its line in the log, its part in the metrics; and an answer where the code broke."""

import logging
from collections.abc import Iterable
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.observe import request_id
from serving.observe.logs import request_log
from serving.observe.metrics import Metrics
from serving.problems import problem

log = logging.getLogger("leadscore")
GONE = 499  # for the log and the metrics: the caller went away before there was an answer
NO_ROUTE = "none"
_METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())


class Observe:
    """ASGI middleware, the outermost: nothing that is answered goes unseen.

    The answer carries ``X-Request-ID``, and what stands in ``request.state.headers`` (pairs of bytes). What is written
    of a request: its method, its route's template, status, milliseconds, key and id; nothing else that was sent.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics, self.log = app, metrics, request_log()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and tell of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, named = perf_counter(), request_id.accepted(_sent_id(scope["headers"]))
        request_id.start(named)
        state = scope.setdefault("state", {})
        state["request_id"], state["metrics"] = named, self.metrics
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (b"x-request-id", named.encode())
                message["headers"] = [*message.get("headers", ()), own, *state.get("headers", ())]
            await send(message)

        self.metrics.in_progress.inc()
        try:
            await self.app(scope, receive, sending)
        except Exception:
            log.exception("an unexpected error")
            if status:  # half an answer was sent; the server must break the connection, and need not log it again
                raise BrokenAnswer from None
            detail = "an unexpected error; it was logged"
            await problem(500, detail, instance=scope["path"])(scope, receive, sending)
        finally:
            self.metrics.in_progress.dec()
            self._tell(scope, status or GONE, perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = _template(scope)
        self.metrics.answered(method, route, status, seconds)
        if self.log is not None:
            caller = scope["state"].get("caller")
            said = self.log.info if status < 500 else self.log.warning
            key = caller.key_id if caller else ""
            said("request", method=method, route=route, status=status, ms=round(seconds * 1e3, 3), key=key)


class BrokenAnswer(Exception):
    """The code broke while its answer was on the way."""


def _template(scope: Scope) -> str:
    route = scope.get("route")
    if route is None and "endpoint" in scope:  # FastAPI names its own routes only
        route = next((r for r in scope["app"].routes if getattr(r, "endpoint", None) is scope["endpoint"]), None)
    return getattr(route, "path_format", getattr(route, "path", NO_ROUTE))


def _sent_id(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    for name, value in headers:
        if name == b"x-request-id":
            return value
    return None

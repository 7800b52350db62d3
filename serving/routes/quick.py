"""The way in for most requests: a lead to be scored, in a body as most are. Every other request goes the long way."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.errors import LeadscoreError
from serving import problems, sent
from serving.access.guard import caller_of
from serving.answers import written
from serving.routes.language import language_for, said_in
from serving.service import Service

_JSON = frozenset({None, b"application/json", b"application/json; charset=utf-8"})


class Quick:
    """ASGI middleware, the innermost: answers ``POST /v1/score`` as its route does, in a fraction of the time.

    A body that is unusual or wrong is left to the route itself, which reads any body and says what is wrong with it.
    """

    path = "/v1/score"

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self._programs, self._settings = app, service.programs, service.settings
        self._count = service.metrics.scores.labels("lead").inc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope.get("path") != self.path or scope["method"] != "POST" or scope["root_path"]:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        headers = dict(reversed(scope["headers"]))  # of one that comes twice, the first, as routes read it
        lead = sent.read(body) if headers.get(b"content-type") in _JSON else None
        if lead is None:
            await self.app(scope, _again(body), send)
            return
        scope["route"] = self  # for the log and the metrics
        try:
            response = await self._scored(scope, lead, headers.get(b"accept-language", b""))
        except LeadscoreError as error:
            response = await problems.told(request, error)
        await response(scope, receive, send)

    async def _scored(self, scope: Scope, lead: sent.Sent, asked: bytes) -> Response:
        await caller_of(scope, "score")
        self._count()
        language = language_for(asked.decode("latin-1"), self._settings)
        body = written(self._programs.leads.scorer.speaking(language), lead)
        return Response(body, headers=said_in(language), media_type="application/json")


def _again(body: bytes) -> Receive:
    """A body that was read, to be read again."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive

"""The two cookies of the pages: of who has signed in, and of a browser that has not (yet), to which forms are bound.

Both are out of reach of scripts and are not sent with forms of other sites. Over https they have the prefix
``__Host-``: no other host and no unencrypted page can set them.
"""

from secrets import token_urlsafe
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from features.moments import DAY, SECOND

SESSION, VISIT, AWAY = "leadscore_session", "leadscore_visit", "leadscore_away"  # AWAY: at the provider, signing in
TOKEN = 43  # characters of 256 random bits


class Cookies(NamedTuple):
    """``https``: whether people reach the service so, whatever the proxy says of a request."""

    https: bool

    def get(self, request: Request, name: str) -> str:
        """What a browser holds; empty where it holds nothing."""
        return request.cookies.get(self._named(request, name), "")

    def put(self, request: Request, response: Response, name: str, value: str, seconds: int) -> None:
        """Have a browser hold something."""
        response.set_cookie(
            self._named(request, name),
            value,
            max_age=seconds,
            path="/",
            httponly=True,
            samesite="lax",
            secure=self.secure(request),
        )

    def drop(self, request: Request, response: Response, name: str) -> None:
        """Have a browser forget."""
        self.put(request, response, name, "", 0)

    def visit(self, request: Request) -> str:
        """What a browser holds before anybody signs in; where it holds nothing, ``keep`` gives it something."""
        held = self.get(request, VISIT) or getattr(request.state, "visit", "")
        if len(held) != TOKEN:
            held = request.state.visit = token_urlsafe(32)
        return held

    def keep(self, request: Request, response: Response) -> None:
        """Give the browser what ``visit`` made for it."""
        if made := getattr(request.state, "visit", ""):
            self.put(request, response, VISIT, made, DAY // SECOND)

    def secure(self, request: Request) -> bool:
        """Whether the request came encrypted."""
        return self.https or request.url.scheme == "https"

    def _named(self, request: Request, name: str) -> str:
        return f"__Host-{name}" if self.secure(request) else name

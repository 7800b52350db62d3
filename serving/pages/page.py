"""Pages: a template, filled in the visitor's language, with the headers that keep it safe."""

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from serving.pages.assets import address_of
from serving.pages.headers import page_headers
from serving.pages.speaking import CHOSEN, COOKIE, chosen, words_for
from serving.service import Service
from serving.signin.cookies import Cookies
from serving.signin.visitor import Visitor
from serving.words.catalogue import LANGUAGES
from serving.words.words import Words

YEAR = 365 * 86_400  # seconds


class Pages:
    """Makes pages; one for the whole service.

    A template sees ``t`` (the Words of its language: ``t("page.leads")``, ``t.number(x, 1)``), ``visitor`` (None where
    nobody has signed in), ``here`` (the path), ``asset("style.css")``, and what the route gives it.
    """

    def __init__(self, service: Service) -> None:
        self._service, self._cookies = service, Cookies(service.settings.public_url.startswith("https:"))
        self._templates = Environment(
            loader=PackageLoader("serving.pages"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"asset": address_of, "languages": LANGUAGES}

    @property
    def frames(self) -> Sequence[str]:
        """The origins in whose frames a card may stand."""
        return self._service.settings.frames

    def words(self, request: Request) -> Words:
        """The words for whoever sent a request."""
        return words_for(request, self._service)

    def show(
        self,
        request: Request,
        template: str,
        visitor: Visitor | None = None,
        *,
        status: int = 200,
        frames: Sequence[str] = (),
        **content: Any,
    ) -> Response:
        """The page; ``frames``: the origins in whose frames it may stand."""
        words = self.words(request)
        body = self._templates.get_template(template).render(
            t=words, visitor=visitor, here=request.url.path, in_language=_in_language(request), **content
        )
        secure = self._cookies.secure(request)
        headers = page_headers(frames, https=secure) | {"Content-Language": words.language}
        response = HTMLResponse(body, status, headers=headers)
        _keep_language(request, response, secure=secure)
        self._cookies.keep(request, response)
        return response


def _in_language(request: Request) -> dict[str, str]:
    """This page's address in each language."""
    return {name: "?" + request.url.include_query_params(**{CHOSEN: name}).query for name in LANGUAGES}


def _keep_language(request: Request, response: Response, *, secure: bool) -> None:
    if language := chosen(request):
        response.set_cookie(COOKIE, language, max_age=YEAR, samesite="lax", httponly=True, secure=secure)

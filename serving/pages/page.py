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
from serving.signin.door import COOKIE as VISIT
from serving.signin.visitor import Visitor
from serving.words.catalogue import LANGUAGES

YEAR = 365 * 86_400  # seconds
DAY = 86_400


class Pages:
    """Makes pages; one for the whole service.

    A template sees ``t`` (the Words of its language: ``t("card.title")``, ``t.number(x, 1)``), ``visitor`` (None where
    nobody has signed in), ``here`` (the path), ``asset("style.css")``, and what the route gives it.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._templates = Environment(
            loader=PackageLoader("serving.pages"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"asset": address_of, "languages": LANGUAGES}

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
        words = words_for(request, self._service)
        body = self._templates.get_template(template).render(
            t=words, visitor=visitor, here=request.url.path, in_language=_in_language(request), **content
        )
        response = HTMLResponse(body, status, headers=page_headers(frames) | {"Content-Language": words.language})
        _keep_cookies(request, response)
        return response


def _in_language(request: Request) -> dict[str, str]:
    """This page's address in each language."""
    return {name: "?" + request.url.include_query_params(**{CHOSEN: name}).query for name in LANGUAGES}


def _keep_cookies(request: Request, response: Response) -> None:
    secure = request.url.scheme == "https"
    if language := chosen(request):
        response.set_cookie(COOKIE, language, max_age=YEAR, samesite="lax", httponly=True, secure=secure)
    if held := getattr(request.state, "set_cookie", None):
        response.set_cookie(VISIT, held, max_age=DAY, samesite="lax", httponly=True, secure=secure)

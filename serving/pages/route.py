"""A route of a page: what goes wrong is a page, too."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from features.errors import LeadError, LeadscoreError
from serving import problems
from serving.card.address import CARDS
from serving.pages.failing import in_words, of_address
from serving.pages.headers import page_headers
from serving.pages.page import Pages
from serving.signin.nextpage import sign_in_for
from serving.signin.refusals import LinkVoid, NotSignedIn, PageRefused
from serving.words.words import Words


class PageRoute(APIRoute):
    """Answers every error that we know with a page that says what, where, got, allowed and what to do."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, whose errors are pages."""
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return guarded(await handle(request))
            except RequestValidationError as error:
                parts = problems.said(error.errors()[0], of_lead=False)
                return error_page(request, 422, parts | of_address(words_of(request)))
            except HTTPException as error:
                return error_page(request, error.status_code, LeadError(str(error.detail)).parts())
            except PageRefused as error:
                return refused_page(request, error)
            except LeadscoreError as error:
                status, headers = problems.status_of(error)
                if status is None:
                    raise
                return error_page(request, status, error.parts() | in_words(words_of(request), error), headers)

        return shown


def guarded(response: Response) -> Response:
    """An answer with the headers of a page, where it is none that has them: a redirect, a file."""
    if "Content-Security-Policy" not in response.headers:
        response.headers.update(page_headers())
    return response


def refused_page(request: Request, error: PageRefused) -> Response:
    """Why somebody may not have a page, in their language; or the way to sign in, where that may help."""
    if isinstance(error, NotSignedIn) and not isinstance(error, LinkVoid) and _may_go_elsewhere(request):
        return guarded(RedirectResponse(sign_in_for(request), 303))
    status, headers = problems.status_of(error)
    words = words_of(request)
    texts = {"what": f"signin.{error.text}", "do": f"signin.{error.text}_do"}
    told = {part: words(name) for part, name in texts.items() if words.has(name)}
    return error_page(request, status or 500, error.parts() | told, headers)


def words_of(request: Request) -> Words:
    """The words for whoever sent a request."""
    pages: Pages = request.app.state.pages
    return pages.words(request)


def _may_go_elsewhere(request: Request) -> bool:
    """Whether a browser shows the answer as a page of its own: neither a form's, nor in a frame, nor a script's."""
    return request.method == "GET" and request.headers.get("sec-fetch-dest", "document") == "document"


def error_page(request: Request, status: int, parts: dict[str, str], headers: dict[str, str] | None = None) -> Response:
    """An error as a page."""
    pages: Pages = request.app.state.pages
    visitor = getattr(request.state, "visitor", None)
    frames = pages.frames if request.scope["path"].startswith(CARDS) else ()
    page = pages.show(request, "error.html", visitor, status=status, frames=frames, error=parts)
    page.headers.update(headers or {})
    return page

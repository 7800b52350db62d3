"""A route of a page: what goes wrong is a page, too."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from features.errors import LeadError, LeadscoreError
from serving import problems
from serving.pages.page import Pages


class PageRoute(APIRoute):
    """Answers every error that we know with a page that says what, where, got, allowed and what to do."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, whose errors are pages."""
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                parts = problems.said(error.errors()[0], of_lead=False)
                return error_page(request, 422, parts)
            except HTTPException as error:
                return error_page(request, error.status_code, LeadError(str(error.detail)).parts())
            except LeadscoreError as error:
                status, headers = problems.status_of(error)
                if status is None:
                    raise
                return error_page(request, status, error.parts(), headers)

        return shown


def error_page(request: Request, status: int, parts: dict[str, str], headers: dict[str, str] | None = None) -> Response:
    """An error as a page."""
    pages: Pages = request.app.state.pages
    visitor = getattr(request.state, "visitor", None)
    page = pages.show(request, "error.html", visitor, status=status, error=parts)
    page.headers.update(headers or {})
    return page

"""Pages by which people sign in and out, and see who they are."""

import logging
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from serving.pages.route import PageRoute
from serving.problems import status_of
from serving.service import Service
from serving.signin.door import Posted, entering, posting, visiting
from serving.signin.entering import enter, enter_by_key, leave
from serving.signin.nextpage import local
from serving.signin.refusals import NoRole, NotVouched, PageRefused, ProviderGone, TooOften, WrongKey
from serving.signin.visitor import Visitor
from serving.signin.who import Fields, SignIn

if TYPE_CHECKING:
    from serving.signin.openid.flow import Flow

log = logging.getLogger("leadscore")

Next = Annotated[str, Query(max_length=4_000)]


def signin_routes(service: Service) -> APIRouter:
    """``/signin``, ``/signout`` and ``/account``; and the way to the provider and back, where there is one."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/signin")
    def ask(request: Request, next: Next = "/") -> Response:
        return _asked(request, next)

    @router.post("/signin")
    def sign_in(request: Request, fields: Annotated[Fields, Depends(entering)]) -> Response:
        try:
            return enter_by_key(
                request, request.app.state.signin, fields.get("key", "").strip(), fields.get("next", "")
            )
        except (WrongKey, NoRole, TooOften) as error:
            return _asked(request, fields.get("next", ""), error)

    @router.post("/signout")
    def sign_out(request: Request, _: Annotated[Posted, Depends(posting("rep"))]) -> Response:
        return leave(request, request.app.state.signin)

    @router.get("/account")
    def account(request: Request, visitor: Annotated[Visitor, Depends(visiting("rep"))]) -> Response:
        session = request.app.state.signin.session_of(request) if visitor.session else None
        shown: Response = request.app.state.pages.show(request, "account.html", visitor, session=session)
        return shown

    if service.settings.signin.openid is not None:
        from serving.signin.openid.flow import Flow

        _provider_routes(router, Flow(service.settings.signin.openid))
    return router


def _provider_routes(router: APIRouter, flow: "Flow") -> None:
    @router.get("/signin/openid")
    def go(request: Request, next: Next = "/") -> Response:
        try:
            return flow.begun(request, request.app.state.signin, local(next))
        except ProviderGone as error:
            return _asked(request, next, error)

    @router.get("/signin/callback")
    def come_back(request: Request) -> Response:
        signin: SignIn = request.app.state.signin
        try:
            person, wanted = flow.ended(request, signin)
            return enter(request, signin, lambda _: person, wanted)
        except (ProviderGone, NotVouched, NoRole) as error:
            return _asked(request, "/", error)


def _asked(request: Request, wanted: str, error: PageRefused | None = None) -> Response:
    """The page that asks who it is, with what was wrong the last time."""
    signin: SignIn = request.app.state.signin
    if not signin.asked:
        return RedirectResponse(local(wanted), 303)
    status, headers = status_of(error) if error else (200, {})
    if error is not None:
        log.warning("somebody could not sign in: %s: %s", error.what, error.got)
    content: dict[str, Any] = {
        "next": local(wanted),
        "csrf": signin.csrf_of(signin.cookies.visit(request)),
        "openid": signin.settings.openid is not None,
        "refused": error,
    }
    page: Response = request.app.state.pages.show(request, "signin.html", status=status or 500, **content)
    page.headers.update(headers)
    return page

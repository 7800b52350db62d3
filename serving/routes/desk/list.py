"""``/``: whom to call next."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from serving.card.address import card_address
from serving.desk.asked import Asked, asked
from serving.desk.choices import choices
from serving.desk.found import found
from serving.desk.listed import Listed, listed, rows_of
from serving.pages.page import Pages
from serving.pages.route import PageRoute
from serving.pages.speaking import words_for
from serving.programs.service import InService
from serving.service import Service
from serving.signin.door import visiting
from serving.signin.visitor import Visitor

Looking = Annotated[Visitor, Depends(visiting("rep"))]
Cursor = Annotated[str, Query(max_length=1_000)]


def list_routes(service: Service) -> APIRouter:
    """The list and the look-up box."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/")
    def show_list(request: Request, visitor: Looking, cursor: Cursor = "") -> Response:
        wanted = asked(request.query_params)
        program = service.programs.named(wanted.filters.program)
        if wanted.stage and not program.process.is_open(wanted.stage):
            wanted = wanted._replace(closed="1")
        if wanted.query:
            return _looked_up(service, request, visitor, wanted, program)
        words = words_for(request, service)
        told = service.store.read(lambda c: listed(c, program, wanted.filters, cursor, words))
        return _shown(service, request, visitor, wanted, program, told, cursor)

    return router


def _looked_up(service: Service, request: Request, visitor: Visitor, wanted: Asked, program: InService) -> Response:
    """The card of the only lead that fits, or all that do."""
    leads = service.store.read(lambda c: found(c, program.program, wanted.query))
    if len(leads) == 1:
        return RedirectResponse(card_address(leads[0].lead_id, program.program), 303)
    words = words_for(request, service)
    rows = service.store.read(lambda c: rows_of(c, program, leads, words))
    return _shown(service, request, visitor, wanted, program, Listed(rows, "", len(rows), False), "")


def _shown(
    service: Service,
    request: Request,
    visitor: Visitor,
    wanted: Asked,
    program: InService,
    told: Listed,
    cursor: str,
) -> Response:
    pages: Pages = request.app.state.pages
    return pages.show(
        request,
        "desk/list.html",
        visitor,
        wanted=wanted,
        listed=told,
        cursor=cursor,
        choices=service.store.read(lambda c: choices(c, program)),
        programs=[each.program for each in service.programs.all()],
        card_address=card_address,
        now=service.clock(),
    )

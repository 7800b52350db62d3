"""``/quadrant``: fit and interest of the open leads."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from serving.desk.asked import Asked
from serving.desk.fitting import Spread, spread
from serving.desk.kept import Kept
from serving.pages.charts.density import Grid, squares
from serving.pages.page import Pages
from serving.pages.route import PageRoute
from serving.programs.service import LEADS
from serving.service import Service
from serving.signin.door import visiting
from serving.signin.visitor import Visitor

Looking = Annotated[Visitor, Depends(visiting("rep"))]
WIDTH, HEIGHT = 300.0, 260.0


def quadrant_routes(service: Service) -> APIRouter:
    """Fit by interest."""
    router, kept = APIRouter(route_class=PageRoute, include_in_schema=False), Kept[Spread | None]()

    @router.get("/quadrant")
    def show_quadrant(
        request: Request, visitor: Looking, program: Annotated[str, Query(max_length=200)] = LEADS
    ) -> Response:
        of, pages = service.programs.named(program), request.app.state.pages
        told = kept.of(of.checksum, service.clock(), lambda: service.store.read(lambda c: spread(c, of)))
        programs = [each.program for each in service.programs.all()]
        return _shown(pages, request, visitor, told.value, told.at, program, programs)

    return router


def _shown(
    pages: Pages, request: Request, visitor: Visitor, told: Spread | None, at: int, program: str, programs: list[str]
) -> Response:
    grid = _grid(told) if told else None
    return pages.show(
        request,
        "desk/quadrant.html",
        visitor,
        spread=told,
        at=at,
        grid=grid,
        squares=squares(grid, told.cells) if grid and told else [],
        wanted=Asked(program="" if program == LEADS else program),
        program=program,
        programs=programs,
    )


def _grid(told: Spread) -> Grid:
    fit, interest = told.fit, told.interest
    return Grid(fit.first, fit.last, interest.first, interest.last, WIDTH, HEIGHT)

"""``/dashboard``: the figures that both teams agreed on."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from serving.desk.figures import Figures, figures
from serving.desk.kept import Kept
from serving.desk.periods import FIRST, NAMES, period
from serving.pages.charts.columns import columns
from serving.pages.charts.funnel import widths
from serving.pages.page import Pages
from serving.pages.route import PageRoute
from serving.programs.service import LEADS
from serving.service import Service
from serving.signin.door import visiting
from serving.signin.visitor import Visitor

Looking = Annotated[Visitor, Depends(visiting("rep"))]
Name = Annotated[str, Query(max_length=200)]


def dashboard_routes(service: Service) -> APIRouter:
    """The shared dashboard."""
    router, kept = APIRouter(route_class=PageRoute, include_in_schema=False), Kept[Figures]()

    @router.get("/dashboard")
    def show_dashboard(
        request: Request, visitor: Looking, name: Annotated[Name, Query(alias="period")] = FIRST, program: Name = LEADS
    ) -> Response:
        of, now, pages = service.programs.named(program), service.clock(), request.app.state.pages
        asked = service.store.read(lambda c: period(c, of, name, now))
        told = kept.of((of.checksum, asked.name), now, lambda: service.store.read(lambda c: figures(c, of, asked, now)))
        return _shown(service, pages, request, visitor, program, told.value, told.at)

    return router


def _shown(
    service: Service, pages: Pages, request: Request, visitor: Visitor, program: str, told: Figures, at: int
) -> Response:
    return pages.show(
        request,
        "desk/dashboard.html",
        visitor,
        figures=told,
        at=at,
        periods=NAMES,
        program=program,
        programs=[each.program for each in service.programs.all()],
        widths=widths([stage.entered for stage in told.stages]),
        columns=columns,
    )

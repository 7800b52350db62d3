"""``/plan``: how many leads a target needs."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from serving.desk.figures import Figures, StageFigures, figures
from serving.desk.kept import Kept
from serving.desk.periods import last_whole, period
from serving.desk.planform import CURRENCIES, MONTHS, Form, form_of, plan_of
from serving.pages.route import PageRoute
from serving.pages.speaking import words_for
from serving.programs.service import LEADS, InService
from serving.service import Service
from serving.signin.door import visiting
from serving.signin.visitor import Visitor

Looking = Annotated[Visitor, Depends(visiting("rep"))]
OWN = "365d"  # own rates are those of a year
_ELSE = ("language", "program")  # of the address, beside the form


def plan_routes(service: Service) -> APIRouter:
    """The funnel plan."""
    router, kept = APIRouter(route_class=PageRoute, include_in_schema=False), Kept[Figures]()

    @router.get("/plan")
    def show_plan(
        request: Request, visitor: Looking, program: Annotated[str, Query(max_length=200)] = LEADS
    ) -> Response:
        of, words = service.programs.named(program), words_for(request, service)
        form = form_of(request.query_params, words.language, _own(service, kept, of))
        rest = {name: value for name, value in request.query_params.items() if name in _ELSE}
        if form.is_right and dict(request.query_params) != rest | form.query:
            return RedirectResponse("/plan?" + urlencode(rest | form.query), 303)
        return _shown(service, kept, request, visitor, of, form)

    return router


def _own(service: Service, kept: Kept[Figures], of: InService) -> list[StageFigures]:
    """The stages up to the one that counts as a conversion, with what became of their leads in a year."""
    now = service.clock()
    year = service.store.read(lambda c: period(c, of, OWN, now))
    told = kept.of((of.checksum, OWN), now, lambda: service.store.read(lambda c: figures(c, of, year, now)))
    return told.value.stages[: of.process.places[of.agreement.conversion.stage] + 1]


def _shown(
    service: Service, kept: Kept[Figures], request: Request, visitor: Visitor, of: InService, form: Form
) -> Response:
    now, pages = service.clock(), request.app.state.pages
    last = last_whole(of, MONTHS[form.unit], now)
    brought = kept.of((of.checksum, last), now, lambda: service.store.read(lambda c: figures(c, of, last, now)))
    shown: Response = pages.show(
        request,
        "desk/plan.html",
        visitor,
        form=form,
        plan=plan_of(form),
        last=last,
        brought=[stage.entered for stage in brought.value.stages],
        stages=[stage.stage for stage in of.agreement.stages],
        currencies=CURRENCIES,
        units=tuple(MONTHS),
        program=of.program,
        programs=[each.program for each in service.programs.all()],
    )
    return shown

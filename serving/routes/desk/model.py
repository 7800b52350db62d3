"""The pages of the model: what runs and how good it is, its versions; promote and roll back."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from features.errors import LeadError
from features.moments import moment
from serving.pages.charts.calibration import calibration
from serving.pages.page import Pages
from serving.pages.route import PageRoute
from serving.programs.service import LEADS
from serving.service import Service
from serving.signin.door import Posted, posting, visiting
from serving.signin.visitor import Visitor
from serving.versions.desk import RegistryDesk
from serving.versions.page import model
from serving.versions.shapes import Order

Program = Annotated[Literal["leads", "customers"], Query()]
Reader = Annotated[Visitor, Depends(visiting("rep"))]
ByReader = Annotated[Posted, Depends(posting("rep"))]
ByAdmin = Annotated[Posted, Depends(posting("admin"))]
MOST_DIGITS, LONGEST = 9, 500  # of a version; characters of a reason


def model_pages(service: Service) -> APIRouter:
    """``/model`` and what is done there."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)
    desk = RegistryDesk(service)

    @router.get("/model")
    def show_model(request: Request, visitor: Reader, program: Program = LEADS, done: str = "") -> Response:
        found = model(service, program, desk.look(program))
        pages: Pages = request.app.state.pages
        programs = [one.program for one in service.programs.all()]
        shown: dict[str, Any] = {"model": found, "programs": programs, "done": done, "moment": moment}
        shown |= {"now": service.clock(), "chart": calibration(found.groups) if found.groups else None}
        shown |= {"since": _moment(found.told["serving_since"]), "trained": _moment(found.told["trained_at"])}
        return pages.show(request, "model/page.html", visitor, home=service.settings.home, **shown)

    @router.get("/model/state")
    def show_state(_: Reader, program: Program = LEADS) -> Response:
        """Whether the page has to wait: a script asks it, and then reads the page again."""
        looked = desk.look(program)
        return JSONResponse({"waiting": looked.reading or looked.deciding}, headers={"Cache-Control": "no-store"})

    @router.post("/model/read")
    def read_again(_: ByReader, program: Program = LEADS) -> Response:
        desk.look(program, anew=True)
        return _back(program)

    @router.post("/model/promote")
    def promote_version(posted: ByAdmin, program: Program = LEADS) -> Response:
        version = posted.of("version")
        if not version.isdecimal() or len(version) > MOST_DIGITS:
            raise LeadError("no version was chosen", where="version", got=repr(version)[:40], allowed="a number")
        evidence = "store" if posted.of("evidence") == "store" else "tested"
        asked = {"version": version, "evidence": evidence, "override": posted.of("override") == "yes"}
        return _decided(program, posted, desk.order(program, work="promote", **asked, **_said(posted)))

    @router.post("/model/roll-back")
    def roll_back(posted: ByAdmin, program: Program = LEADS) -> Response:
        return _decided(
            program, posted, desk.order(program, work="roll back", champion=posted.of("champion"), **_said(posted))
        )

    def _decided(program: str, posted: Posted, order: Order) -> Response:
        begun = desk.decide(program, order, posted.visitor.caller)
        return _back(program, "" if begun else "busy")

    return router


def _moment(text: str) -> int | None:
    return moment(text) if text else None


def _said(posted: Posted) -> dict[str, str]:
    return {"reason": posted.of("reason")[:LONGEST], "by": posted.visitor.name}


def _back(program: str, done: str = "") -> Response:
    return RedirectResponse(f"/model?program={program}" + (f"&done={done}" if done else ""), 303)

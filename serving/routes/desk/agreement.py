"""The pages of the agreement: what holds, what is proposed and what it would change; sign and adopt."""

from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse

from features.errors import AgreementError
from serving.agreed.page import agreed, beside
from serving.agreed.sent import Sent, moves_in, proposed, text_of
from serving.agreed.signing import has_signed, sign
from serving.card.address import card_address
from serving.pages.charts.pairbars import pair_bars
from serving.pages.page import Pages
from serving.pages.route import PageRoute
from serving.pages.speaking import words_for
from serving.programs.adopting import adopt
from serving.programs.agreements import adopted, kept
from serving.programs.registering import START
from serving.programs.service import LEADS
from serving.service import Service
from serving.signin.door import Posted, posting, visiting
from serving.signin.visitor import Visitor

Program = Annotated[Literal["leads", "customers"], Query()]
Hash = Annotated[str, Path(pattern="^sha256:[0-9a-f]{64}$")]
Reader = Annotated[Visitor, Depends(visiting("rep"))]
Manager = Annotated[Visitor, Depends(visiting("manager"))]
ByManager = Annotated[Posted, Depends(posting("manager"))]


class FormText(NamedTuple):
    """The text in a form, and why the file beside it cannot be read."""

    text: str
    fault: AgreementError | None = None


async def _text(request: Request, posted: ByManager) -> FormText:
    """What was sent: the file where one was chosen, else the text field."""
    written = posted.fields.get("text", "").replace("\r\n", "\n")
    form = await request.form()
    file = form.get("file")
    try:
        return FormText(await text_of(file) if isinstance(file, UploadFile) and file.filename else written)
    except AgreementError as error:
        return FormText(written, error)
    finally:
        await form.close()


def agreement_pages(service: Service) -> APIRouter:
    """``/agreement`` and what lies below it."""
    router = APIRouter(include_in_schema=False)
    for pages in (_reading, _proposing, _deciding):
        router.include_router(pages(service))
    return router


def _reading(service: Service) -> APIRouter:
    router = APIRouter(route_class=PageRoute)

    @router.get("/agreement")
    def show_agreement(request: Request, visitor: Reader, program: Program = LEADS, done: str = "") -> Response:
        found = agreed(words_for(request, service), service, program)
        signed = has_signed(found.signatures, visitor)
        return _show(service, request, "service.html", visitor, agreed=found, signed=signed, done=done)

    @router.get("/agreement/versions/{hash}")
    def show_version(
        request: Request, visitor: Reader, hash: Hash, program: Program = LEADS, done: str = ""
    ) -> Response:
        found = beside(words_for(request, service), service, program, hash)
        signed = has_signed(found.signatures, visitor)
        return _show(service, request, "version.html", visitor, shown=found, signed=signed, done=done)

    return router


def _proposing(service: Service) -> APIRouter:
    router = APIRouter(route_class=PageRoute)

    @router.get("/agreement/propose")
    def show_form(request: Request, visitor: Manager, program: Program = LEADS) -> Response:
        now = service.store.read(lambda connection: adopted(connection, program))
        return _form(service, request, visitor, program, now.yaml if now else "")

    @router.post("/agreement/propose")
    def propose_version(
        request: Request, posted: ByManager, sent: Annotated[FormText, Depends(_text)], program: Program = LEADS
    ) -> Response:
        try:
            if sent.fault is not None:
                raise sent.fault
            found = proposed(service, program, Sent(sent.text, moves_in(dict(posted.fields))), posted.visitor)
        except AgreementError as error:
            return _form(service, request, posted.visitor, program, sent.text, error)
        return _to_version(program, found.hash)

    @router.post("/agreement/versions/{hash}/propose")
    def propose_again(posted: ByManager, hash: Hash, program: Program = LEADS) -> Response:
        """The same text for the leads of today, with where leads go."""
        known = service.store.read(lambda connection: kept(connection, program, hash))
        moves = known.stages_renamed | moves_in(dict(posted.fields))
        proposed(service, program, Sent(known.yaml, moves), posted.visitor)
        return _to_version(program, hash)

    return router


def _deciding(service: Service) -> APIRouter:
    router = APIRouter(route_class=PageRoute)

    @router.post("/agreement/versions/{hash}/sign")
    def sign_version(posted: ByManager, hash: Hash, program: Program = LEADS) -> Response:
        new = sign(service, program, hash, posted.visitor, posted.of("role"))
        return _to_version(program, hash, "signed" if new else "signed_before")

    @router.post("/agreement/versions/{hash}/adopt")
    def adopt_version(posted: ByManager, hash: Hash, program: Program = LEADS) -> Response:
        adopt(service, program, hash, posted.visitor.caller)
        return _see_other(f"/agreement?program={program}&done=adopted")

    return router


def _form(
    service: Service, request: Request, visitor: Visitor, program: str, text: str, error: AgreementError | None = None
) -> Response:
    """The form with a text, and why it was not taken."""
    said: dict[str, Any] = {"program": program, "text": text, "error": error.parts() if error else None}
    return _show(service, request, "propose.html", visitor, status=422 if error else 200, **said)


def _show(service: Service, request: Request, template: str, visitor: Visitor, **content: Any) -> Response:
    pages: Pages = request.app.state.pages
    programs = [one.program for one in service.programs.all()]
    content |= {
        "card_address": card_address,
        "pair_bars": pair_bars,
        "programs": programs,
        "first_start": START,
        "home": service.settings.home,
    }
    return pages.show(request, f"agreement/{template}", visitor, **content)


def _to_version(program: str, hashed: str, done: str = "") -> Response:
    return _see_other(f"/agreement/versions/{hashed}?program={program}" + (f"&done={done}" if done else ""))


def _see_other(address: str) -> Response:
    return RedirectResponse(address, 303)

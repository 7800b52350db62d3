"""The card of a lead, made to stand in a CRM's frame, and the acts of whoever reads it."""

from contextlib import suppress
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection
from starlette.responses import RedirectResponse

from features.errors import LeadError
from serving.access import audit
from serving.card.address import card_address
from serving.card.card import Card, card_of
from serving.card.visits import note_visit, seen_before
from serving.leads.acts import act, find_locked
from serving.pages.page import Pages
from serving.pages.route import PageRoute
from serving.pages.speaking import CHOSEN, chosen, words_for
from serving.process.moves import ACTIONS, Action, IllegalMove, Why
from serving.programs.service import LEADS
from serving.routes.leadid import LEAD
from serving.routes.leads import LeadId, Text
from serving.service import Service
from serving.signin.door import Posted, posting, visiting
from serving.signin.refusals import NoRight
from serving.signin.visitor import Visitor
from serving.store.database import StoreUnavailable

Looking = Annotated[Visitor, Depends(visiting("rep"))]
Acting = Annotated[Posted, Depends(posting("rep"))]
LONGEST = {"reason": 200, "note": 2_000, "assigned_to": 200}  # characters, as the API takes them


def card_routes(service: Service) -> APIRouter:
    """``/crm/leads/{lead_id}`` and its acts."""
    router = APIRouter(prefix="/crm", route_class=PageRoute, include_in_schema=False)

    @router.get(LEAD)
    def show_card(request: Request, lead_id: LeadId, visitor: Looking, program: Text = LEADS) -> Response:
        return _shown(service, request, visitor, lead_id, program)

    for action in ACTIONS:
        _act_route(router, service, action)
    return router


def _act_route(router: APIRouter, service: Service, action: Action) -> None:
    @router.post(f"{LEAD}/{action}", name=f"card_{action}")
    def do(request: Request, lead_id: LeadId, posted: Acting) -> Response:
        program = posted.of("program") or LEADS
        _check(posted.visitor, lead_id, program)
        try:
            service.store.write(lambda c: _done(c, service, request, posted, lead_id, program, action))
        except IllegalMove as problem:
            return _shown(service, request, posted.visitor, lead_id, program, problem=problem)
        service.wake()
        return RedirectResponse(_address(lead_id, program, posted.visitor, **_spoken(request), done=action), 303)


def _done(
    connection: Connection,
    service: Service,
    request: Request,
    posted: Posted,
    lead_id: str,
    program: str,
    action: Action,
) -> None:
    """Act on a lead as it was when the page was made; raises IllegalMove where somebody has moved it since."""
    was, visitor = posted.of("stage"), posted.visitor
    now_in = find_locked(connection, service.programs, lead_id, program).standing.stage
    if now_in != was:
        words = words_for(request, service)
        raise IllegalMove(words("card.moved_meanwhile", stage=now_in), where=f"stage {now_in}", got=action)
    why = Why(visitor.name, *(_text(posted, name) for name in LONGEST))
    act(connection, service.programs, lead_id, action, why, service.clock(), program)
    about = {"program": program, "from": "card"}
    audit.note(connection, visitor.caller, f"lead.{action}", lead_id, about, at=service.clock())


def _text(posted: Posted, name: str) -> str:
    """A field of an act; raises LeadError where it is too long."""
    text = posted.of(name)
    if len(text) > LONGEST[name]:
        allowed = f"up to {LONGEST[name]} characters"
        raise LeadError("this text is too long", where=name, got=f"{len(text)} characters", allowed=allowed)
    return text


def _shown(
    service: Service,
    request: Request,
    visitor: Visitor,
    lead_id: str,
    program: str,
    problem: IllegalMove | None = None,
) -> Response:
    """The card; with what went wrong where an act was refused."""
    _check(visitor, lead_id, program)
    found, now = service.programs.named(program).speaking(words_for(request, service).language), service.clock()

    def read(connection: Connection) -> Card:
        since = seen_before(connection, lead_id, program, visitor.by, now)
        return card_of(connection, found, lead_id, now, since)

    card = service.store.read(read)
    _note_visit(service, visitor, lead_id, program, now)
    pages: Pages = request.app.state.pages
    return pages.show(
        request,
        "card/card.html",
        visitor,
        status=409 if problem else 200,
        frames=service.settings.frames,
        card=card,
        problem=problem,
        done=_known_action(request.query_params.get("done", "")),
        may_act="act" in visitor.caller.scopes,
        address=card_address(lead_id),
        spoken=urlencode(_spoken(request)),
        address_of=lambda other: _address(other, program, visitor),
    )


def _note_visit(service: Service, visitor: Visitor, lead_id: str, program: str, now: int) -> None:
    """Where a visit cannot be noted now, the card is shown all the same."""
    with suppress(StoreUnavailable):
        note_visit(service.store, lead_id, program, visitor.by, now)


def _check(visitor: Visitor, lead_id: str, program: str) -> None:
    """Raises NoRight for another lead than a link opens."""
    if not visitor.may_see(lead_id) or visitor.program not in (None, program):
        raise NoRight("this link opens another lead", do="ask for a link to this lead, or sign in")


def _spoken(request: Request) -> dict[str, str]:
    """The language that the address chooses: in a CRM's frame the browser keeps no cookie of it."""
    language = chosen(request)
    return {CHOSEN: language} if language else {}


def _known_action(text: str) -> str:
    return text if text in ACTIONS else ""


def _address(lead_id: str, program: str, visitor: Visitor, **more: str) -> str:
    """Where a card is, for this visitor."""
    link = {"link": visitor.link} if visitor.link else {}
    return card_address(lead_id, program, **link, **more)

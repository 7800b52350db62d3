"""Routes by which people move leads. Every act is done once, audited, and announced."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection

from serving.access import audit
from serving.access.caller import Caller
from serving.access.guard import needs
from serving.access.idempotency import Answer, IdempotencyKey, answer_once, request_hash
from serving.leads.act import score_again
from serving.leads.acts import act, assign, find_locked, no_such_lead, say
from serving.leads.assess import Assessed
from serving.leads.detail import as_it_stands
from serving.leads.shapes import ActIn, AssignIn, LeadOut, SayIn
from serving.leads.told import told
from serving.process.moves import ACTIONS, Action, Why
from serving.programs.service import LEADS
from serving.routes.language import VARY, AcceptLanguage, language_for, said_in
from serving.routes.leadid import LEAD
from serving.routes.leads import LeadId, Text
from serving.routes.problems import may
from serving.service import Service
from serving.strictjson import StrictJson

_SUMMARIES: dict[Action, str] = {
    "accept": "Sales takes the lead on",
    "reject": "Sales sends a handed-over lead back",
    "recycle": "An accepted or lost lead goes back to marketing",
    "convert": "The lead is won",
    "lose": "The lead is given up",
}
_NO_REASON = ActIn()


@dataclass(frozen=True)
class Asking:
    """Who asks for an act, on which lead of which program."""

    request: Request
    lead_id: LeadId
    caller: Annotated[Caller, Depends(needs("act"))]
    program: Text = LEADS
    key: IdempotencyKey = None
    accept_language: AcceptLanguage = None


Asked = Annotated[Asking, Depends()]


def act_routes(service: Service) -> APIRouter:
    """``POST /v1/leads/{lead_id}/...``."""
    router = APIRouter(prefix=f"/v1{LEAD}", tags=["acts"], route_class=StrictJson, responses=may(404, 409, 422))
    for action in ACTIONS:
        _move_route(router, service, action)
    _other_routes(router, service)
    return router


def _move_route(router: APIRouter, service: Service, action: Action) -> None:
    @router.post(f"/{action}", response_model=LeadOut, name=f"{action}_lead", summary=_SUMMARIES[action])
    def move(asked: Asked, wanted: Annotated[ActIn, Body()] = _NO_REASON) -> Response:
        why = Why(wanted.by or asked.caller.name, wanted.reason, wanted.note, wanted.assigned_to)

        def done(connection: Connection) -> Assessed:
            return act(connection, service.programs, asked.lead_id, action, why, service.clock(), asked.program)

        return _once(service, asked, wanted, f"lead.{action}", done)


def _other_routes(router: APIRouter, service: Service) -> None:
    programs, clock = service.programs, service.clock

    @router.post("/assign", response_model=LeadOut, summary="Somebody works the lead")
    def assign_lead(asked: Asked, wanted: AssignIn) -> Response:
        def done(connection: Connection) -> Assessed:
            assign(connection, programs, asked.lead_id, wanted.assigned_to, clock(), asked.program)
            return _as_it_stands(service, connection, asked)

        return _once(service, asked, wanted, "lead.assign", done)

    @router.post("/feedback", response_model=LeadOut, summary="What somebody thinks of the lead")
    def give_feedback(asked: Asked, wanted: SayIn) -> Response:
        why = Why(wanted.by or asked.caller.name, wanted.reason, wanted.note)

        def done(connection: Connection) -> Assessed:
            say(connection, programs, asked.lead_id, wanted.verdict, why, clock(), asked.program)
            return _as_it_stands(service, connection, asked)

        return _once(service, asked, wanted, "lead.feedback", done)

    @router.post("/score", response_model=LeadOut, summary="Score the lead now")
    def score_lead_now(asked: Asked) -> Response:
        programs.named(asked.program)

        def done(connection: Connection) -> Assessed:
            found = score_again(connection, programs, asked.lead_id, clock(), "asked").get(asked.program)
            if found is None:
                raise no_such_lead(asked.lead_id, asked.program)
            return found

        return _once(service, asked, None, "lead.score", done)


def _as_it_stands(service: Service, connection: Connection, asked: Asking) -> Assessed:
    found = find_locked(connection, service.programs, asked.lead_id, asked.program)
    return as_it_stands(connection, found.service, found.standing)


def _once(
    service: Service, asked: Asking, wanted: BaseModel | None, name: str, done: Callable[[Connection], Assessed]
) -> Response:
    """Do an act in one transaction with its audit, once for an Idempotency-Key, and tell the lead afterwards.

    Who asks again is answered in the language in which it was answered first.
    """
    language = language_for(asked.accept_language, service.settings)
    hashed = request_hash(asked.request.scope, wanted.model_dump_json().encode() if wanted else b"")

    def work(connection: Connection) -> Answer:
        def answered() -> Answer:
            assessed = done(connection)
            audit.note(connection, asked.caller, name, asked.lead_id, {"program": asked.program}, at=service.clock())
            lead = told(service.programs.named(asked.program), assessed, language)
            return Answer(200, orjson.dumps(lead).decode())

        return answer_once(connection, asked.caller, asked.key, hashed, answered)

    answer = service.store.write(work)
    service.wake()
    headers = VARY | {"Idempotent-Replayed": "true"} if answer.replayed else said_in(language)
    return Response(answer.body, answer.status, headers, "application/json")

"""Routes that take in what leads do and who they are, in the shapes of the Segment spec."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Connection

from features.errors import LeadError
from serving.access.guard import needs
from serving.intake.messages import Message
from serving.intake.parse import message_of, messages_of
from serving.intake.receive import Received, receive
from serving.intake.shapes import (
    AcceptedOut,
    AliasIn,
    GroupIn,
    IdentifyIn,
    MessageIn,
    MessagesIn,
    OneAcceptedOut,
    PageIn,
    ScreenIn,
    TrackIn,
)
from serving.leads.detail import as_it_stands
from serving.leads.standing import standings_of
from serving.leads.told import told
from serving.programs.service import LEADS
from serving.routes.problems import may
from serving.service import Service
from serving.strictjson import StrictJson

Score = Annotated[
    bool,
    Query(
        description="Also answer each lead's score and stage after these messages. A lead with more than 1,000 events "
        "that was scored less than ten seconds ago is answered as of then (`scored_at`), which its `note` says."
    ),
]
_MAY = may(413, 422)
_FLAT = {
    name: field.default for name, field in OneAcceptedOut.model_fields.items() if name not in AcceptedOut.model_fields
}


def ingest_routes(service: Service) -> APIRouter:
    """``/v1/track``, ``identify``, ``group``, ``page``, ``screen``, ``alias`` and ``batch``."""
    router = APIRouter(
        prefix="/v1", tags=["ingest"], route_class=StrictJson, dependencies=[Depends(needs("ingest"))], responses=_MAY
    )

    @router.post("/track", response_model=OneAcceptedOut, summary="Somebody did something")
    def track(message: TrackIn, score: Score = False) -> Response:
        return _one(service, message, score)

    @router.post("/page", response_model=OneAcceptedOut, summary="Somebody saw a page")
    def page(message: PageIn, score: Score = False) -> Response:
        return _one(service, message, score)

    @router.post("/screen", response_model=OneAcceptedOut, summary="Somebody saw a screen of an app")
    def screen(message: ScreenIn, score: Score = False) -> Response:
        return _one(service, message, score)

    @router.post("/identify", response_model=OneAcceptedOut, summary="Who somebody is")
    def identify(message: IdentifyIn, score: Score = False) -> Response:
        return _one(service, message, score)

    @router.post("/group", response_model=OneAcceptedOut, summary="The company somebody belongs to")
    def group(message: GroupIn, score: Score = False) -> Response:
        return _one(service, message, score)

    @router.post("/alias", response_model=OneAcceptedOut, summary="Another id of somebody")
    def alias(message: AliasIn, score: Score = False) -> Response:
        return _one(service, message, score)

    @router.post("/batch", response_model=AcceptedOut, summary="Up to 1,000 messages")
    def batch(messages: MessagesIn, score: Score = False) -> Response:
        """Messages that cannot be stored are named in `refused`, and the others stored; 422 when none can be."""
        good, bad = messages_of(messages, service.clock())
        if not good:
            raise bad[0][1]
        return _json(_told(service, _taken(service, good), bad, score))

    return router


def _one(service: Service, sent: MessageIn, score: bool) -> Response:
    received = _taken(service, [message_of(sent, service.clock())])
    body = _told(service, received, [], score)
    if score:
        mine: dict[str, Any] = next((lead for lead in body["leads"] if lead["program"] == LEADS), {})
        body |= {name: mine.get(name, nothing) for name, nothing in _FLAT.items()}
    return _json(body)


def _taken(service: Service, messages: Sequence[Message]) -> Received:
    received = receive(service.store, service.programs, messages, service.clock())
    for message, kept in zip(messages, received.kept, strict=True):
        if not kept.repeated:
            service.metrics.ingested.labels(type(message).__name__.lower()).inc()
    service.metrics.scores.labels("event").inc(len(received.leads))
    service.wake()
    return received


def _told(service: Service, received: Received, bad: Sequence[tuple[int, LeadError]], score: bool) -> dict[str, Any]:
    kept = [
        {"messageId": k.message_id, "lead_id": k.lead_id or "", "repeated": k.repeated, "note": k.note}
        for k in received.kept
    ]
    refused = [{"index": i} | error.parts() for i, error in bad]
    leads = _leads(service, received) if score else []
    return {"success": not refused, "kept": kept, "refused": refused, "leads": leads}


def _leads(service: Service, received: Received) -> list[dict[str, Any]]:
    """Every lead that a message is about; one whose messages had all come before, as it stands."""
    found: list[dict[str, Any]] = []
    for lead_id in dict.fromkeys(k.lead_id for k in received.kept if k.lead_id is not None):
        if lead_id in received.leads:
            found += [told(service.programs.named(p), a) for p, a in received.leads[lead_id].items()]
        else:
            found += service.store.read(partial(_as_it_stands, service=service, lead_id=lead_id))
    return found


def _as_it_stands(connection: Connection, service: Service, lead_id: str) -> list[dict[str, Any]]:
    standings = standings_of(connection, lead_id)
    return [
        told(program, as_it_stands(connection, program, standings[program.program]))
        for program in service.programs.all()
        if program.program in standings
    ]


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")

"""Routes for people's rights: everything that is held of somebody, why they have their score, and all of it gone."""

from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel
from sqlalchemy import Connection

from serving.access import audit
from serving.access.caller import Caller
from serving.access.guard import needs
from serving.people.erase import erase
from serving.people.explanation import Controller, explanation
from serving.people.export import exported
from serving.people.finding import Person, people
from serving.people.plaintext import plain
from serving.programs.service import LEADS
from serving.routes.leadid import LEAD
from serving.routes.leads import Given, LeadId, Text
from serving.routes.problems import may
from serving.service import Service
from serving.strictjson import StrictJson

Admin = Annotated[Caller, Depends(needs("admin"))]
PART = 65_536  # bytes
_FILE = {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "everything, as one document"}
_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}


class ErasedOut(BaseModel):
    """Rows that are gone, by table; ``known_as``: the hash under which the audit tells of it.

    ``settled``: whether the log of the database is empty of them too; else it will be soon.
    """

    known_as: str
    rows: dict[str, int]
    settled: bool


class FactOut(BaseModel):
    """A fact that counted, with its points."""

    fact: str
    text: str
    kind: str
    agreed: float
    learned: float
    points: float
    read_from: str


class ResultOut(BaseModel):
    """The score: ``base`` and the points of all facts."""

    score: float
    base: float
    probability: float
    horizon_days: float
    grade: str
    weight_of_history: float


class PlaceOut(BaseModel):
    """Where the person stands; ``excluded``: why it is not approached, empty if it is."""

    stage: str
    owner: str
    excluded: str


class DataOut(BaseModel):
    """Data of a category that were read, by name."""

    category: str
    where_from: str
    used: dict[str, Any]


class NotUsedOut(BaseModel):
    """What is held, but not read for a score or a decision."""

    fields: list[str]
    events: list[str]


class ExclusionOut(BaseModel):
    """When nobody is approached, whatever the score."""

    name: str
    when: str
    reason: str


class DecisionOut(BaseModel):
    """Who lets people into a stage."""

    stage: str
    definition: str
    by: str
    owner: str


class RecipientOut(BaseModel):
    """A program that was told of the person."""

    host: str
    description: str


class AgeOut(BaseModel):
    """For how long data are kept."""

    what: str
    how_long: str


class ExplanationOut(BaseModel):
    """The procedure and the data behind a person's score. ``fault``: why there is none; empty if there is one."""

    lead_id: str
    program: str
    as_of: str
    agreement: str
    agreement_version: str
    agreed_on: str
    model_version: str
    purpose: list[str]
    procedure: list[str]
    result: ResultOut | None
    standing: PlaceOut
    fault: str
    facts: list[FactOut]
    without_effect: list[str]
    data: list[DataOut]
    not_used: NotUsedOut
    exclusions: list[ExclusionOut]
    decisions: list[DecisionOut]
    recipients: list[RecipientOut]
    kept: list[AgeOut]
    rights: list[str]


def people_routes(service: Service) -> APIRouter:
    """``/v1/people`` and ``/v1/leads/{lead_id}/explanation``."""
    router = APIRouter(prefix="/v1", tags=["people"], route_class=StrictJson)
    _admin_routes(router, service)
    whose = Controller(service.settings.retention, service.settings.contact)

    @router.get(
        f"{LEAD}/explanation",
        response_model=ExplanationOut,
        responses={200: _TEXT, **may(404, 422)},
        dependencies=[Depends(needs("read"))],
        summary="How a person came to its score, for that person",
    )
    def explained(lead_id: LeadId, request: Request, program: Text = LEADS) -> Response:
        """The procedure and the data in plain words (GDPR Art. 15(1)(h)); as text with `Accept: text/plain`."""
        found = service.programs.named(program)
        told = service.store.read(lambda c: explanation(c, found, lead_id, service.clock(), whose))
        if "text/plain" in request.headers.get("accept", ""):
            return PlainTextResponse(plain(told))
        return Response(ExplanationOut(**told).model_dump_json(), media_type="application/json")

    return router


def _admin_routes(router: APIRouter, service: Service) -> None:
    @router.get(
        "/people/export", responses={200: _FILE, **may(404, 422)}, summary="Everything that is held of a person"
    )
    def export(
        caller: Admin, lead_id: Given = None, email: Given = None, anonymous_id: Given = None
    ) -> StreamingResponse:
        """By id, also that of a visitor without a lead, or by e-mail address, which several leads may have.

        GDPR Art. 15 and 20.
        """

        def find(connection: Connection) -> list[Person]:
            return people(connection, lead_id, email, anonymous_id)

        def note(connection: Connection) -> None:
            for person in find(connection):
                audit.note(connection, caller, "person.exported", person.main_id, {}, at=service.clock())

        service.store.write(note)
        document = exported(service.store, find, service.clock())
        headers = {"Content-Disposition": 'attachment; filename="person.json"'}
        return StreamingResponse(_parts(document), media_type="application/json", headers=headers)

    @router.delete("/people", responses=may(404, 422), summary="Erase a person")
    def erased(caller: Admin, lead_id: Given = None, anonymous_id: Given = None) -> ErasedOut:
        """All rows of every table, for good; what still comes of them is not stored (GDPR Art. 17).

        `anonymous_id`: of a visitor who need not be a lead; that of a lead erases the lead.
        """
        gone = service.store.write(lambda c: erase(c, caller, lead_id, service.clock(), anonymous_id=anonymous_id))
        return ErasedOut(known_as=gone.known_as, rows=dict(gone.rows), settled=service.store.settle())


def _parts(document: BinaryIO) -> Iterator[bytes]:
    with document:
        while part := document.read(PART):
            yield part

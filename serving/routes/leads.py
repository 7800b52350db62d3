"""Routes about stored leads: the list, one lead, why its score moved, who they may be."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AfterValidator

from features.moments import moment
from serving.access.guard import needs
from serving.fields import NO_NUL, Moment, plain_text
from serving.leads.announcing import present
from serving.leads.changes import changes
from serving.leads.detail import detail
from serving.leads.listing import Disagreement, Filters, page
from serving.leads.lookup import Asked, look_up
from serving.leads.replay import replay
from serving.leads.shapes import ChangesOut, DetailOut, LookUpOut, PageOut, ReplayOut
from serving.programs.service import LEADS
from serving.routes.language import AcceptLanguage, language_for, said_in
from serving.routes.leadid import LEAD
from serving.routes.problems import may
from serving.service import Service
from serving.strictjson import StrictJson

Text = Annotated[str, Query(min_length=1, max_length=200, json_schema_extra=NO_NUL), AfterValidator(plain_text)]
Given = Annotated[Text | None, Query()]
LeadId = Annotated[
    str,
    Path(min_length=1, max_length=200, json_schema_extra=NO_NUL, examples=["L-18"]),
    AfterValidator(plain_text),
]
SlaState = Literal["none", "running", "due", "breached"]
LARGEST_ID = 2**63 - 1


def lead_routes(service: Service) -> APIRouter:
    """Everything that is read under ``/v1/leads`` and ``/v1/scores``."""
    router = APIRouter(prefix="/v1", tags=["leads"], route_class=StrictJson, dependencies=[Depends(needs("read"))])
    _list_routes(router, service)
    _one_lead_routes(router, service)
    return router


def _list_routes(router: APIRouter, service: Service) -> None:
    @router.get("/leads", response_model=PageOut, responses=may(404, 422), summary="Whom to call next")
    def list_leads(  # noqa: PLR0913, PLR0917 - the filters of the list
        program: Text = LEADS,
        stage: Given = None,
        owner: Given = None,
        assigned_to: Given = None,
        persona: Given = None,
        phase: Given = None,
        quadrant: Given = None,
        grade: Given = None,
        sla: SlaState | None = None,
        waiting_for: Given = None,
        disagreement: Disagreement | None = None,
        closed: bool = False,
        cursor: Annotated[str, Query(max_length=1_000)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Open leads, the highest score first. `disagreement`: rules and history are ten points or more apart."""
        service.programs.named(program)
        filters = Filters(
            program, stage, owner, assigned_to, persona, phase, quadrant, sla, waiting_for, grade, disagreement, closed
        )
        found = service.store.read(lambda c: page(c, filters, cursor, limit))
        return _json({"leads": [present(s) for s in found.leads], "next_cursor": found.cursor})

    @router.get("/leads/lookup", response_model=LookUpOut, responses=may(422), summary="Has anybody met them before?")
    def look_up_leads(
        email: Given = None, domain: Given = None, user_id: Given = None, anonymous_id: Given = None
    ) -> Response:
        """By e-mail address, by the domain of a company, or by an id."""
        asked = Asked(email, domain, user_id, anonymous_id)
        return _json({"leads": service.store.read(lambda c: look_up(c, asked))})


def _one_lead_routes(router: APIRouter, service: Service) -> None:
    @router.get(LEAD, response_model=DetailOut, responses=may(404, 422), summary="One lead, explained")
    def get_lead(lead_id: LeadId, program: Text = LEADS, accept_language: AcceptLanguage = None) -> Response:
        """As of its last score: why this lead, why now, what next."""
        found, language = service.programs.named(program), language_for(accept_language, service.settings)
        told = service.store.read(lambda c: detail(c, found, lead_id, service.clock(), language))
        return _json(told, said_in(language))

    @router.get(
        f"{LEAD}/changes",
        response_model=ChangesOut,
        responses=may(404, 422),
        summary="Why its score moved, term by term",
    )
    def explain_lead_changes(
        lead_id: LeadId, since: Moment, program: Text = LEADS, accept_language: AcceptLanguage = None
    ) -> Response:
        """From the score that held at `since` (else the first one) to the present one."""
        service.programs.named(program)
        language = language_for(accept_language, service.settings)
        told = service.store.read(lambda c: changes(c, lead_id, program, moment(since), language))
        return _json(told, said_in(language))

    @router.get(
        "/scores/{score_id}/replay",
        response_model=ReplayOut,
        responses=may(404, 422),
        summary="Compute a stored score again",
    )
    def replay_score(score_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]) -> Response:
        """From the stored inputs, model and agreement: the same bits, or an alarm."""
        again = service.store.read(lambda c: replay(c, score_id))
        card = again.service.card
        return _json(
            again.stored
            | {
                "same": again.same,
                "differences": again.differences,
                "because": again.because,
                "score_again": again.judged.scored.score,
                "model_version": card.model_version,
                "agreement_version": card.agreement.version,
                "agreement_hash": card.agreement_hash,
            }
        )


def _json(content: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), headers=headers, media_type="application/json")

"""Routes about agreements: the one that holds, what another would change, and letting it take hold."""

from enum import Enum
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from features.agreement import said
from features.errors import AgreementError, LeadError
from features.loading import agreement_from_text
from features.moments import iso
from serving.access.caller import Caller
from serving.access.guard import needs
from serving.programs import effect as effects
from serving.programs.adopting import adopt
from serving.programs.agreements import Kept, adopted, history, kept
from serving.programs.effect import Effect, sentences
from serving.programs.errors import NoSuchAgreement
from serving.programs.proposing import Asked, propose
from serving.programs.service import LEADS
from serving.programs.shapes import AdoptedOut, AgreementOut, HistoryOut, ProposalOut
from serving.programs.words import in_words
from serving.routes.problems import may
from serving.service import Service
from serving.strictjson import StrictJson

MOST_BYTES = 1_000_000
MOST_MOVES = 50
USUAL = 10_000  # leads that are judged while a caller waits
Program = Annotated[Literal["leads", "customers"], Query(description="whose agreement")]
Hash = Annotated[str, Path(pattern="^sha256:[0-9a-f]{64}$", description="of the agreement, as its proposal says")]
Moves = Annotated[
    list[str], Query(max_length=MOST_MOVES, description="OLD=NEW: leads in a stage that it does not have go to NEW")
]
Judged = Annotated[int, Query(ge=1, le=100_000, description="judge so many leads at most, of more a random sample")]
Admin = Annotated[Caller, Depends(needs("admin"))]
_TEXT: dict[str, Any] = {"schema": {"type": "string", "description": "the agreement, as YAML"}}
TAGS: list[str | Enum] = ["agreements"]
_YAML = {"requestBody": {"required": True, "content": {"application/yaml": _TEXT, "text/plain": _TEXT}}}


def agreement_routes(service: Service) -> APIRouter:
    """``/v1/agreement`` and ``/v1/agreements``."""
    router = APIRouter()
    router.include_router(_read_routes(service))
    router.include_router(_act_routes(service))
    return router


def _read_routes(service: Service) -> APIRouter:
    router = APIRouter(
        prefix="/v1",
        tags=TAGS,
        route_class=StrictJson,
        dependencies=[Depends(needs("read"))],
        responses=may(404, 422),
    )

    @router.get("/agreement", response_model=AgreementOut, summary="What was agreed on")
    def get_agreement(program: Program = LEADS) -> Response:
        """The adopted agreement: its keys, its YAML text, and every rule in words."""
        found = service.store.read(lambda connection: adopted(connection, program))
        if found is None:
            raise NoSuchAgreement("nothing is agreed on yet", where=f"the program '{program}'")
        agreement = found.agreement
        return _json(_kept(found) | {"document": said(agreement), "yaml": found.yaml, "words": in_words(agreement)})

    @router.get("/agreements", response_model=HistoryOut, summary="Every agreement, proposed or adopted")
    def list_agreements(program: Program = LEADS) -> Response:
        found = service.store.read(lambda connection: history(connection, program))
        return _json({"agreements": [_kept(one) for one in found]})

    @router.get("/agreements/{hash}/effect", response_model=ProposalOut, summary="What it would change")
    def get_agreement_effect(hash: Hash, program: Program = LEADS) -> Response:
        """As it was shown last; propose the agreement again for the leads of today."""
        found = service.store.read(lambda connection: kept(connection, program, hash))
        if found.effect is None:
            raise NoSuchAgreement("the effect of this agreement was never shown", where=found.version, do="propose it")
        return _json(_proposal(program, hash, found.version, effects.decode(found.effect)))

    return router


def _act_routes(service: Service) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=TAGS, route_class=StrictJson)

    @router.post(
        "/agreements",
        response_model=ProposalOut,
        responses=may(413, 422),
        openapi_extra=_YAML,
        summary="Propose an agreement",
    )
    def propose_agreement(
        text: Annotated[str, Depends(_text)],
        caller: Admin,
        program: Program = LEADS,
        move_to: Moves = [],  # noqa: B006 - FastAPI makes a new one for each request
        leads: Judged = USUAL,
    ) -> Response:
        """Answers what it would change for the leads of today. Nothing takes hold before it is adopted."""
        asked = Asked(agreement_from_text(text), caller, text, _moves(move_to))
        found = propose(service, program, asked, most=leads)
        return _json(_proposal(program, found.hash, found.agreement.version, found.effect))

    @router.post(
        "/agreements/{hash}/adopt",
        response_model=AdoptedOut,
        responses=may(404, 409, 422),
        summary="Let a proposed agreement take hold",
    )
    def adopt_agreement(hash: Hash, caller: Admin, program: Program = LEADS) -> Response:
        """At once, in every process; leads are then scored anew, those that waited longest first."""
        return _json(adopt(service, program, hash, caller)._asdict())

    return router


async def _text(request: Request) -> str:
    """The body as text; raises AgreementError when it is too long or not UTF-8."""
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise AgreementError("too long for an agreement", got=f"{len(body):,} bytes", allowed=f"{MOST_BYTES:,} bytes")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        what, do = "the agreement is not UTF-8 text", "send it as UTF-8"
        raise AgreementError(what, where=f"line {line}", do=do) from None


def _moves(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    faulty = next((text for text, (old, _, new) in zip(texts, pairs, strict=True) if not old or not new), None)
    if faulty is not None:
        raise LeadError("not a move of stages", where="move_to", got=repr(faulty)[:80], allowed="OLD=NEW")
    return {old: new for old, _, new in pairs}


def _kept(found: Kept) -> dict[str, Any]:
    return {
        "program": found.program,
        "hash": found.hash,
        "agreement": found.name,
        "version": found.version,
        "state": found.state,
        "proposed_at": iso(found.proposed_at),
        "proposed_by": found.proposed_by,
        "adopted_at": "" if found.adopted_at is None else iso(found.adopted_at),
        "adopted_by": found.adopted_by or "",
    }


def _proposal(program: str, hashed: str, version: str, effect: Effect) -> dict[str, Any]:
    shown = orjson.loads(effects.encode(effect)) | {"summary": sentences(effect)}
    return {"program": program, "hash": hashed, "version": version, "effect": shown}


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")

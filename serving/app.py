"""The HTTP service: routes, each two steps from its work."""

from typing import Any

import orjson
from fastapi import FastAPI, Response

from serving import problems
from serving.access.limits import BodyLimit
from serving.answers import answer_to, answers_to
from serving.served import Served
from serving.settings import Settings
from serving.shapes import BatchIn, BatchOut, LeadIn, ModelOut, Problem, ScoreOut
from serving.strictjson import StrictJson

_PROBLEM = {problems.MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"content": _PROBLEM, "description": text}
    for code, text in ((413, "the body is too large"), (422, "the request cannot be used; nothing was scored"))
}
_ABOUT = """\
Scores leads by what marketing and sales agreed on, blended with what history shows, and says exactly why:
`score = base + sum of terms[].points`.
"""


def create_app(served: Served, settings: Settings) -> FastAPI:
    """The service for one scorecard file."""
    app = FastAPI(title="leadscore", version="1", description=_ABOUT, strict_content_type=False)
    app.router.route_class = StrictJson
    app.add_middleware(BodyLimit, limit=settings.max_body)
    problems.install(app)

    @app.post("/v1/score", response_model=ScoreOut, responses=_PROBLEMS, summary="Score one lead")
    async def score(lead: LeadIn) -> Response:
        return _json(answer_to(served.scorer(), lead))

    @app.post("/v1/score/batch", response_model=BatchOut, responses=_PROBLEMS, summary="Score up to 1,000 leads")
    def score_batch(batch: BatchIn) -> Response:  # in a thread: other requests go on meanwhile
        return _json({"leads": answers_to(served.scorer(), batch.leads)})

    @app.get("/v1/model", response_model=ModelOut, summary="What is being served")
    async def model() -> Response:
        return _json(_about(served))

    @app.get("/", include_in_schema=False)
    async def root() -> dict[str, str]:
        return {
            "service": "leadscore",
            "score a lead": "POST /v1/score",
            "model": "/v1/model",
            "shapes": "/openapi.json",
        }

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", summary="The process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", summary="Ready to score")
    async def readyz() -> dict[str, str]:
        card = served.scorer().card
        return {"status": "ready", "model_version": card.model_version, "refused": served.refused}

    return app


def _about(served: Served) -> dict[str, Any]:
    card = served.scorer().card
    return {
        "model": card.name,
        "model_version": card.model_version,
        "agreement": card.agreement.agreement,
        "agreement_version": card.agreement.version,
        "agreement_hash": card.agreement_hash,
        "weight_of_history": card.weight_of_history,
        "leads_learned_from": card.history.leads if card.history else 0,
        "trained_at": card.history.trained_at if card.history else "",
        "facts": [f.name for f in card.features],
        "refused": served.refused,
    }


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")

"""Scores of leads as they are sent; nothing of them is kept. See ``quick`` for how most leads are answered."""

from typing import Any

import orjson
from fastapi import Depends, FastAPI, Response

from serving.access.guard import needs
from serving.answers import answer_to, answers_to
from serving.routes.language import AcceptLanguage, language_for, said_in
from serving.routes.problems import may
from serving.service import Service
from serving.shapes import BatchIn, BatchOut, LeadIn, ScoreOut


def add_score_routes(app: FastAPI, service: Service) -> None:
    """Add the routes that score leads."""
    of_lead, of_batch = service.metrics.scores.labels("lead"), service.metrics.scores.labels("batch")
    programs, only = service.programs, [Depends(needs("score"))]

    @app.post(
        "/v1/score",
        response_model=ScoreOut,
        responses=may(413, 422),
        summary="Score one lead",
        tags=["score"],
        dependencies=only,
    )
    async def score_lead(lead: LeadIn, accept_language: AcceptLanguage = None) -> Response:
        language = language_for(accept_language, service.settings)
        of_lead.inc()
        return _json(answer_to(programs.leads.scorer.speaking(language), lead), language)

    @app.post(
        "/v1/score/batch",
        response_model=BatchOut,
        responses=may(413, 422),
        summary="Score up to 1,000 leads",
        tags=["score"],
        dependencies=only,
    )
    def score_leads(batch: BatchIn, accept_language: AcceptLanguage = None) -> Response:
        # in a thread: other requests go on meanwhile
        language = language_for(accept_language, service.settings)
        of_batch.inc(len(batch.leads))
        return _json({"leads": answers_to(programs.leads.scorer.speaking(language), batch.leads)}, language)


def _json(content: Any, language: str) -> Response:
    return Response(orjson.dumps(content), headers=said_in(language), media_type="application/json")

"""Whether the service lives, whether it is ready, and where to look."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from serving.problems import problem
from serving.programs.service import LEADS
from serving.routes.problems import may
from serving.service import Service
from serving.store.database import StoreUnavailable
from serving.store.migrate import is_current


class AliveOut(BaseModel):
    """The process lives."""

    status: Literal["ok"]


class ReadyOut(BaseModel):
    """The service can score and store. ``refused``: why a newer scorecard is not in service; empty when it is."""

    status: Literal["ready"]
    model_version: str
    refused: str


_LATER = {"Retry-After": "2"}


def health_routes(service: Service) -> APIRouter:
    """``/``, ``/healthz`` and ``/readyz``, which need no key."""
    router = APIRouter(tags=["health"])

    @router.get("/", include_in_schema=False)
    async def root() -> dict[str, str]:
        return {
            "service": "leadscore",
            "score a lead": "POST /v1/score",
            "model": "/v1/model",
            "shapes": "/openapi.json",
            "shapes for importers": "/openapi-3.0.json, /swagger-2.0.json",
        }

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz", summary="The process lives")
    async def is_alive() -> AliveOut:
        return AliveOut(status="ok")

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", response_model=ReadyOut, responses=may(503), summary="Ready to score and to store")
    def is_ready() -> Any:
        """503 while the store does not answer, or has not the tables of this version."""
        try:
            current = is_current(service.store)
        except StoreUnavailable as error:
            return problem(503, error.what, instance="/readyz", headers=_LATER)
        if not current:
            return problem(503, "the store has the tables of another version", instance="/readyz", headers=_LATER)
        version = service.programs.leads.card.model_version
        return ReadyOut(status="ready", model_version=version, refused=service.programs.refused().get(LEADS, ""))

    return router

"""Whether the service lives, whether it is ready, and where to look."""

from typing import Any

from fastapi import APIRouter

from serving.problems import problem
from serving.programs.service import LEADS
from serving.service import Service
from serving.store.database import StoreUnavailable
from serving.store.migrate import is_current

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
        }

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz", summary="The process lives")
    async def is_alive() -> dict[str, str]:
        return {"status": "ok"}

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", response_model=None, summary="Ready to score and to store")
    def is_ready() -> Any:
        """503 while the store does not answer, or has not the tables of this version."""
        try:
            current = is_current(service.store)
        except StoreUnavailable as error:
            return problem(503, error.what, instance="/readyz", headers=_LATER)
        if not current:
            return problem(503, "the store has the tables of another version", instance="/readyz", headers=_LATER)
        version = service.programs.leads.card.model_version
        return {"status": "ready", "model_version": version, "refused": service.programs.refused().get(LEADS, "")}

    return router

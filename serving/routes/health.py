"""Whether the service lives, whether it is ready, and where to look."""

from typing import Any, Literal

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from serving.problems import problem
from serving.programs.service import LEADS
from serving.routes.problems import may
from serving.service import Service
from serving.store.database import StoreUnavailable
from serving.store.migrate import is_current


class ForPrograms(APIRoute):
    """A route for callers that want no page: to a browser, the next route of its path answers."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, but for a request whose ``Accept`` names HTML."""
        accepted = Headers(scope=scope).get("accept", "") if scope["type"] == "http" else ""
        return (Match.NONE, {}) if "text/html" in accepted else super().matches(scope)


class AliveOut(BaseModel):
    """The process lives."""

    status: Literal["ok"]


class ReadyOut(BaseModel):
    """The service can score and store. ``refused``: why a newer scorecard is not in service; empty when it is."""

    status: Literal["ready"]
    model_version: str
    refused: str


_LATER = {"Retry-After": "2"}


async def _where_to_look() -> dict[str, str]:
    return {
        "service": "leadscore",
        "score a lead": "POST /v1/score",
        "model": "/v1/model",
        "shapes": "/openapi.json",
        "shapes for importers": "/openapi-3.0.json, /swagger-2.0.json",
        "pages for people": "/ in a browser",
    }


def health_routes(service: Service) -> APIRouter:
    """``/`` for programs, ``/healthz`` and ``/readyz``, which need no key."""
    router = APIRouter(tags=["health"])
    router.add_api_route("/", _where_to_look, include_in_schema=False, route_class_override=ForPrograms)

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

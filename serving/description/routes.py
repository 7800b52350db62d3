"""``GET /openapi-3.0.json`` and ``/swagger-2.0.json``: the description for importers, with this service's address."""

from typing import Any

from fastapi import APIRouter, Request

from serving.description.openapi30 import openapi_30
from serving.description.swagger20 import swagger_20


def importer_routes() -> APIRouter:
    """What importers read, beside FastAPI's own ``/openapi.json``; no key is needed: nothing of any lead is in it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi-3.0.json")
    def openapi_3(request: Request) -> dict[str, Any]:
        return openapi_30(request.app.openapi(), _address(request))

    @router.get("/swagger-2.0.json")
    def swagger(request: Request) -> dict[str, Any]:
        return swagger_20(openapi_3(request))

    return router


def _address(request: Request) -> str:
    return str(request.base_url).rstrip("/")

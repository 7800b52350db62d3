"""All pages of the desk."""

from fastapi import APIRouter

from serving.routes.desk.agreement import agreement_pages
from serving.routes.desk.dashboard import dashboard_routes
from serving.routes.desk.list import list_routes
from serving.routes.desk.model import model_pages
from serving.routes.desk.plan import plan_routes
from serving.routes.desk.quadrant import quadrant_routes
from serving.service import Service


def desk_routes(service: Service) -> APIRouter:
    """``/``, ``/dashboard``, ``/plan``, ``/quadrant``, ``/agreement`` and ``/model``."""
    router = APIRouter()
    for routes in (list_routes, dashboard_routes, plan_routes, quadrant_routes, agreement_pages, model_pages):
        router.include_router(routes(service))
    return router

"""The HTTP service: what it is made of, and the routes of scoring itself."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, Response
from fastapi.telemetry import TelemetryConfig

from serving import problems
from serving.access.cors import allow_origins
from serving.access.first import is_loopback
from serving.access.guard import needs
from serving.access.limits import BodyLimit
from serving.access.lookup import Keys
from serving.access.openapi import describe_keys
from serving.access.rates import Rates
from serving.crm import metrics as crm_metrics
from serving.description.operations import operation_id
from serving.description.routes import importer_routes
from serving.jobs.jobs import housekeeping_of, jobs_of, pushers_of, pushing
from serving.jobs.runner import Runner
from serving.observe.requests import Observe
from serving.observe.route import metrics_route
from serving.pages.assets import asset_route
from serving.pages.page import Pages
from serving.programs.about import about
from serving.programs.pinned import OneVersion
from serving.programs.shapes import ModelOut
from serving.routes.access import audit_routes, key_routes
from serving.routes.acts import act_routes
from serving.routes.agreements import agreement_routes
from serving.routes.card import card_routes
from serving.routes.desk.routes import desk_routes
from serving.routes.health import health_routes
from serving.routes.imports import import_routes
from serving.routes.ingest import ingest_routes
from serving.routes.leads import lead_routes
from serving.routes.links import link_routes
from serving.routes.people import people_routes
from serving.routes.quick import Quick
from serving.routes.score import add_score_routes
from serving.routes.signin import signin_routes
from serving.routes.webhooks import webhook_routes
from serving.service import Service
from serving.signin.cardurl import CardUrls
from serving.signin.who import SignIn
from serving.strictjson import StrictJson
from serving.webhooks import metrics as webhook_metrics
from serving.webhooks.worker import Deliverer

_ABOUT = """\
Scores leads by what marketing and sales agreed on, blended with what history shows, and says exactly why:
`score = base + sum of terms[].points`.
"""


# Requests are logged and counted by ``Observe``; asking for OpenTelemetry's settings takes longer than either.
_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


def create_app(service: Service) -> FastAPI:
    """The service over one store; what it does by the clock begins and ends with it."""
    settings, metrics = service.settings, service.metrics
    webhook_metrics.register(metrics.registry)
    crm_metrics.register(metrics.registry)
    signin = SignIn(service)
    adds = CardUrls(signin.links, settings.public_url).added
    deliverer = Deliverer(service.store, settings.webhooks, clock=service.clock, adds=adds)
    service = replace(service, wake=deliverer.wake)
    app = FastAPI(
        title="leadscore",
        version="1",
        description=_ABOUT,
        strict_content_type=False,
        docs_url=None,  # they fetch their scripts from elsewhere
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
        generate_unique_id_function=operation_id,
        lifespan=_living(service, deliverer),
    )
    app.router.route_class = StrictJson
    app.add_middleware(Quick, service=service)
    app.add_middleware(BodyLimit, limit=settings.max_body, larger={"/v1/import": settings.max_import})
    allow_origins(app, settings.cors_origins)
    app.add_middleware(OneVersion)
    app.add_middleware(Observe, metrics=metrics)
    app.state.pages, app.state.signin = Pages(service), signin
    app.state.keys, app.state.rates = Keys(service.store, service.clock), Rates(settings.per_minute)
    problems.install(app)
    add_score_routes(app, service)
    _model_route(app, service)
    for routes in (
        ingest_routes,
        link_routes,
        lead_routes,
        act_routes,
        people_routes,
        agreement_routes,
        import_routes,
        health_routes,
        signin_routes,
        desk_routes,
        card_routes,
    ):
        app.include_router(routes(service))
    app.include_router(
        webhook_routes(service.store, settings.webhooks, who=needs("admin"), clock=service.clock, wake=deliverer.wake)
    )
    app.include_router(key_routes(service.store, service.clock))
    app.include_router(audit_routes(service.store))
    app.include_router(importer_routes())
    app.router.routes.append(asset_route())
    app.router.routes.append(metrics_route(metrics, with_key=not is_loopback(settings.host)))
    describe_keys(app)
    return app


def _living(service: Service, deliverer: Deliverer) -> Any:
    """What runs beside the requests, from the first to the last one."""
    metrics, pushers = service.metrics, pushers_of(service)
    pushes = ([pushing(service, pusher)] for pusher in pushers)
    runners = [
        Runner(service.store, jobs, clock=service.clock, failed=lambda job: metrics.store_errors.labels(job).inc())
        for jobs in (jobs_of(service, metrics.scores.labels("rescore").inc), housekeeping_of(service), *pushes)
    ]

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as ends:
            ends.enter_context(app.state.keys.followed())
            if service.settings.jobs:
                deliverer.start()
                ends.callback(deliverer.stop, float(service.settings.grace))
                for pusher in pushers:
                    ends.callback(pusher.close)
                for runner in runners:
                    runner.start()
                    ends.callback(runner.stop, float(service.settings.grace))
            yield

    return living


def _model_route(app: FastAPI, service: Service) -> None:
    @app.get("/v1/model", response_model=ModelOut, summary="What is being served", tags=["score"])
    def get_model(_: Annotated[Any, Depends(needs(""))]) -> Response:
        return Response(orjson.dumps(about(service)), media_type="application/json")

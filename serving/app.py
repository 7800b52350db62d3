"""The HTTP service: what it is made of, and the routes of scoring itself."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, Response

from serving import problems
from serving.access.cors import allow_origins
from serving.access.first import is_loopback
from serving.access.guard import needs
from serving.access.limits import BodyLimit
from serving.access.lookup import Keys
from serving.access.openapi import describe_keys
from serving.access.rates import Rates
from serving.answers import answer_to, answers_to
from serving.description.operations import operation_id
from serving.description.routes import importer_routes
from serving.jobs.jobs import jobs_of
from serving.jobs.runner import Runner
from serving.observe.requests import Observe
from serving.observe.route import metrics_route
from serving.programs.about import about
from serving.programs.shapes import ModelOut
from serving.routes.access import audit_routes, key_routes
from serving.routes.acts import act_routes
from serving.routes.agreements import agreement_routes
from serving.routes.health import health_routes
from serving.routes.imports import import_routes
from serving.routes.ingest import ingest_routes
from serving.routes.leads import lead_routes
from serving.routes.problems import may
from serving.routes.webhooks import webhook_routes
from serving.service import Service
from serving.shapes import BatchIn, BatchOut, LeadIn, ScoreOut
from serving.strictjson import StrictJson
from serving.webhooks import metrics as webhook_metrics
from serving.webhooks.worker import Deliverer

_ABOUT = """\
Scores leads by what marketing and sales agreed on, blended with what history shows, and says exactly why:
`score = base + sum of terms[].points`.
"""


def create_app(service: Service) -> FastAPI:
    """The service over one store; what it does by the clock begins and ends with it."""
    settings, metrics = service.settings, service.metrics
    webhook_metrics.register(metrics.registry)
    deliverer = Deliverer(service.store, settings.webhooks, clock=service.clock)
    service = replace(service, wake=deliverer.wake)
    app = FastAPI(
        title="leadscore",
        version="1",
        description=_ABOUT,
        strict_content_type=False,
        generate_unique_id_function=operation_id,
        lifespan=_living(service, deliverer),
    )
    app.router.route_class = StrictJson
    app.add_middleware(BodyLimit, limit=settings.max_body, larger={"/v1/import": settings.max_import})
    allow_origins(app, settings.cors_origins)
    app.add_middleware(Observe, metrics=metrics)
    app.state.keys, app.state.rates = Keys(service.store, service.clock), Rates(settings.per_minute)
    problems.install(app)
    _score_routes(app, service)
    for router in (ingest_routes, lead_routes, act_routes, agreement_routes, import_routes, health_routes):
        app.include_router(router(service))
    app.include_router(
        webhook_routes(service.store, settings.webhooks, who=needs("admin"), clock=service.clock, wake=deliverer.wake)
    )
    app.include_router(key_routes(service.store, service.clock))
    app.include_router(audit_routes(service.store))
    app.include_router(importer_routes())
    app.router.routes.append(metrics_route(metrics, with_key=not is_loopback(settings.host)))
    describe_keys(app)
    return app


def _living(service: Service, deliverer: Deliverer) -> Any:
    """What runs beside the requests, from the first to the last one."""
    metrics = service.metrics
    runner = Runner(
        service.store,
        jobs_of(service, metrics.scores.labels("rescore").inc),
        clock=service.clock,
        failed=lambda job: metrics.store_errors.labels(job).inc(),
    )

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as ends:
            ends.enter_context(app.state.keys.followed())
            if service.settings.jobs:
                deliverer.start()
                ends.callback(deliverer.stop, float(service.settings.grace))
                runner.start()
                ends.callback(runner.stop, float(service.settings.grace))
            yield

    return living


def _score_routes(app: FastAPI, service: Service) -> None:
    """Scores of leads as they are sent; nothing of them is kept."""
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
    async def score_lead(lead: LeadIn) -> Response:
        of_lead.inc()
        return _json(answer_to(programs.leads.scorer, lead))

    @app.post(
        "/v1/score/batch",
        response_model=BatchOut,
        responses=may(413, 422),
        summary="Score up to 1,000 leads",
        tags=["score"],
        dependencies=only,
    )
    def score_leads(batch: BatchIn) -> Response:  # in a thread: other requests go on meanwhile
        of_batch.inc(len(batch.leads))
        return _json({"leads": answers_to(programs.leads.scorer, batch.leads)})

    @app.get("/v1/model", response_model=ModelOut, summary="What is being served", tags=["score"])
    def get_model(_: Annotated[Any, Depends(needs(""))]) -> Response:
        return _json(about(service))


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")

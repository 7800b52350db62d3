"""``GET /metrics``."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.access.guard import caller_of
from serving.observe.metrics import Metrics


def metrics_route(metrics: Metrics, *, with_key: bool) -> Route:
    """The metrics as Prometheus reads them.

    with_key: only for callers with the scope ``read`` (in Prometheus' configuration: ``authorization: credentials``)
    """

    async def show(request: Request) -> Response:
        if with_key:
            await caller_of(request.scope, "read")
        return Response(await run_in_threadpool(metrics.text), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", show, methods=["GET"], include_in_schema=False)

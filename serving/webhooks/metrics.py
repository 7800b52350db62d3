"""What Prometheus reads of webhooks: one set in a process, shown by every registry that they are registered with."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

ATTEMPTS = Counter(
    "leadscore_webhook_attempts", "Attempts to deliver a webhook, by how they ended", ("outcome",), registry=None
)
DEAD = Counter("leadscore_webhook_dead_letters", "Webhooks that were given up", registry=None)
SECONDS = Histogram(
    "leadscore_webhook_seconds",
    "How long attempts took",
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 15, 30),
    registry=None,
)
PENDING_SECONDS = Gauge(
    "leadscore_webhook_pending_seconds",
    "Age of the oldest webhook that is not yet delivered",
    multiprocess_mode="livemax",
    registry=None,
)


def register(registry: CollectorRegistry) -> None:
    """Have a registry show them."""
    for metric in (ATTEMPTS, DEAD, SECONDS, PENDING_SECONDS):
        registry.register(metric)

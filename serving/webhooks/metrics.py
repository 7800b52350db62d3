"""What Prometheus reads of webhooks."""

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter("leadscore_webhook_attempts", "Attempts to deliver a webhook, by how they ended.", ["outcome"])
DEAD = Counter("leadscore_webhook_dead_letters", "Webhooks that were given up.")
SECONDS = Histogram(
    "leadscore_webhook_seconds", "How long attempts took.", buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 15, 30)
)
PENDING_SECONDS = Gauge(
    "leadscore_webhook_pending_seconds", "Age of the oldest webhook not yet delivered.", multiprocess_mode="livemax"
)

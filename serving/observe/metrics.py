"""Prometheus metrics of the service: requests, scores, what was taken in, faults of the store.

With several workers, each writes its numbers into files of one folder (``share``), and any of them answers for all.
"""

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus_client looks, once, when it is imported
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def share(folder: Path) -> None:
    """Have the processes that are started from now on count together; what earlier ones left there is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink()
    os.environ[_FOLDER] = str(folder)


class Metrics:
    """The metrics of one app; ``/metrics`` shows each as ``leadscore_NAME``.

    scores: computed and given or stored, by what caused it; ingested: events and other calls that were new, by kind
    store_errors: times that the store did not answer, by what was being done (``request``, or a job's name)
    """

    def __init__(self) -> None:
        self._shared = os.environ.get(_FOLDER)
        self.registry = r = CollectorRegistry()
        self._requests = Counter("leadscore_requests", "Requests answered", ("method", "route", "status"), registry=r)
        self._seconds = Histogram(
            "leadscore_request_seconds",
            "Time to the end of the answer",
            ("method", "route"),
            registry=r,
            buckets=SECONDS,
        )
        self.in_progress = Gauge(
            "leadscore_requests_in_progress", "Requests being answered", registry=r, multiprocess_mode="livesum"
        )
        self.scores = Counter("leadscore_scores", "Scores computed", ("cause",), registry=r)
        self.ingested = Counter("leadscore_ingested", "Calls taken in and stored", ("kind",), registry=r)
        self.store_errors = Counter("leadscore_store_errors", "The store did not answer", ("during",), registry=r)
        if self._shared is None:
            ProcessCollector(registry=r)
            GCCollector(registry=r)
        self._of: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; ``method`` and ``route`` (its template) are of a few, never as they were sent."""
        kept = self._of.get((method, route, status))
        if kept is None:
            kept = self._requests.labels(method, route, status), self._seconds.labels(method, route)
            self._of[method, route, status] = kept
        kept[0].inc()
        kept[1].observe(seconds)

    def text(self) -> bytes:
        """All metrics, of all workers, as Prometheus reads them."""
        if self._shared is None:
            return generate_latest(self.registry)
        _forget_the_dead(Path(self._shared))
        together = CollectorRegistry()
        MultiProcessCollector(together, self._shared)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def _forget_the_dead(folder: Path) -> None:
    """A worker that was killed has no requests in progress any more; what it has counted stays."""
    for path in folder.glob("gauge_live*.db"):
        try:
            os.kill(int(path.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)
        except (PermissionError, ValueError):
            continue

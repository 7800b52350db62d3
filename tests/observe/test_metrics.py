"""What Prometheus reads: of one process, or of all workers together; to others only with a key."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from features.moments import now
from serving import problems
from serving.access.caller import SYSTEM
from serving.access.keys import Wanted, create
from serving.access.lookup import Keys
from serving.access.rates import Rates
from serving.observe.metrics import Metrics
from serving.observe.route import metrics_route
from serving.store.database import Store
from serving.store.place import open_store

WORKER = """
from serving.observe.metrics import Metrics
metrics = Metrics()
metrics.in_progress.inc()
metrics.answered("GET", "/", 200, 0.25)
metrics.scores.labels("event").inc(3)
"""
TOGETHER = """
import os, subprocess, sys
from pathlib import Path
from serving.observe.metrics import share
share(Path(sys.argv[1]))
for _ in range(2):
    subprocess.run([sys.executable, "-c", sys.argv[2]], check=True)
subprocess.run([sys.executable, "-c", sys.argv[2] + "print(metrics.text().decode())"], check=True)
"""


def values(text: str) -> dict[tuple[str, ...], float]:
    """Each sample by its name and its labels' values, in the order of their names."""
    families = text_string_to_metric_families(text)
    return {
        (s.name, *(s.labels[name] for name in sorted(s.labels))): s.value for family in families for s in family.samples
    }


def test_what_was_counted_is_told() -> None:
    metrics = Metrics()
    metrics.scores.labels("event").inc(2)
    metrics.ingested.labels("track").inc()
    metrics.store_errors.labels("rescore").inc()
    told = values(metrics.text().decode())
    assert told["leadscore_scores_total", "event"] == 2
    assert told["leadscore_ingested_total", "track"] == 1
    assert told["leadscore_store_errors_total", "rescore"] == 1


def test_times_fall_into_buckets() -> None:
    metrics = Metrics()
    for seconds in (0.0004, 0.003, 20):
        metrics.answered("GET", "/", 200, seconds)
    told = values(metrics.text().decode())
    buckets = {
        limit: told["leadscore_request_seconds_bucket", limit, "GET", "/"] for limit in ("0.0005", "0.005", "+Inf")
    }
    assert buckets == {"0.0005": 1, "0.005": 2, "+Inf": 3}
    assert told["leadscore_request_seconds_sum", "GET", "/"] == 0.0004 + 0.003 + 20


@pytest.fixture(scope="module")
def of_three(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], float]:
    """What the third of three workers tells, when two have ended."""
    folder = tmp_path_factory.mktemp("metrics")
    (folder / "counter_1.db").write_bytes(b"left from before")
    run = [sys.executable, "-c", TOGETHER, str(folder), WORKER]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    return values(done.stdout)


def test_one_worker_tells_what_all_have_counted(of_three: dict[tuple[str, ...], float]) -> None:
    assert of_three["leadscore_requests_total", "GET", "/", "200"] == 3
    assert of_three["leadscore_request_seconds_sum", "GET", "/"] == 3 * 0.25
    assert of_three["leadscore_scores_total", "event"] == 3 * 3


def test_a_worker_that_ended_has_nothing_in_progress(of_three: dict[tuple[str, ...], float]) -> None:
    assert of_three["leadscore_requests_in_progress",] == 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def asked(store: Store, *, with_key: bool, key: str = "") -> int:
    app = FastAPI()
    app.state.keys, app.state.rates = Keys(store), Rates()
    app.router.routes.append(metrics_route(Metrics(), with_key=with_key))
    problems.install(app)
    with TestClient(app) as client:
        return client.get("/metrics", headers={"Authorization": f"Bearer {key}"} if key else {}).status_code


def test_on_the_machine_itself_no_key_is_needed(store: Store) -> None:
    assert asked(store, with_key=False) == 200


def test_beyond_it_a_key_that_may_read_is(store: Store) -> None:
    keys = [
        store.write(lambda c, s=s: create(c, SYSTEM, Wanted("prometheus", frozenset({s})), now())).text
        for s in ("read", "score")
    ]
    assert [asked(store, with_key=True, key=key) for key in (*keys, "")] == [200, 403, 401]

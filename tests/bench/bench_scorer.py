"""``POST /v1/score`` against a FastAPI route that validates and echoes the same body: requests a second, and p99.

The service is ``leadscore serve`` with a key in every request, its log and its metrics; the echo is alone in its app,
on the same server program. One process each, in turn and in short turns, as the machine may be busy with other things;
one client. The p99 is taken with requests by a fixed schedule, at half of what each route can do itself, from when
each request was due.
"""

import json
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from fastapi import FastAPI
from figures import Figure, at_least, at_most
from load import Rate, Target, answer, latencies, rate
from madeup_model import madeup_lead, madeup_model
from servers import leadscore, served

from features.moments import iso
from serving.shapes import LeadIn

CONNECTIONS, REQUESTS, TURNS = 4, 1_000, 25
SECONDS, CONNECTIONS_BY_SCHEDULE, ROUNDS = 3.0, 32, 7


def run() -> list[Figure]:
    """Measure both routes in turn."""
    card, body = madeup_model().card, lead_as_json()
    with TemporaryDirectory() as home, leadscore(Path(home), card, "--no-jobs") as ours, served(_echo) as echo:
        targets = Target(ours, "/v1/score"), Target(echo, "/echo")
        assert len(json.loads(answer(targets[0], body))["terms"]) == len(card.features)
        turns = [[rate(target, [body] * REQUESTS, CONNECTIONS) for target in targets] for _ in range(TURNS)]
        half = [median(turn[i].per_second for turn in turns) / 2 for i in (0, 1)]
        tails = [[_p99(t, body, h) for t, h in zip(targets, half, strict=True)] for _ in range(ROUNDS)]
    return [*_throughput(turns[1:]), *_latency(tails)]


def _throughput(turns: list[list[Rate]]) -> list[Figure]:
    ratios = sorted(ours.per_second / echo.per_second for ours, echo in turns)
    quarters = ratios[len(ratios) // 4], ratios[-len(ratios) // 4]
    processor = [median(turn[i].processor for turn in turns) for i in (0, 1)]
    return [
        Figure("scorer: /v1/score, 10 events", median(ours.per_second for ours, _ in turns), "requests/s"),
        Figure("scorer: echo of the same body", median(echo.per_second for _, echo in turns), "requests/s"),
        at_least("scorer: score over echo", median(ratios), "ratio", 0.85),
        Figure("scorer: score over echo, lower quarter", quarters[0], "ratio"),
        Figure("scorer: score over echo, upper quarter", quarters[1], "ratio"),
        Figure("scorer: processor time of a score", processor[0], "microseconds"),
        Figure("scorer: processor time of an echo", processor[1], "microseconds"),
        Figure("scorer: an echo's processor time over a score's", processor[1] / processor[0], "ratio"),
    ]


def _latency(tails: list[list[float]]) -> list[Figure]:
    return [
        Figure("scorer: p99 at half load, score", 1e3 * median(ours for ours, _ in tails), "ms"),
        Figure("scorer: p99 at half load, echo", 1e3 * median(echo for _, echo in tails), "ms"),
        at_most("scorer: p99 at half load, score over echo", median(o / e for o, e in tails), "ratio", 3),
    ]


def _p99(target: Target, body: bytes, per_second: float) -> float:
    taken = latencies(target, body, per_second, SECONDS, CONNECTIONS_BY_SCHEDULE)
    return taken[int(0.99 * len(taken))]


def lead_as_json() -> bytes:
    """The made-up lead, as a platform sends it."""
    lead = madeup_lead()
    events = [
        {"event_id": e.event_id, "type": e.type, "at": iso(e.at), "properties": dict(e.properties)} for e in lead.events
    ]
    return json.dumps({"lead_id": lead.lead_id, "profile": dict(lead.profile), "events": events}).encode()


def _echo() -> FastAPI:
    app = FastAPI()

    @app.post("/echo")
    async def echo(lead: LeadIn) -> LeadIn:
        return lead

    return app

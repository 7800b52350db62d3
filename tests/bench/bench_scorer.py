"""Requests a second of ``POST /v1/score``, against a FastAPI route that validates and echoes the same body.

Both run on the same server program, one process each, in turn; one client with four connections.
"""

import asyncio
import json
import multiprocessing
import socket
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

import uvicorn
from fastapi import FastAPI
from figures import Figure
from madeup_model import madeup_model

from features.moments import iso
from serving.app import create_app
from serving.programs.opening import open_programs
from serving.service import Service
from serving.settings import Settings
from serving.shapes import LeadIn
from serving.store.place import open_store
from training import scorecard

CONNECTIONS, REQUESTS, ROUNDS = 4, 1_500, 5


def run() -> list[Figure]:
    """Measure both routes in turn."""
    made = madeup_model()
    lead = made.lead
    events = [
        {"event_id": e.event_id, "type": e.type, "at": iso(e.at), "properties": dict(e.properties)} for e in lead.events
    ]
    body = json.dumps({"lead_id": lead.lead_id, "profile": dict(lead.profile), "events": events}).encode()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "scorecard.json"
        scorecard.save(made.card, path)
        with _server(_scorer_app, str(path)) as ours, _server(_echo_app) as echo:
            rounds = [(_rate(ours, "/v1/score", body), _rate(echo, "/echo", body)) for _ in range(ROUNDS)]
    scored, echoed = median(r[0] for r in rounds), median(r[1] for r in rounds)
    return [
        Figure("scorer: /v1/score, 10 events", scored, "requests/s"),
        Figure("scorer: echo of the same body", echoed, "requests/s"),
        Figure("scorer: score over echo", median(s / e for s, e in rounds), "ratio"),
        Figure("scorer: what a score adds to an echo", 1e6 / scored - 1e6 / echoed, "microseconds"),
    ]


def _scorer_app(path: str) -> FastAPI:
    settings = Settings(home=Path(path).parent, jobs=False)
    store = open_store(settings.home)
    return create_app(Service(settings, store, open_programs(settings, store, Path(path))))


def _echo_app() -> FastAPI:
    app = FastAPI()

    @app.post("/echo")
    async def echo(lead: LeadIn) -> LeadIn:
        return lead

    return app


def _serve(make: object, arguments: tuple[str, ...], listener: socket.socket) -> None:
    app = make(*arguments)  # type: ignore[operator]
    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[listener])


@contextmanager
def _server(make: object, *arguments: str):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(make, arguments, listener), daemon=True)
    process.start()
    try:
        _wait_for(listener.getsockname()[1])
        yield listener.getsockname()[1]
    finally:
        process.terminate()
        process.join()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.1)
    raise RuntimeError("the server did not start")


def _rate(port: int, path: str, body: bytes) -> float:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    request = head.encode() + body
    start = perf_counter()
    asyncio.run(_all(port, request))
    return REQUESTS / (perf_counter() - start)


async def _all(port: int, request: bytes) -> None:
    await asyncio.gather(*(_many(port, request, REQUESTS // CONNECTIONS) for _ in range(CONNECTIONS)))


async def _many(port: int, request: bytes, times: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(head.decode())
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
    writer.close()
    await writer.wait_closed()

"""What every request costs beside its work: its key looked up, its id, its line in the log, its metrics."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from types import SimpleNamespace

from figures import Figure, at_most
from starlette.types import Message, Receive, Scope, Send

from features.moments import now
from serving.access.caller import ALL, SYSTEM
from serving.access.guard import caller_of
from serving.access.keys import Wanted, create
from serving.access.limits import BodyLimit
from serving.access.lookup import Keys
from serving.access.rates import Rates
from serving.observe import logs
from serving.observe.metrics import Metrics
from serving.observe.requests import Observe
from serving.store.place import open_store

TIMES, ROUNDS, KEYS = 2_000, 25, 100
HEADERS = [(b"host", b"127.0.0.1"), (b"user-agent", b"bench"), (b"accept", b"*/*"), (b"content-length", b"9")]


def run() -> list[Figure]:
    """Time each on its own, without a server around it."""
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
        store = open_store(Path(folder))
        texts = [store.write(lambda c: create(c, SYSTEM, Wanted("bench", ALL), now())).text for _ in range(KEYS)]
        keys = Keys(store)
        logs.configure(json=True, stream=log)
        state = SimpleNamespace(state=SimpleNamespace(keys=keys, rates=Rates(10**9)))
        scope = _scope([*HEADERS, (b"authorization", b"Bearer " + texts[-1].encode())], state)
        keys.refresh()
        door = _micro(lambda: caller_of(scope, "score"))
        bare, seen, limited = _nothing, Observe(_nothing, Metrics()), BodyLimit(_nothing, 1_000)
        floor = _micro(lambda: bare(scope, _receive, _send))
        observed = _micro(lambda: seen(scope, _receive, _send)) - floor
        counted = _micro(lambda: limited(scope, _receive, _send)) - floor
        store.close()
    return [
        at_most(f"a key of {KEYS} looked up, its scope and its rate", door, "microseconds", 10),
        at_most("a request's id, log line and metrics", observed, "microseconds", 15),
        Figure("the limit of its body", counted, "microseconds"),
    ]


def _scope(headers: list[tuple[bytes, bytes]], app: object) -> Scope:
    route = SimpleNamespace(path="/v1/score")
    return {"type": "http", "method": "POST", "path": "/v1/score", "query_string": b"", "headers": headers} | {
        "app": app, "route": route
    }  # fmt: skip


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _receive() -> Message:
    return {"type": "http.request"}


async def _send(message: Message) -> None:
    pass


def _micro(work: Callable[[], Awaitable[object]]) -> float:
    """The processor's time of the fastest round, a call: a busy machine makes everything slower, nothing faster."""

    async def rounds() -> list[float]:
        taken = []
        for _ in range(ROUNDS):
            start = process_time()
            for _ in range(TIMES):
                await work()
            taken.append((process_time() - start) / TIMES)
        return taken

    return min(asyncio.run(rounds())) * 1e6

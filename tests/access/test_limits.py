"""Bodies have a limit, by route, whether or not their length is told; nothing is held back from who may read it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from serving import problems
from serving.access.limits import BodyLimit

LIMIT, LARGER = 1_000, 5_000


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.add_middleware(BodyLimit, limit=LIMIT, larger={"/v1/import": LARGER})
    problems.install(app)

    @app.post("/json")
    async def read(body: dict[str, Any]) -> int:
        return len(body)

    @app.post("/{path:path}")
    async def size(request: Request) -> int:
        return sum([len(part) async for part in request.stream()])

    with TestClient(app) as opened:
        yield opened


def in_parts(size: int) -> Iterator[bytes]:
    """A body whose length is not told."""
    for start in range(0, size, 300):
        yield b"x" * min(300, size - start)


@pytest.mark.parametrize("told", [True, False], ids=["length told", "in parts"])
@pytest.mark.parametrize(
    ("path", "limit"),
    [("/v1/track", LIMIT), ("/v1/import", LARGER), ("/v1/import/leads", LARGER), ("/v1/important", LIMIT)],
)
def test_a_body_may_be_as_large_as_its_route_allows_and_no_larger(
    client: TestClient, path: str, limit: int, told: bool
) -> None:
    def sent(size: int) -> int:
        return client.post(path, content=b"x" * size if told else in_parts(size)).status_code

    assert [sent(limit), sent(limit + 1)] == [200, 413]


@pytest.mark.parametrize("told", [True, False], ids=["length told", "in parts"])
def test_a_refusal_is_a_problem_whoever_reads_the_body(client: TestClient, told: bool) -> None:
    text = b'{"a": "' + b"x" * LIMIT + b'"}'
    answer = client.post("/json", content=text if told else iter([text[:10], text[10:]]))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert answer.json()["detail"].startswith("a body may have at most 1,000 bytes")


def asked(app: BodyLimit, *messages: Message, headers: list[tuple[bytes, bytes]] | None = None) -> list[Message]:
    """What is sent when these messages come, one at a time."""
    left, sent = list(messages), []

    async def receive() -> Message:
        return left.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers or []}
    asyncio.run(app(scope, receive, send))
    return sent


def test_the_first_part_is_read_before_the_last_has_come() -> None:
    read = []

    async def first_only(scope: Scope, receive: Receive, send: Send) -> None:
        read.append(await receive())

    first: Message = {"type": "http.request", "body": b"a", "more_body": True}
    asked(BodyLimit(first_only, LIMIT), first)
    assert read == [first]


def test_a_body_that_is_told_to_be_too_large_is_not_read() -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    sent = asked(BodyLimit(never, LIMIT), headers=[(b"content-length", b"1001")])
    assert sent[0]["status"] == 413


def test_a_caller_that_goes_away_is_passed_on() -> None:
    read = []

    async def first_only(scope: Scope, receive: Receive, send: Send) -> None:
        read.append(await receive())

    assert asked(BodyLimit(first_only, LIMIT), {"type": "http.disconnect"}) == []
    assert read == [{"type": "http.disconnect"}]


def test_an_error_of_the_code_behind_is_its_own() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        asked(BodyLimit(broken, LIMIT))


def test_an_answer_on_its_way_is_not_followed_by_a_refusal() -> None:
    start: Message = {"type": "http.response.start", "status": 200, "headers": []}

    async def early(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start)
        await receive()

    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * (LIMIT + 1)}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    with pytest.raises(Exception, match=r"^$"):
        asyncio.run(BodyLimit(early, LIMIT)(scope, receive, keep))
    assert sent == [start]

"""Each request has an id, a line in the log and a part in the metrics, and none of them holds what was sent."""

import asyncio
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from serving import problems
from serving.access.caller import ALL, Caller
from serving.observe import request_id
from serving.observe.metrics import Metrics
from serving.observe.requests import BrokenAnswer, Observe

Lines = Callable[[], list[dict[str, Any]]]
SECRET = "kim@acme.example"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(out: io.StringIO, metrics: Metrics) -> Iterator[TestClient]:
    app, router = FastAPI(), APIRouter(prefix="/v1/leads")
    app.add_middleware(Observe, metrics=metrics)
    problems.install(app)

    @router.post("/{lead_id}")
    async def act(lead_id: str, request: Request) -> str:
        request.state.caller = Caller("0123456789ab", "sales", ALL)
        return request_id.current()

    @app.get("/broken")
    def broken(text: str = "") -> None:
        raise ValueError(text)

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418)

    app.include_router(router)
    with TestClient(app) as opened:
        yield opened


def test_a_request_keeps_the_id_that_it_came_with(client: TestClient, lines: Lines) -> None:
    answer = client.post("/v1/leads/L-1", headers={"X-Request-ID": "r-17"})
    assert (answer.headers["X-Request-ID"], answer.json(), lines()[-1]["request_id"]) == ("r-17",) * 3


def test_a_request_without_an_id_gets_its_own(client: TestClient) -> None:
    ids = {client.post("/v1/leads/L-1").headers["X-Request-ID"] for _ in range(10)}
    assert len(ids) == 10
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)


@given(sent=st.binary(max_size=120) | st.text("ab-_.@ \n", max_size=120).map(str.encode))
def test_what_is_taken_for_an_id_is_short_plain_and_no_address(sent: bytes) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,99}", request_id.accepted(sent))


@pytest.mark.parametrize("sent", [SECRET, "a b", "", "x" * 101, "a\u00e9"])
def test_an_id_that_we_would_not_log_is_replaced(client: TestClient, sent: str) -> None:
    answer = client.post("/v1/leads/L-1", headers={b"X-Request-ID": sent.encode("latin-1")})
    assert answer.headers["X-Request-ID"] != sent


def test_a_line_says_what_was_done_how_and_by_whom(client: TestClient, lines: Lines) -> None:
    client.post("/v1/leads/L-1", headers={"X-Request-ID": "r-17"})
    (line,) = lines()
    assert list(line) == ["at", "level", "event", "method", "route", "status", "ms", "key", "request_id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", line.pop("at"))
    assert line.pop("ms") > 0
    assert list(line.values()) == ["info", "request", "POST", "/v1/leads/{lead_id}", 200, "0123456789ab", "r-17"]


@pytest.mark.parametrize("path", [f"/v1/leads/{SECRET}", "/v1/leads/L-1", f"/{SECRET}", "/broken", "/teapot"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_that_was_sent_is_logged(client: TestClient, out: io.StringIO, path: str, method: str) -> None:
    sent = {"text": SECRET, "api_key": SECRET}
    client.request(method, path, params=sent, headers={"User-Agent": SECRET, "Cookie": SECRET}, content=SECRET)
    assert out.getvalue()
    assert "acme" not in out.getvalue()


def test_an_error_of_the_code_is_answered_and_logged_with_its_place(client: TestClient, lines: Lines) -> None:
    answer = client.get("/broken", headers={"X-Request-ID": "r-18"})
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (500, "r-18")
    assert answer.json()["detail"] == "an unexpected error; it was logged"
    error, request = lines()
    assert (error["level"], error["error"], error["request_id"]) == ("error", "builtins.ValueError", "r-18")
    assert re.fullmatch(r".*tests/observe/test_requests\.py:\d+ broken", error["calls"][-1])
    assert (request["level"], request["status"]) == ("warning", 500)


def test_requests_are_counted_by_template_and_status(client: TestClient, metrics: Metrics) -> None:
    for path in ("/v1/leads/L-1", "/v1/leads/L-2"):
        client.post(path)
    client.get("/teapot")
    told = metrics.text().decode()
    labels = 'method="POST",route="/v1/leads/{lead_id}"'
    assert f'leadscore_requests_total{{{labels},status="200"}} 2.0' in told
    assert f"leadscore_request_seconds_count{{{labels}}} 2.0" in told
    assert 'leadscore_requests_total{method="GET",route="/teapot",status="418"} 1.0' in told


def test_routes_that_are_not_fastapis_own_are_told_apart_too(client: TestClient, metrics: Metrics) -> None:
    client.get("/openapi.json")
    assert 'leadscore_requests_total{method="GET",route="/openapi.json",status="200"} 1.0' in metrics.text().decode()


def test_addresses_and_methods_that_somebody_made_up_are_one(client: TestClient, metrics: Metrics) -> None:
    for n in range(20):
        client.request(f"M{n}", f"/{n}")
    told = metrics.text().decode()
    assert 'leadscore_requests_total{method="OTHER",route="none",status="404"} 20.0' in told
    assert told.count("leadscore_requests_total{") == 1


def asked(app: Observe, scope: dict[str, Any] | None = None) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope or {"type": "http", "method": "GET", "path": "/", "headers": []}, receive, send))
    return sent


def test_requests_in_progress_are_counted_while_they_are(metrics: Metrics) -> None:
    seen = []

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(b"leadscore_requests_in_progress 1.0" in metrics.text())

    asked(Observe(look, metrics))
    assert seen == [True]
    assert b"leadscore_requests_in_progress 0.0" in metrics.text()


def test_a_caller_that_went_away_is_told_apart(metrics: Metrics) -> None:
    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    assert asked(Observe(nothing, metrics)) == []
    assert b'leadscore_requests_total{method="GET",route="none",status="499"} 1.0' in metrics.text()


def test_a_broken_answer_is_broken_off_without_a_word_of_what_broke_it(metrics: Metrics) -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError(SECRET)

    with pytest.raises(BrokenAnswer) as broken:
        asked(Observe(half, metrics))
    assert broken.value.__suppress_context__


def test_what_is_no_request_is_passed_on(metrics: Metrics) -> None:
    async def hear(scope: Scope, receive: Receive, send: Send) -> None:
        await send(await receive())

    assert asked(Observe(hear, metrics), {"type": "lifespan"}) == [{"type": "http.disconnect"}]
    assert b"leadscore_requests_total{" not in metrics.text()


def test_headers_that_the_route_left_go_with_the_answer(metrics: Metrics) -> None:
    async def leave(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["headers"] = [(b"ratelimit", b"x")]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})

    (start,) = asked(Observe(leave, metrics))
    assert [start["headers"][0], start["headers"][2]] == [(b"a", b"b"), (b"ratelimit", b"x")]

"""Web pages of other origins may call where their origin is named, and not otherwise."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Headers

from features.errors import ConfigError
from serving.access.cors import allow_origins

CRM, OTHER = "https://crm.example", "https://other.example"
Answered = Callable[..., Headers]


def answered(origins: list[str], origin: str, *, method: str = "GET") -> Headers:
    """The headers of an answer, or of the question before it (OPTIONS), to a page of an origin."""
    app = FastAPI()
    allow_origins(app, origins)

    @app.get("/")
    async def read() -> str:
        return "read"

    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Authorization, X-API-Key"}
    with TestClient(app) as client:
        return client.request(method, "/", headers={"Origin": origin} | (ask if method == "OPTIONS" else {})).headers


def test_no_page_may_call_unless_origins_are_named() -> None:
    assert "Access-Control-Allow-Origin" not in answered([], CRM)


def test_a_page_of_a_named_origin_may_call() -> None:
    assert answered([CRM], CRM)["Access-Control-Allow-Origin"] == CRM


def test_a_page_of_another_origin_may_not() -> None:
    assert "Access-Control-Allow-Origin" not in answered([CRM], OTHER)


def test_a_page_may_send_a_key() -> None:
    assert "X-API-Key" in answered([CRM], CRM, method="OPTIONS")["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("origins", [["*"], [CRM]])
def test_cookies_are_never_let_through(origins: list[str], method: str) -> None:
    assert "Access-Control-Allow-Credentials" not in answered(origins, CRM, method=method)


@pytest.mark.parametrize("origin", ["crm.example", "https://crm.example/", "https://", "", "https://[", "null"])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ConfigError, match="not an origin"):
        allow_origins(FastAPI(), [CRM, origin])

"""The door: the ways to send a key, and what is said to those who may not."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from serving.access.guard import key_in, needs
from serving.access.keys import NewKey, new_text
from serving.access.rates import Rates

MakeKey = Callable[..., NewKey]


def basic(user: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


WAYS: dict[str, Callable[[str], dict[str, Any]]] = {
    "Bearer": lambda key: {"headers": {"Authorization": f"Bearer {key}"}},
    "bearer in lower case": lambda key: {"headers": {"authorization": f"bearer  {key} "}},
    "X-API-Key": lambda key: {"headers": {"X-API-Key": key}},
    "user name": lambda key: {"headers": {"Authorization": basic(key)}},
    "user name and password": lambda key: {"headers": {"Authorization": basic(key, "x:y")}},
    "query": lambda key: {"params": {"a": "b", "api_key": key}},
    "query in percents": lambda key: {"params": None, "url": f"?api_key={key.replace('_', '%5f')}"},
    "X-API-Key behind a proxy's password": lambda key: {
        "headers": {"Authorization": basic("proxy", "secret"), "X-API-Key": key}
    },
    "query beside a header that is empty": lambda key: {"headers": {"X-API-Key": ""}, "params": {"api_key": key}},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_key_may_come_in_many_ways(
    client: TestClient, make_local_key: MakeKey, way: Callable[[str], dict[str, Any]]
) -> None:
    sent = way(make_local_key("read").text)
    assert client.get("/read" + sent.pop("url", ""), **sent).json() == {"name": "a test"}


def test_a_route_without_dependencies_has_the_same_door(client: TestClient, make_local_key: MakeKey) -> None:
    sent = [{"X-API-Key": make_local_key(scope).text} for scope in ("score", "read")] + [{}]
    assert [client.post("/plain", headers=headers).status_code for headers in sent] == [200, 403, 401]


def test_without_a_key_one_is_asked_for(client: TestClient) -> None:
    response = client.get("/read")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="leadscore"'
    assert response.json()["detail"] == "a key is needed"


@pytest.mark.parametrize("text", ["password", new_text(), basic(new_text())], ids=["a word", "unknown", "no user"])
def test_a_key_that_does_not_hold_is_refused_and_not_repeated(client: TestClient, text: str) -> None:
    response = client.get("/read", headers={"Authorization": f"Bearer {text}"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="leadscore", error="invalid_token"'
    assert text not in response.text


@pytest.mark.parametrize("value", ["Basic ???", "Basic", "Bearer", "Digest username=x", "\xff"])
def test_what_is_no_authorization_is_refused(client: TestClient, value: str) -> None:
    assert client.get("/read", headers={"Authorization": value.encode("latin-1")}).status_code == 401


def test_a_key_without_the_scope_is_told_which_it_lacks(client: TestClient, make_local_key: MakeKey) -> None:
    response = client.get("/read", headers={"X-API-Key": make_local_key("score", "act").text})
    assert response.status_code == 403
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="leadscore", error="insufficient_scope", scope="read"'
    (error,) = response.json()["errors"]
    assert (error["got"], error["allowed"]) == ("score act", "read")


def test_too_many_requests_are_told_when_to_come_again(client: TestClient, make_local_key: MakeKey) -> None:
    key = {"X-API-Key": make_local_key("read", per_minute=2).text}
    answers = [client.get("/read", headers=key) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert [a.headers["RateLimit-Policy"] for a in answers] == ['"key";q=2;w=60'] * 3
    assert [a.headers["RateLimit"] for a in answers] == ['"key";r=1;t=30', '"key";r=0;t=60', '"key";r=0;t=60']
    assert answers[2].headers["Retry-After"] == "30"  # two a minute


def test_a_refused_caller_is_counted_too(client: TestClient, make_local_key: MakeKey) -> None:
    key = {"X-API-Key": make_local_key("score", per_minute=1).text}
    assert [client.get("/read", headers=key).status_code for _ in range(2)] == [403, 429]


def test_the_services_own_limit_is_that_of_keys_without_one(
    app: FastAPI, client: TestClient, make_local_key: MakeKey
) -> None:
    app.state.rates = Rates(per_minute=1)
    keys = [make_local_key("read"), make_local_key("read", per_minute=2)]
    codes = [[client.get("/read", headers={"X-API-Key": k.text}).status_code for _ in range(3)] for k in keys]
    assert codes == [[200, 429, 429], [200, 200, 429]]


def test_a_name_that_ends_like_the_keys_is_not_it() -> None:
    assert key_in({"headers": [], "query_string": b"my_api_key=a&b=api_key=c"}) == b""


def test_a_scope_is_one_dependency_however_often_it_is_named() -> None:
    assert needs("read") is needs("read")


def test_every_guarded_route_says_so_in_the_shapes(app: FastAPI) -> None:
    shapes = app.openapi()
    read = shapes["paths"]["/read"]["get"]
    assert read["security"] == [{"bearer": []}, {"header": []}, {"basic": []}, {"query": []}]
    assert read["description"] == "Needs a key with the scope `read`."
    assert read["responses"].keys() >= {"401", "403", "429", "503"}
    assert "leadscore:" not in str(shapes)


def test_every_way_and_refusal_that_the_shapes_name_is_there(app: FastAPI) -> None:
    components = app.openapi()["components"]
    assert components["securitySchemes"].keys() == {"bearer", "header", "basic", "query"}
    assert components["responses"].keys() == {"NoKey", "LackingScope", "TooManyRequests", "NotAvailable"}

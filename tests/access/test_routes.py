"""Keys and the audit over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from features.moments import iso, now
from serving.access.keys import NewKey
from serving.observe.metrics import Metrics
from serving.store.database import Store

MakeKey = Callable[..., NewKey]


@pytest.fixture
def admin(client: TestClient, make_local_key: MakeKey) -> TestClient:
    """A client with a key that may everything."""
    client.headers["X-API-Key"] = make_local_key("admin").text
    return client


def made(client: TestClient, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/keys", json={"name": "n8n", "scopes": ["read"]} | more)
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json()
    return key


def test_a_key_that_was_made_opens_the_door(admin: TestClient) -> None:
    assert admin.get("/read", headers={"X-API-Key": made(admin)["key"]}).json() == {"name": "n8n"}


def test_a_key_is_shown_once(admin: TestClient) -> None:
    key = made(admin)
    listed = admin.get("/v1/keys")
    assert key["key"] not in listed.text
    assert [k for k in listed.json()["keys"] if k["key_id"] == key["key_id"]] == [
        {name: value for name, value in key.items() if name != "key"}
    ]


def test_a_revoked_key_is_refused_at_once_where_it_was_revoked(admin: TestClient) -> None:
    key = made(admin)
    assert admin.get("/read", headers={"X-API-Key": key["key"]}).status_code == 200
    assert admin.delete(f"/v1/keys/{key['key_id']}").json()["revoked_at"].endswith("Z")
    assert admin.get("/read", headers={"X-API-Key": key["key"]}).status_code == 401


def test_a_key_may_expire_and_have_its_own_limit(admin: TestClient) -> None:
    until = iso(now() + 10**12)
    key = made(admin, expires_at=until, per_minute=7.0)
    assert (key["expires_at"], key["per_minute"]) == (until, 7)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes.0"),
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"expires_at": "2020-01-01"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"per_minute": 0}, "per_minute"),
        ({"per_minute": "7"}, "per_minute"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_a_key_that_cannot_be_made_is_refused(admin: TestClient, wrong: dict[str, Any], where: str) -> None:
    answer = admin.post("/v1/keys", json={"name": "n8n", "scopes": ["read"]} | wrong)
    assert answer.status_code == 422
    assert [error["where"] for error in answer.json()["errors"]] == [where]


@pytest.mark.parametrize(("key_id", "status"), [("0" * 12, 404), ("x", 422), ("%00", 422)])
def test_a_key_that_does_not_exist_is_not_revoked(admin: TestClient, key_id: str, status: int) -> None:
    assert admin.delete(f"/v1/keys/{key_id}").status_code == status


def test_only_an_admin_may(client: TestClient, make_local_key: MakeKey) -> None:
    client.headers["X-API-Key"] = make_local_key("score", "ingest", "read", "act").text
    calls = [("GET", "/v1/keys"), ("POST", "/v1/keys"), ("DELETE", f"/v1/keys/{'0' * 12}"), ("GET", "/v1/audit")]
    assert {client.request(method, path).status_code for method, path in calls} == {403}


def test_any_key_may_ask_whose_it_is(client: TestClient, make_local_key: MakeKey) -> None:
    key = make_local_key("ingest", "score")
    answer = client.get("/v1/whoami", headers={"X-API-Key": key.text})
    assert answer.json() == {
        "key_id": key.key.key_id, "name": "a test", "scopes": ["score", "ingest"], "per_minute": None
    }  # fmt: skip


def test_what_was_done_is_in_the_audit_with_who_and_in_which_request(admin: TestClient) -> None:
    answer = admin.post("/v1/keys", json={"name": "n8n", "scopes": ["read"]}, headers={"X-Request-ID": "r-19"})
    (entry,) = admin.get("/v1/audit", params={"about": answer.json()["key_id"]}).json()["entries"]
    whoami = admin.get("/v1/whoami").json()
    assert (entry["act"], entry["by"], entry["request_id"]) == ("key.created", whoami["key_id"], "r-19")
    assert entry["detail"] == {"scopes": ["read"], "expires_at": None, "per_minute": None}


def test_the_audit_is_read_page_by_page(admin: TestClient) -> None:
    ids = [made(admin)["key_id"] for _ in range(3)]
    first = admin.get("/v1/audit", params={"limit": 2}).json()
    second = admin.get("/v1/audit", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [entry["about"] for entry in first["entries"] + second["entries"]] == ids[::-1]


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": 1_001}, {"cursor": "x"}, {"since": "soon"}, {"about": "a\x00b"}]
)
def test_a_page_that_cannot_be_is_refused(admin: TestClient, wrong: dict[str, Any]) -> None:
    assert admin.get("/v1/audit", params=wrong).status_code == 422


def test_a_store_that_is_gone_is_said_with_when_to_try_again_and_nothing_of_itself(
    admin: TestClient, local: Store, go: Callable[[Store], Callable[[], None]]
) -> None:
    assert admin.get("/v1/keys").status_code == 200
    back = go(local)
    answer = admin.get("/v1/keys")
    back()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert [error["got"] for error in answer.json()["errors"]] == [""]


def test_a_store_that_is_gone_is_counted(
    metrics: Metrics, admin: TestClient, local: Store, go: Callable[[Store], Callable[[], None]]
) -> None:
    assert admin.get("/v1/keys").status_code == 200
    back = go(local)
    admin.get("/v1/keys")
    back()
    assert b'leadscore_store_errors_total{during="request"} 1.0' in metrics.text()

"""The routes under /v1/webhooks, as a caller sees them."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from receiver import Receiver
from sqlalchemy import select
from told import IN_HOUSE, NOW, Outbox, message

from features.moments import DAY
from serving import problems
from serving.access.caller import SYSTEM
from serving.routes.webhooks import webhook_routes
from serving.store.schema import audit
from serving.webhooks.endpoints import everyone
from serving.webhooks.settings import WebhookSettings

URL = "https://hooks.example/in"
UNKNOWN = f"/v1/webhooks/ep_{0:032x}"


class Api(TestClient):
    """A client of the routes, and what it made."""

    outbox: Outbox
    woken: int = 0

    def made(self, **columns: Any) -> dict[str, Any]:
        answer = self.post("/v1/webhooks", json={"url": URL, **columns})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


def opened(outbox: Outbox, settings: WebhookSettings, *addresses: str) -> Api:
    app = FastAPI()
    problems.install(app)
    api = Api(app, raise_server_exceptions=False)
    api.outbox = outbox

    def wake() -> None:
        api.woken += 1

    app.include_router(
        webhook_routes(
            outbox.store, settings, who=lambda: SYSTEM, clock=lambda: NOW, look=lambda *_: addresses, wake=wake
        )
    )
    return api


@pytest.fixture
def api(sqlite_outbox: Outbox) -> Iterator[Api]:
    with opened(sqlite_outbox, WebhookSettings(), "8.8.8.8") as client:
        yield client


@pytest.fixture
def either(outbox: Outbox) -> Iterator[Api]:
    """On either database."""
    with opened(outbox, WebhookSettings(), "8.8.8.8") as client:
        yield client


def test_the_secret_is_shown_at_creation_and_never_after(api: Api) -> None:
    made = api.made()
    assert made.pop("secret").startswith("whsec_")
    assert api.get(f"/v1/webhooks/{made['endpoint_id']}").json() == made
    assert api.get("/v1/webhooks").json() == {"endpoints": [made]}


def test_an_endpoint_as_it_is_answered(api: Api) -> None:
    wanted = {"description": "the CRM", "types": ["lead.scored"], "filters": {"stages": ["MQL"], "min_score": 40}}
    made = api.made(**wanted)
    assert made.keys() - {"endpoint_id", "secret"} == {
        *("url", "description", "types", "filters", "enabled", "disabled_at", "disabled_because", "failing_since"),
        *("created_at", "old_secret_until"),
    }
    assert made["filters"] == {"programs": [], "stages": ["MQL"], "owners": [], "personas": [], "min_score": 40.0}
    assert (made["enabled"], made["created_at"], made["disabled_at"]) == (True, "2026-11-21T09:00:00Z", "")


def test_what_is_changed_and_what_is_left_out_stays(api: Api) -> None:
    made = api.made(description="the CRM")
    made.pop("secret")
    changed = api.patch(f"/v1/webhooks/{made['endpoint_id']}", json={"types": ["lead.recycled"], "url": None})
    assert changed.json() == made | {"types": ["lead.recycled"]}


def test_an_endpoint_is_disabled_and_enabled(api: Api) -> None:
    made = api.made()
    path = f"/v1/webhooks/{made['endpoint_id']}"
    off = api.patch(path, json={"enabled": False}).json()
    on = api.patch(path, json={"enabled": True}).json()
    assert (off["enabled"], off["disabled_because"], off["disabled_at"]) == (
        *(False, "disabled by hand", "2026-11-21T09:00:00Z"),
    )
    assert (on["enabled"], on["disabled_because"], on["disabled_at"]) == (True, "", "")


def test_a_rotation_shows_a_new_secret_and_how_long_the_old_one_signs(api: Api) -> None:
    made = api.made()
    turned = api.post(f"/v1/webhooks/{made['endpoint_id']}/rotate").json()
    assert turned["secret"] != made["secret"]
    assert turned["old_secret_until"] == "2026-11-22T09:00:00Z"


def test_a_deleted_endpoint_is_gone(api: Api) -> None:
    path = f"/v1/webhooks/{api.made()['endpoint_id']}"
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_a_test_message_is_sent_and_the_deliverer_woken(api: Api) -> None:
    path = f"/v1/webhooks/{api.made()['endpoint_id']}"
    sent = api.post(f"{path}/test")
    (delivery,) = api.get(f"{path}/deliveries").json()["deliveries"]
    assert sent.status_code == 202
    assert (delivery["message_id"], delivery["type"]) == (sent.json()["message_id"], "webhook.test")
    assert api.woken == 1


def test_a_delivery_as_it_is_answered(api: Api) -> None:
    made = api.made()
    api.outbox.tell()
    (delivery,) = api.get(f"/v1/webhooks/{made['endpoint_id']}/deliveries").json()["deliveries"]
    assert delivery.pop("message_id").startswith("msg_")
    at = "2026-11-21T09:00:00Z"
    assert delivery == {
        **{"type": "lead.stage_changed", "lead_id": "L-17", "at": at, "state": "pending", "attempts": 0},
        **{"next_at": at, "last_at": "", "last_status": 0, "last_error": ""},
    }


@pytest.mark.parametrize("state", ["", "pending"])
def test_all_pages_together_are_all_deliveries_the_newest_first(either: Api, state: str) -> None:
    made = either.made()
    either.outbox.tell(*[message() for _ in range(7)])
    path, cursor, seen = f"/v1/webhooks/{made['endpoint_id']}/deliveries", "", []
    while cursor or not seen:
        page = either.get(path, params={"cursor": cursor, "limit": 3, "state": state}).json()
        seen.append([delivery["message_id"] for delivery in page["deliveries"]])
        cursor = page["next_cursor"]
    ids = [row.message_id for row in either.outbox.deliveries()]
    assert [len(page) for page in seen] == [3, 3, 1]
    assert [message_id for page in seen for message_id in page] == ids[::-1]


def dead_letters(api: Api, *ages: int) -> str:
    """The path of an endpoint with dead letters of so many days."""
    made = api.made()
    path = f"/v1/webhooks/{made['endpoint_id']}"
    api.outbox.tell(*[message(at=NOW - age * DAY) for age in ages])
    api.patch(path, json={"enabled": False})
    api.patch(path, json={"enabled": True})
    return path


def test_dead_letters_are_listed_by_their_state(either: Api) -> None:
    path = dead_letters(either, 0, 1)
    either.outbox.tell()
    dead = either.get(f"{path}/deliveries", params={"state": "dead"}).json()["deliveries"]
    assert [letter["at"] for letter in dead] == ["2026-11-20T09:00:00Z", "2026-11-21T09:00:00Z"]


def test_dead_letters_since_a_moment_are_sent_again(either: Api) -> None:
    path = dead_letters(either, 0, 1, 2)
    answer = either.post(f"{path}/replay", json={"since": "2026-11-20T09:00:00Z"})
    assert answer.json() == {"replayed": 2}
    assert either.outbox.states() == ["pending", "pending", "dead"]
    assert either.woken == 1


def test_one_message_is_sent_again_under_its_id_with_all_its_attempts(
    either: Api, receive: Any, outbox: Outbox
) -> None:
    receiver: Receiver = receive()
    outbox.endpoint(receiver.url)
    outbox.tell()
    outbox.deliver(settings=IN_HOUSE)
    (row,) = outbox.deliveries()
    answer = either.post(f"/v1/webhooks/{row.endpoint_id}/replay", json={"message_id": row.message_id})
    assert answer.json() == {"replayed": 1}
    assert [(r.state, r.attempts, r.message_id) for r in outbox.deliveries()] == [("pending", 0, row.message_id)]


def test_a_message_that_was_never_sent_there_is_not_found(api: Api) -> None:
    path = f"/v1/webhooks/{api.made()['endpoint_id']}/replay"
    answer = api.post(path, json={"message_id": f"msg_{0:032x}"})
    assert (answer.status_code, answer.json()["detail"]) == (404, "the endpoint was never sent this message")


@pytest.mark.parametrize("act", ["test", "replay"])
def test_a_disabled_endpoint_is_sent_nothing(api: Api, act: str) -> None:
    path = f"/v1/webhooks/{api.made()['endpoint_id']}"
    api.patch(path, json={"enabled": False})
    answer = api.post(f"{path}/{act}", json={"since": "2026-11-20T09:00:00Z"} if act == "replay" else None)
    assert (answer.status_code, answer.json()["detail"]) == (409, "the endpoint is disabled: disabled by hand")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {}),
        ("DELETE", "", None),
        ("POST", "/rotate", None),
        ("POST", "/test", None),
        ("GET", "/deliveries", None),
        ("POST", "/replay", {"since": "2026-11-20"}),
    ],
)
@pytest.mark.parametrize("endpoint", [UNKNOWN, "/v1/webhooks/%00"])
def test_an_unknown_endpoint_is_a_problem_404(api: Api, endpoint: str, method: str, path: str, body: Any) -> None:
    answer = api.request(method, endpoint + path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (404, problems.MEDIA_TYPE)
    assert answer.json()["errors"][0]["do"] == "list them at /v1/webhooks"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "url"),
        ({"url": "http://hooks.example/"}, "url"),
        ({"url": "https://kim:secret@hooks.example/"}, "url"),
        ({"url": URL, "types": ["lead.born"]}, "types.0"),
        ({"url": URL, "types": ["webhook.test"]}, "types.0"),
        ({"url": URL, "filters": {"countries": ["de"]}}, "filters.countries"),
        ({"url": URL, "filters": {"min_score": "40"}}, "filters.min_score"),
        ({"url": URL, "filters": {"stages": "MQL"}}, "filters.stages"),
        ({"url": URL, "description": "a\0b"}, "description"),
        ({"url": URL, "secret": "whsec_mine"}, "secret"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_where_it_is_wrong(api: Api, body: dict[str, Any], where: str) -> None:
    answer = api.post("/v1/webhooks", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, where)
    assert api.get("/v1/webhooks").json() == {"endpoints": []}


@pytest.mark.parametrize("body", [{}, {"message_id": f"msg_{0:032x}", "since": "2026-11-20"}, {"since": "yesterday"}])
def test_a_replay_names_either_a_message_or_a_moment(api: Api, body: dict[str, str]) -> None:
    path = dead_letters(api, 0)
    assert api.post(f"{path}/replay", json=body).status_code == 422


@pytest.mark.parametrize("query", ["state=lost", "cursor=-1", "cursor=x", f"cursor={'9' * 19}", "limit=0", "limit=201"])
def test_a_query_that_cannot_be_is_refused(api: Api, query: str) -> None:
    path = dead_letters(api, 0)
    assert api.get(f"{path}/deliveries?{query}").status_code == 422


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_an_endpoint_in_house_is_refused(sqlite_outbox: Outbox, method: str) -> None:
    path = f"/v1/webhooks/{sqlite_outbox.endpoint(URL).endpoint_id}" if method == "PATCH" else "/v1/webhooks"
    with opened(sqlite_outbox, WebhookSettings(), "8.8.8.8", "10.0.0.1") as api:
        answer = api.request(method, path, json={"url": "https://crm.example/in"})
    assert (answer.status_code, answer.json()["detail"]) == (422, "the host is at a private address")
    assert [endpoint.url for endpoint in sqlite_outbox.store.read(everyone)] in ([], [URL])


def test_an_endpoint_in_house_is_taken_where_that_is_allowed(sqlite_outbox: Outbox) -> None:
    with opened(sqlite_outbox, IN_HOUSE, "10.0.0.1") as api:
        assert api.made(url="http://crm.internal/in")["url"] == "http://crm.internal/in"


def test_every_act_is_audited_without_the_secret(either: Api) -> None:
    made = either.made()
    path = f"/v1/webhooks/{made['endpoint_id']}"
    either.patch(path, json={"description": "the CRM"})
    turned = either.post(f"{path}/rotate").json()
    either.post(f"{path}/test")
    either.post(f"{path}/replay", json={"since": "2026-11-20"})
    either.delete(path)
    entries = either.outbox.store.read(lambda c: c.execute(select(audit).order_by(audit.c.id)).all())
    acts = ["created", "changed", "secret_rotated", "tested", "replayed", "deleted"]
    assert [(e.act, e.about, e.by) for e in entries] == [
        (f"webhook.{act}", made["endpoint_id"], "system") for act in acts
    ]
    assert all(secret not in str(entries) for secret in (made["secret"], turned["secret"]))


def test_an_act_that_is_refused_is_not_audited(api: Api) -> None:
    api.post(f"{UNKNOWN}/test")
    assert api.outbox.store.read(lambda c: c.execute(select(audit)).all()) == []

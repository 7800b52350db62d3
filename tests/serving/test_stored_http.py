"""Stored leads over HTTP: what comes in, what is refused, what is done once."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client import serving_client
from desk import HEAD_OF_IT
from fastapi.testclient import TestClient

from serving.settings import Settings
from training.scorecard import Scorecard, save

WEBINAR = {"userId": "L-1", "event": "webinar_attended"}


@pytest.fixture
def api(rules_card: Scorecard, tmp_path: Path) -> Iterator[TestClient]:
    """The service by the made-up company's rules, with an empty store."""
    save(rules_card, tmp_path / "scorecard.json")
    with serving_client(Settings(home=tmp_path, reload_seconds=0.0, jobs=False)) as client:
        yield client


@pytest.fixture
def mql(api: TestClient) -> TestClient:
    """With L-1, whom sales may accept."""
    api.post("/v1/identify", json={"userId": "L-1", "traits": HEAD_OF_IT}).raise_for_status()
    api.post("/v1/track", json=WEBINAR).raise_for_status()
    return api


def told(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()


@pytest.mark.parametrize(
    ("path", "body", "what"),
    [
        ("track", {"event": "x"}, "userId or anonymousId is needed: whom is it about?"),
        ("track", {"userId": "L-1"}, "is required"),
        ("track", {"userId": "", "event": "x"}, "userId or anonymousId is needed: whom is it about?"),
        ("track", {"userId": "L-1", "event": ""}, "must have at least 1 character"),
        ("group", {"userId": "L-1", "groupId": ""}, "must have at least 1 character"),
        ("track", {"userId": "L\0", "event": "x"}, "must not hold the character NUL"),
        ("track", WEBINAR | {"timestamp": "yesterday"}, "not a moment in time; ISO 8601, such as 2026-11-02T10:00:00Z"),
        ("track", WEBINAR | {"timestamp": "2999-01-01T00:00:00Z"}, "an event that has not happened yet"),
        ("track", WEBINAR | {"properties": {"a": "x" * 32_000}}, "too much for one message"),
        ("group", {"userId": "L-1"}, "is required"),
        ("alias", {"userId": "L-1"}, "is required"),
        ("batch", {"batch": [{"type": "tarck", "userId": "L-1"}]}, "not a type of message"),
        ("batch", {"batch": []}, "must have at least 1 item, not 0"),
    ],
)
def test_a_message_that_cannot_be_stored_is_refused_in_words(
    api: TestClient, path: str, body: dict[str, Any], what: str
) -> None:
    assert told(api.post(f"/v1/{path}", json=body), 422)["errors"][0]["what"] == what


def test_a_property_nested_too_deeply_is_refused(api: TestClient) -> None:
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"a": deep}
    body = WEBINAR | {"properties": deep}
    assert told(api.post("/v1/track", json=body), 422)["errors"][0]["what"] == "nested too deeply"


def test_keys_of_the_spec_that_nobody_reads_are_let_through(api: TestClient) -> None:
    body = WEBINAR | {"context": {"ip": "1.2.3.4"}, "integrations": {"All": True}, "version": 2}
    assert told(api.post("/v1/track", json=body), 200)["success"]


def test_of_a_batch_the_good_messages_are_stored_and_the_others_named(api: TestClient) -> None:
    batch = [{"type": "track"} | WEBINAR, {"type": "identify"}, {"type": "page", "anonymousId": "a-1"}]
    answer = told(api.post("/v1/batch", json={"batch": batch}), 200)
    assert (answer["success"], len(answer["kept"]), [r["index"] for r in answer["refused"]]) == (False, 2, [1])


def test_a_clock_that_runs_ahead_is_said(api: TestClient) -> None:
    body = {"userId": "L-1", "event": "x", "timestamp": "2026-11-23T00:00:00Z"}
    answer = api.post("/v1/track", json=body).json()
    if answer.get("status") != 422:  # as long as this test runs on that day or before
        assert "ahead of this server's clock" in answer["kept"][0]["note"] or answer["kept"][0]["note"] == ""


def test_the_callers_clock_is_put_right_by_when_the_message_was_sent(api: TestClient) -> None:
    body = WEBINAR | {"originalTimestamp": "2001-01-01T00:00:00Z", "sentAt": "2001-01-01T00:01:00Z"}
    api.post("/v1/track", json=body).raise_for_status()
    event = told(api.get("/v1/leads/L-1"), 200)["timeline"][0]
    assert event["at"] < event["known_from"]
    assert event["at"] > "2026"


def test_an_event_that_was_sent_before_it_happened_counts_as_of_now(api: TestClient) -> None:
    body = WEBINAR | {"originalTimestamp": "2061-01-01T00:00:00Z", "sentAt": "2001-01-01T00:00:00Z"}
    told(api.post("/v1/track", json=body), 200)
    event = told(api.get("/v1/leads/L-1"), 200)["timeline"][0]
    assert event["at"][:10] == event["known_from"][:10]


def test_a_message_that_comes_again_is_answered_with_the_lead_as_it_stands(api: TestClient) -> None:
    body = WEBINAR | {"messageId": "m-1"}
    first, again = (told(api.post("/v1/track?score=true", json=body), 200) for _ in range(2))
    assert (first["kept"][0]["repeated"], again["kept"][0]["repeated"]) == (False, True)
    assert again["leads"][0]["score"] == first["leads"][0]["score"]


def test_an_act_with_a_key_is_done_once(mql: TestClient) -> None:
    headers = {"Idempotency-Key": "call-1"}
    first, again = (mql.post("/v1/leads/L-1/accept", headers=headers) for _ in range(2))
    assert (told(first, 200), "Idempotent-Replayed" in first.headers) == (told(again, 200), False)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert [c["stage"] for c in told(mql.get("/v1/leads/L-1"), 200)["history"]] == ["SAL", "MQL", "Prospect"]


def test_an_act_without_a_key_that_is_done_again_is_refused(mql: TestClient) -> None:
    told(mql.post("/v1/leads/L-1/accept"), 200)
    assert "SQL requires" in told(mql.post("/v1/leads/L-1/accept"), 409)["detail"]


def test_a_reason_nobody_agreed_on_is_refused_with_those_that_were(mql: TestClient) -> None:
    answer = told(mql.post("/v1/leads/L-1/reject", json={"reason": "no bugdet"}), 409)
    assert answer["errors"][0]["do"] == "did you mean 'no budget'?"


def test_a_lead_is_assigned_and_found_by_who_has_it(mql: TestClient) -> None:
    told(mql.post("/v1/leads/L-1/assign", json={"assigned_to": "jonas"}), 200)
    assert [lead["lead_id"] for lead in told(mql.get("/v1/leads?assigned_to=jonas"), 200)["leads"]] == ["L-1"]


def test_what_somebody_thinks_is_kept(mql: TestClient) -> None:
    told(mql.post("/v1/leads/L-1/feedback", json={"verdict": "poor", "reason": "wrong person"}), 200)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/leads/L-9"),
        ("GET", "/v1/leads/L-9/changes?since=2026-01-01"),
        ("POST", "/v1/leads/L-9/accept"),
        ("POST", "/v1/leads/L-9/score"),
        ("GET", "/v1/scores/99/replay"),
        ("GET", "/v1/leads?program=custmers"),
    ],
)
def test_what_is_not_there_is_404(mql: TestClient, method: str, path: str) -> None:
    assert told(mql.request(method, path), 404)["title"] == "Not found"


def test_every_act_is_in_the_audit(mql: TestClient) -> None:
    told(mql.post("/v1/leads/L-1/accept"), 200)
    acts = [entry["act"] for entry in told(mql.get("/v1/audit?about=L-1"), 200)["entries"]]
    assert acts == ["lead.accept"]


def test_nothing_of_a_lead_is_told_without_a_key(mql: TestClient) -> None:
    for path in ("/v1/leads", "/v1/leads/L-1", "/v1/leads/lookup?email=kim@acme.example", "/v1/scores/1/replay"):
        assert mql.get(path, headers={"Authorization": ""}).status_code == 401


def test_the_detail_adds_up_and_says_what_next(mql: TestClient) -> None:
    lead = told(mql.get("/v1/leads/L-1"), 200)
    assert lead["base"] + sum(term["points"] for term in lead["terms"]) == pytest.approx(lead["score"])
    assert (lead["stage"], lead["waiting_for"]) == ("MQL", "SAL")


def test_a_key_that_is_not_known_is_hinted_at_without_words_about_scoring(api: TestClient) -> None:
    answer = api.post("/v1/webhooks", json={"url": "https://crm.example/hook", "colour": "red"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["do"] == "take it out; see the shapes at /openapi.json"


def test_every_route_is_named_in_the_metrics_as_the_description_names_it(api: TestClient) -> None:
    described = api.get("/openapi.json").json()["paths"]
    for path in described:
        api.get(path.replace("{", "").replace("}", ""))
    lines = api.get("/metrics").text.splitlines()
    named = {m.group(1) for line in lines if (m := re.match(r'leadscore_requests_total{.*route="([^"]+)"', line))}
    assert "/v1/agreement" in named
    assert named <= {*described, "/openapi.json", "none"}

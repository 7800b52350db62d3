"""Answers over HTTP in the language that the caller asks for; what is stored or sent out is in that of the setting."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import orjson
import pytest
from client import serving_client
from desk import HEAD_OF_IT
from fastapi.testclient import TestClient

from serving.settings import Settings
from serving.store.place import open_store
from serving.store.schema import webhook_messages
from serving.webhooks.settings import WebhookSettings
from training.scorecard import Scorecard, save

LEAD = {"lead_id": "L-1", "profile": HEAD_OF_IT, "as_of": "2026-11-02T09:00:00Z"}
INDUSTRY = {"en": "industry: software: +10.0", "de": "Branche: software: +10,0", "zh": "行业：software，+10.0"}
CHOSEN = [("de-AT, de;q=0.9, en;q=0.5", "de"), ("zh-CN", "zh"), ("en", "en"), ("fr", "en"), ("*", "en"), ("", "en")]

Serve = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def serve(rules_card: Scorecard, tmp_path: Path) -> Serve:
    """The service by the made-up company's rules, with an empty store."""

    def opened(**chosen: Any) -> AbstractContextManager[TestClient]:
        save(rules_card, tmp_path / "scorecard.json")
        return serving_client(Settings(home=tmp_path, reload_seconds=0.0, jobs=False, **chosen))

    return opened


@pytest.fixture
def api(serve: Serve) -> Iterator[TestClient]:
    with serve() as client:
        yield client


@pytest.fixture
def stored(api: TestClient) -> TestClient:
    """With L-1, whom sales may accept."""
    return with_kim(api)


def with_kim(api: TestClient) -> TestClient:
    api.post("/v1/identify", json={"userId": "L-1", "traits": HEAD_OF_IT}).raise_for_status()
    api.post("/v1/track", json={"userId": "L-1", "event": "webinar_attended"}).raise_for_status()
    return api


def in_language(header: str, **more: str) -> dict[str, str]:
    return {"Accept-Language": header, **more} if header else more


def reasons(answer: dict[str, Any]) -> set[str]:
    return {answer[f"reason_{i}"] for i in range(1, 6)}


@pytest.mark.parametrize(("header", "language"), CHOSEN)
@pytest.mark.parametrize("kind", ["application/json", "application/vnd.lead+json"], ids=["quick", "long way"])
def test_a_score_is_in_the_language_that_is_asked_for(api: TestClient, header: str, language: str, kind: str) -> None:
    headers = in_language(header, **{"Content-Type": kind})
    answer = api.post("/v1/score", content=orjson.dumps(LEAD), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Language"] == language
    assert answer.headers["Vary"] == "Accept-Language"
    assert INDUSTRY[language] in reasons(answer.json())


@pytest.mark.parametrize(("header", "language"), CHOSEN)
def test_a_batch_is_in_the_language_that_is_asked_for(api: TestClient, header: str, language: str) -> None:
    answer = api.post("/v1/score/batch", json={"leads": [LEAD]}, headers=in_language(header))
    assert answer.headers["Content-Language"] == language
    assert INDUSTRY[language] in reasons(answer.json()["leads"][0])


def test_a_stored_lead_is_explained_in_the_language_that_is_asked_for(stored: TestClient) -> None:
    answer = stored.get("/v1/leads/L-1", headers=in_language("de"))
    lead = answer.json()
    assert answer.headers["Content-Language"] == "de"
    assert answer.headers["Vary"] == "Accept-Language"
    assert "Mitarbeiterzahl: 320" in {term["text"] for term in lead["terms"]}
    assert "Mitarbeiterzahl" in {term["label"] for term in lead["terms"]}
    refused = {action["action"]: action["because"] for action in lead["actions"]}
    assert refused["recycle"] == "er ist noch beim Marketing"


def test_what_to_learn_is_suggested_in_the_language_that_is_asked_for(api: TestClient) -> None:
    api.post("/v1/identify", json={"userId": "L-2", "traits": {"email": "x@acme.example"}}).raise_for_status()
    api.post("/v1/track", json={"userId": "L-2", "event": "demo_requested"}).raise_for_status()
    said = {code: api.get("/v1/leads/L-2", headers=in_language(code)).json()["suggestions"] for code in INDUSTRY}
    assert [said[code][0] for code in INDUSTRY] == [
        "learn job_title",
        "in Erfahrung bringen: job_title",
        "了解 job_title",
    ]


def test_why_a_score_moved_is_said_in_the_language_that_is_asked_for(stored: TestClient) -> None:
    asked = {"since": "2020-01-01T00:00:00Z"}
    answer = stored.get("/v1/leads/L-1/changes", params=asked, headers=in_language("de"))
    assert answer.headers["Content-Language"] == "de"
    moved = {cause["cause"]: cause for cause in answer.json()["causes"]}
    assert moved["events"]["text"] == "Was der Lead getan hat"
    assert [term["label"] for term in moved["events"]["terms"]] == ["Webinar-Teilnahmen in 60 Tagen"]


def test_an_act_is_answered_in_the_language_that_is_asked_for(stored: TestClient) -> None:
    answer = stored.post("/v1/leads/L-1/accept", headers=in_language("zh"))
    assert answer.headers["Content-Language"] == "zh"
    assert INDUSTRY["zh"] in reasons(answer.json())


def test_an_act_that_is_asked_for_again_has_the_same_bytes_in_any_language(stored: TestClient) -> None:
    first = stored.post("/v1/leads/L-1/accept", headers=in_language("de", **{"Idempotency-Key": "k"}))
    again = stored.post("/v1/leads/L-1/accept", headers=in_language("zh", **{"Idempotency-Key": "k"}))
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content == first.content
    assert "Content-Language" not in again.headers  # it is not kept in which language the first one was


@pytest.mark.parametrize(("header", "language"), [("", "de"), ("*", "de"), ("fr", "de"), ("en", "en"), ("zh", "zh")])
def test_who_asks_for_none_of_ours_gets_the_setting(serve: Serve, header: str, language: str) -> None:
    with serve(language="de") as api:
        answer = api.post("/v1/score", json=LEAD, headers=in_language(header))
        assert answer.headers["Content-Language"] == language
        assert INDUSTRY[language] in reasons(answer.json())


@pytest.mark.parametrize(("setting", "language"), [("", "en"), ("de", "de")])
def test_webhooks_speak_the_language_of_the_setting(serve: Serve, tmp_path: Path, setting: str, language: str) -> None:
    with serve(language=setting, webhooks=WebhookSettings(allow_private=True)) as api:
        hook = {"url": "http://127.0.0.1:9/", "types": ["lead.scored"]}
        api.post("/v1/webhooks", json=hook).raise_for_status()
        with_kim(api)
        api.post("/v1/leads/L-1/score", headers=in_language("zh")).raise_for_status()
    store = open_store(tmp_path, "")
    bodies = store.read(lambda c: [row.payload for row in c.execute(webhook_messages.select())])
    store.close()
    told = [orjson.loads(body)["data"] for body in bodies]
    assert told
    assert INDUSTRY[language] in reasons(told[-1])


def test_every_route_that_speaks_says_so(api: TestClient) -> None:
    described = api.get("/openapi.json").json()["paths"]
    speaking = {
        (path, method)
        for path, methods in described.items()
        for method, route in methods.items()
        if any(p["name"] == "Accept-Language" and p["in"] == "header" for p in route.get("parameters", ()))
    }
    acts = ("accept", "reject", "recycle", "convert", "lose", "assign", "feedback", "score")
    assert speaking == {
        ("/v1/score", "post"),
        ("/v1/score/batch", "post"),
        ("/v1/leads/{lead_id}", "get"),
        ("/v1/leads/{lead_id}/changes", "get"),
        *((f"/v1/leads/{{lead_id}}/{act}", "post") for act in acts),
    }

"""The service over HTTP: what is served, to whom, and how answers and errors look."""

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from features.moments import iso
from features.tables import Lead
from serving.scorer import Scorer
from serving.shapes import EXAMPLE
from training.scorecard import Scorecard

ProblemOf = Callable[..., dict[str, Any]]
JSON = {"content-type": "application/json"}


def sent(lead: Lead, as_of: int, **more: Any) -> dict[str, Any]:
    """A lead as a caller sends it."""
    events = [
        {"event_id": e.event_id, "type": e.type, "at": iso(e.at), "properties": dict(e.properties)} for e in lead.events
    ]
    return {"lead_id": lead.lead_id, "as_of": iso(as_of), "profile": dict(lead.profile), "events": events} | more


def test_the_root_says_where_to_go(client: TestClient) -> None:
    assert client.get("/").json()["score a lead"] == "POST /v1/score"


def test_the_process_lives(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_names_the_version(client: TestClient, card: Scorecard) -> None:
    expected = {"status": "ready", "model_version": card.model_version, "refused": ""}
    assert client.get("/readyz").json() == expected


def test_the_model_says_what_it_is(client: TestClient, card: Scorecard) -> None:
    model = client.get("/v1/model").json()
    assert model["agreement_hash"] == card.agreement.content_hash()
    assert model["weight_of_history"] == card.weight_of_history
    assert model["facts"] == [f.name for f in card.features]
    assert model["leads_learned_from"] == (card.history.leads if card.history else None)


def test_an_answer_over_http_has_the_scorers_bits(
    client: TestClient, scorer: Scorer, leads: list[Lead], as_of: int
) -> None:
    for lead in leads[:40]:
        expected = scorer.answer(lead, as_of)
        answer = client.post("/v1/score", json=sent(lead, as_of)).json()
        del answer["notes"]
        assert answer == expected


def test_a_batch_answers_as_single_leads_do(client: TestClient, leads: list[Lead], as_of: int) -> None:
    bodies = [sent(lead, as_of) for lead in leads[:40]]
    batch = client.post("/v1/score/batch", json={"leads": bodies}).json()
    assert batch == {"leads": [client.post("/v1/score", json=body).json() for body in bodies]}


def test_the_same_request_gives_the_same_bytes(client: TestClient) -> None:
    assert client.post("/v1/score", json=EXAMPLE).content == client.post("/v1/score", json=EXAMPLE).content


def test_without_a_moment_a_lead_is_scored_as_of_now(client: TestClient) -> None:
    first, second = (client.post("/v1/score", json={"lead_id": "L-1"}).json()["as_of"] for _ in range(2))
    assert "2026" <= first < second


def test_a_flat_row_is_a_profile(client: TestClient) -> None:
    profile = {"job_title": "CEO", "industry": "software", "employees": None}
    moment = {"as_of": "2026-09-01"}
    flat = client.post("/v1/score", json={"lead_id": "L-1", **moment, **profile})
    assert flat.json() == client.post("/v1/score", json={"lead_id": "L-1", **moment, "profile": profile}).json()


def test_stage_now_is_heard(client: TestClient) -> None:
    answer = client.post("/v1/score", json={"lead_id": "L-1", "stage_now": "SAL"}).json()
    assert (answer["stage"], answer["stage_next"]) == ("SAL", "SQL")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "application/ld+json", None])
def test_json_is_read_with_or_without_its_content_type(client: TestClient, kind: str | None) -> None:
    response = client.post("/v1/score", content=b'{"lead_id": "L-1"}', headers={"content-type": kind} if kind else {})
    assert response.status_code == 200


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])
def test_another_content_type_is_refused_with_the_right_one(
    client: TestClient, problem_of: ProblemOf, kind: str
) -> None:
    response = client.post("/v1/score", content=b'{"lead_id": "L-1"}', headers={"content-type": kind})
    assert problem_of(response, 422)["errors"][0]["do"] == "send the header 'Content-Type: application/json'"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/score", "POST"),
        ("DELETE", "/v1/model", "GET"),
        ("OPTIONS", "/v1/keys", "GET, POST"),
        ("POST", "/healthz", "GET, HEAD"),
        ("PUT", "/v1/webhooks/ep_1", "GET, PATCH, DELETE"),
    ],
)
def test_another_method_is_told_the_right_one(
    client: TestClient, problem_of: ProblemOf, method: str, path: str, allow: str
) -> None:
    response = client.request(method, path)
    assert problem_of(response, 405)["instance"] == path
    assert response.headers["allow"] == allow


def test_an_address_that_is_not_there(client: TestClient, problem_of: ProblemOf) -> None:
    assert problem_of(client.get("/v1/scores"), 404)["instance"] == "/v1/scores"


def test_an_answer_is_json_with_doubles(client: TestClient) -> None:
    response = client.post("/v1/score", json=EXAMPLE)
    assert response.headers["content-type"] == "application/json"
    assert orjson.loads(response.content) == json.loads(response.content)
    assert type(response.json()["points_to_next"]) is float


# Notes: what was scored, but not as the caller may think


def notes(client: TestClient, **body: Any) -> list[str]:
    response = client.post("/v1/score", json={"lead_id": "L-1", "as_of": "2026-09-01T00:00:00Z"} | body)
    assert response.status_code == 200
    found: list[str] = response.json()["notes"]
    return found


def test_nothing_to_note(client: TestClient) -> None:
    assert notes(client, profile={"email": "a@acme.example", "employees": 3, "budget": "yes"}) == []


def test_a_number_sent_as_text_is_read_and_noted(client: TestClient) -> None:
    assert notes(client, profile={"employees": "320"}) == ["profile.employees: the text '320' was read as a number"]


def test_a_field_that_nobody_reads_is_noted_with_the_nearest_name(client: TestClient) -> None:
    assert notes(client, profile={"job_titel": "CEO"}) == [
        "profile.job_titel is not read by any fact; did you mean 'job_title'?",
        "1 profile field(s) that no fact reads: job_titel",
    ]


def test_future_events_are_noted_and_not_read(client: TestClient) -> None:
    future = {"type": "demo_requested", "at": "2026-09-01T00:00:01Z"}
    assert notes(client, events=[future]) == ["1 event(s) after 2026-09-01T00:00:00Z were not read"]
    answer = client.post("/v1/score", json={"lead_id": "L-1", "as_of": "2026-09-01", "events": [future]}).json()
    assert answer["fast_track"] == ""


def test_a_time_without_an_offset_is_utc(client: TestClient) -> None:
    naive, aware = (
        client.post("/v1/score", json={"lead_id": "L-1", "as_of": f"2026-09-01T00:00:00{zone}"}).content
        for zone in ("", "Z")
    )
    assert naive == aware


def test_an_unknown_category_is_scored_and_said(client: TestClient) -> None:
    terms = client.post("/v1/score", json={"lead_id": "L-1", "industry": "beekeeping"}).json()["terms"]
    text = next(t["text"] for t in terms if t["fact"] == "industry")
    assert text == "industry: beekeeping (not seen in history)"

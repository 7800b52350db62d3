"""Messages as low-code platforms send them, flat and with blanks, and answers whose fields they can map."""

from collections.abc import Iterator
from typing import Any

import pytest
from client import serving_client
from fastapi.testclient import TestClient

from serving.settings import Settings
from training.scorecard import Scorecard, save

PERSON = {"email": "kim@acme.example", "job_title": "Head of IT", "industry": "software", "employees": "320"}
FLAT = {"lead_id", "score", "probability", "grade", "trend", "stage", "stage_next", "points_to_next", "summary"}


@pytest.fixture(scope="module")
def api(rules_card: Scorecard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service by the made-up company's rules, with an empty store; each test has leads of its own."""
    home = tmp_path_factory.mktemp("platforms")
    save(rules_card, home / "scorecard.json")
    with serving_client(Settings(home=home, reload_seconds=0.0, jobs=False)) as client:
        yield client


def told(response: Any, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


def test_fields_of_a_flat_identify_become_the_profile(api: TestClient) -> None:
    told(api.post("/v1/identify", json={"userId": "flat-1", "messageId": "f-1"} | PERSON))
    assert told(api.get("/v1/leads/flat-1"))["profile"] == PERSON


def test_what_the_spec_has_beside_traits_does_not_become_the_profile(api: TestClient) -> None:
    around = {"context": {"ip": "192.0.2.1"}, "integrations": {}, "channel": "server", "version": 2, "type": "identify"}
    told(api.post("/v1/identify", json={"userId": "flat-2", "receivedAt": "2026-11-02", "city": "Kiel"} | around))
    assert told(api.get("/v1/leads/flat-2"))["profile"] == {"city": "Kiel"}


def test_with_traits_other_fields_are_not_read(api: TestClient) -> None:
    told(api.post("/v1/identify", json={"userId": "flat-3", "traits": {"city": "Kiel"}, "rudderId": "x"}))
    assert told(api.get("/v1/leads/flat-3"))["profile"] == {"city": "Kiel"}


def test_fields_of_a_flat_track_become_properties(api: TestClient) -> None:
    told(api.post("/v1/track", json={"userId": "flat-4", "event": "page_view", "path": "/pricing"}))
    assert told(api.get("/v1/leads/flat-4"))["timeline"][0]["properties"] == {"path": "/pricing"}


def test_fields_of_a_flat_group_become_those_of_the_company(api: TestClient) -> None:
    told(api.post("/v1/group", json={"userId": "flat-5", "groupId": 7, "industry": "software"}))
    assert told(api.get("/v1/leads/flat-5"))["terms"][0]["text"]


def test_an_id_may_be_a_whole_number(api: TestClient) -> None:
    told(api.post("/v1/track", json={"userId": 8151, "event": "webinar_attended", "messageId": 12.0}))
    assert told(api.get("/v1/leads/8151"))["timeline"][0]["event_id"] == "12"


def test_a_lead_to_be_scored_may_have_a_number_as_its_id(api: TestClient) -> None:
    assert told(api.post("/v1/score", json={"lead_id": 8151}))["lead_id"] == "8151"


def test_empty_texts_are_the_same_as_nothing(api: TestClient) -> None:
    blank = dict.fromkeys(("anonymousId", "messageId", "timestamp", "originalTimestamp", "sentAt"), "")
    kept = told(api.post("/v1/track", json={"userId": "blank-1", "event": "webinar_attended"} | blank))["kept"][0]
    assert (kept["lead_id"], kept["messageId"][:10]) == ("blank-1", "leadscore-")


def test_a_field_sent_empty_is_unknown(api: TestClient) -> None:
    body = {"userId": "blank-2", "job_title": "", "industry": "", "employees": ""}
    assert told(api.post("/v1/identify?score=true", json=body))["score"] == 0.0


def test_the_lead_is_at_the_top_of_the_answer_when_its_score_is_asked_for(api: TestClient) -> None:
    answer = told(api.post("/v1/identify?score=true", json={"userId": "top-1"} | PERSON))
    (lead,) = answer["leads"]
    assert answer.keys() >= FLAT
    assert {name: answer[name] for name in FLAT} == {name: lead[name] for name in FLAT}
    assert (answer["stage"], answer["score"]) == ("MQL", 43.0)  # 10 + 14 + 10 + 6 + 3


def test_the_top_is_empty_while_nobody_knows_who_it_is(api: TestClient) -> None:
    answer = told(api.post("/v1/page?score=true", json={"anonymousId": "top-2"}))
    assert (answer["lead_id"], answer["score"], answer["grade"], answer["leads"]) == ("", None, "", [])


def test_without_being_asked_the_answer_says_no_score(api: TestClient) -> None:
    assert told(api.post("/v1/track", json={"userId": "top-3", "event": "x"})).keys() == {
        "success",
        "kept",
        "refused",
        "leads",
    }


def test_a_message_that_comes_again_is_answered_in_the_same_words(api: TestClient) -> None:
    body = {"userId": "again-1", "messageId": "again-1"} | PERSON
    first, again = (told(api.post("/v1/identify?score=true", json=body)) for _ in range(2))
    assert first["reason_1"]
    assert [again["kept"][0]["repeated"], again["leads"]] == [True, first["leads"]]


def test_an_assignment_is_answered_in_words(api: TestClient) -> None:
    told(api.post("/v1/identify", json={"userId": "words-1"} | PERSON))
    assert told(api.post("/v1/leads/words-1/assign", json={"assigned_to": "jonas"}))["reason_1"]


def test_a_form_is_refused_with_what_to_send_instead(api: TestClient) -> None:
    answer = told(api.post("/v1/identify", data={"userId": "form-1"}), 422)
    assert answer["errors"][0]["do"] == "send the header 'Content-Type: application/json'"

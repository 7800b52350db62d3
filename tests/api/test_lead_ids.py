"""A lead is read and acted on by its id, whatever stands in it."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from client import serving_client
from fastapi.testclient import TestClient

from serving.routes.leadid import PARTS
from serving.settings import Settings
from training.scorecard import Scorecard, save

IDS = ("a/b", "https://in.example/kim/", "a/b/accept/c", "accept", "a//b", "a/lookup", "x/score/accepted")
MOVES = ("accept", "reject", "recycle", "convert", "lose", "assign", "feedback", "score")
SENT = {"assign": {"assigned_to": "Ada"}, "feedback": {"verdict": "good"}}
SINCE = {"changes": {"since": "2026-01-01"}}


@pytest.fixture(scope="module")
def client(rules_card: Scorecard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("home")
    save(rules_card, home / "scorecard.json")
    with serving_client(Settings(home=home, jobs=False)) as opened:
        for lead_id in IDS:
            opened.post("/v1/identify", json={"userId": lead_id, "traits": {"employees": 20}}).raise_for_status()
        yield opened


def address(lead_id: str, part: str = "") -> str:
    return f"/v1/leads/{quote(lead_id, safe='')}{part and '/'}{part}"


@pytest.mark.parametrize("lead_id", IDS)
def test_a_lead_is_read(client: TestClient, lead_id: str) -> None:
    answer = client.get(address(lead_id))
    assert (answer.status_code, answer.json().get("lead_id")) == (200, lead_id)


@pytest.mark.parametrize("part", ["changes", "explanation"])
@pytest.mark.parametrize("lead_id", IDS)
def test_what_is_said_of_a_lead_is_read(client: TestClient, lead_id: str, part: str) -> None:
    answer = client.get(address(lead_id, part), params=SINCE.get(part))
    assert (answer.status_code, answer.json().get("lead_id")) == (200, lead_id)


@pytest.mark.parametrize("act", ["score", "assign", "feedback"])
@pytest.mark.parametrize("lead_id", IDS)
def test_a_lead_is_acted_on(client: TestClient, lead_id: str, act: str) -> None:
    answer = client.post(address(lead_id, act), json=SENT.get(act))
    assert (answer.status_code, answer.json().get("lead_id")) == (200, lead_id)


def test_a_lead_is_moved(client: TestClient) -> None:
    client.post("/v1/identify", json={"userId": "to/lose"})
    assert client.post(address("to/lose", "lose"), json={"reason": "no need"}).json()["stage"] == "Lost"


def test_a_slash_may_come_as_it_is(client: TestClient) -> None:
    assert client.get("/v1/leads/a/b").json()["lead_id"] == "a/b"


@pytest.mark.parametrize(("method", "part"), [*(("GET", move) for move in MOVES), ("POST", "changes")])
def test_a_part_of_a_lead_is_no_lead(client: TestClient, method: str, part: str) -> None:
    answer = client.request(method, address("a/b", part))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET" if method == "POST" else "POST")


def test_every_part_of_a_lead_is_known_as_one(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    beginning = "/v1/leads/{lead_id}/"
    assert {path.removeprefix(beginning) for path in paths if path.startswith(beginning)} == set(PARTS)


def test_metrics_name_the_route_as_it_is_described(client: TestClient) -> None:
    client.get("/v1/leads/a/b")
    assert 'route="/v1/leads/{lead_id}"' in client.get("/metrics").text

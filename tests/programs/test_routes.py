"""Agreements over HTTP: read, proposed, looked at, adopted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import HEAD_OF_IT
from fastapi import FastAPI
from fastapi.testclient import TestClient
from office import Office, won

from features.agreement import Agreement
from features.loading import agreement_from_text
from serving import problems
from serving.access.caller import SYSTEM
from serving.access.keys import Wanted, create
from serving.access.lookup import Keys
from serving.access.rates import Rates
from serving.programs.agreements import yaml_of
from serving.routes.agreements import agreement_routes
from serving.store.database import Store
from serving.store.place import open_store

MADEUP = Path(__file__).parents[2] / "training" / "madeup"
TEXT = (MADEUP / "agreement.yaml").read_text("utf-8")
LINE = 1 + TEXT[: TEXT.index("threshold: 40")].count("\n")
LATER = TEXT.replace('version: "2026-10"', 'version: "2026-11"')


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """SQLite alone: what is stored is tested on both databases by the tests of what the routes call."""
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def clients(office: Office) -> Iterator[Callable[[str], TestClient]]:
    """Clients with keys of one scope each, over the routes alone."""
    app = FastAPI()
    app.state.keys, app.state.rates = Keys(office.store), Rates(0)
    problems.install(app)
    app.include_router(agreement_routes(office.service))

    def with_key(scope: str) -> TestClient:
        key = office.store.write(lambda c: create(c, SYSTEM, Wanted(scope, frozenset({scope})), office.clock()))
        return TestClient(app, raise_server_exceptions=False, headers={"X-API-Key": key.text})

    return with_key


@pytest.fixture
def client(clients: Callable[[str], TestClient]) -> TestClient:
    return clients("admin")


def propose(client: TestClient, text: str, **query: Any) -> Any:
    return client.post("/v1/agreements", content=text, params=query, headers={"Content-Type": "application/yaml"})


def test_the_adopted_agreement_is_told_by_keys_in_yaml_and_in_words(client: TestClient, agreement: Agreement) -> None:
    told = client.get("/v1/agreement").json()
    assert told["hash"] == agreement.content_hash() == agreement_from_text(told["yaml"]).content_hash()
    assert told["document"]["points_double_odds"] == 10
    assert "10 points more double the odds of it" in told["words"]
    assert (told["state"], told["proposed_by"]) == ("adopted", "the first start")


def test_an_agreement_is_proposed_looked_at_and_adopted(client: TestClient, office: Office) -> None:
    office.desk.identify("L-1", **HEAD_OF_IT)
    office.desk.later(1)
    proposed = propose(client, LATER.replace("threshold: 40", "threshold: 44")).json()
    assert "MQL now needs 44 points instead of 40" in proposed["effect"]["words"]
    assert proposed["effect"]["judged"] == 1
    assert client.get(f"/v1/agreements/{proposed['hash']}/effect").json() == proposed
    adopted = client.post(f"/v1/agreements/{proposed['hash']}/adopt").json()
    assert (adopted["version"], adopted["unwritten"]) == ("2026-11", "")
    assert client.get("/v1/agreement").json()["yaml"] == LATER.replace("threshold: 40", "threshold: 44")
    states = [(a["version"], a["state"]) for a in client.get("/v1/agreements").json()["agreements"]]
    assert states == [("2026-11", "adopted"), ("2026-10", "past")]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (TEXT.replace("threshold: 40", "treshold: 40"), f"line {LINE}", "unknown key 'treshold'"),
        (TEXT.replace("score: 53", "score: 54"), "line", "does not hold"),
        ("agreement: [", "line", "not valid YAML"),
        ("", "line 1", "no YAML mapping"),
        (TEXT.replace("reason: works for a competitor", 'reason: "a\\0b"'), "", "no text"),
        (TEXT.replace("reason: works for a competitor", 'reason: "\\ud800"'), "", "half a character"),
    ],
)
def test_a_faulty_text_is_refused_with_its_line(
    client: TestClient, problem_of: Callable[..., Any], text: str, where: str, what: str
) -> None:
    problem = problem_of(propose(client, text), 422)
    assert what in problem["detail"]
    assert where in problem["errors"][0]["where"]


def test_what_is_no_text_is_refused(client: TestClient, problem_of: Callable[..., Any]) -> None:
    assert "not UTF-8" in problem_of(propose(client, b"a: \xff"), 422)["detail"]  # type: ignore[arg-type]


def test_a_text_without_end_is_refused(client: TestClient, problem_of: Callable[..., Any]) -> None:
    assert "too long" in problem_of(propose(client, "# " + "x" * 1_000_000), 422)["detail"]


def test_what_was_never_proposed_is_not_there(client: TestClient, problem_of: Callable[..., Any]) -> None:
    for path in ("effect", "adopt"):
        method = client.get if path == "effect" else client.post
        problem_of(method(f"/v1/agreements/sha256:{'0' * 64}/{path}"), 404)


def test_the_adopted_one_cannot_be_adopted(
    client: TestClient, agreement: Agreement, problem_of: Callable[..., Any]
) -> None:
    problem_of(client.post(f"/v1/agreements/{agreement.content_hash()}/adopt"), 409)


def test_the_first_agreement_has_no_effect_to_show(
    client: TestClient, agreement: Agreement, problem_of: Callable[..., Any]
) -> None:
    problem_of(client.get(f"/v1/agreements/{agreement.content_hash()}/effect"), 404)


def test_a_program_that_has_not_begun_has_no_agreement(client: TestClient, problem_of: Callable[..., Any]) -> None:
    problem = problem_of(client.get("/v1/agreement", params={"program": "customers"}), 404)
    assert problem["errors"][0]["where"] == "the program 'customers'"


def test_a_program_can_begin_over_http(client: TestClient, office: Office, customers: Agreement) -> None:
    won(office.desk, "L-1")
    office.desk.later(1)
    proposed = propose(client, yaml_of(customers), program="customers").json()
    assert proposed["effect"]["summary"][0] == "1 lead was judged by both agreements"
    client.post(f"/v1/agreements/{proposed['hash']}/adopt", params={"program": "customers"})
    office.service.programs.look()
    assert office.service.programs.named("customers").agreement == customers


def test_a_move_of_stages_that_is_none_is_refused(client: TestClient, problem_of: Callable[..., Any]) -> None:
    problem_of(propose(client, LATER, move_to="MQL"), 422)


@pytest.mark.parametrize(("scope", "read", "act"), [("read", 200, 403), ("score", 403, 403), ("admin", 200, 200)])
def test_reading_takes_read_and_acting_admin(
    clients: Callable[[str], TestClient], scope: str, read: int, act: int
) -> None:
    client = clients(scope)
    assert client.get("/v1/agreements").status_code == read
    assert propose(client, LATER).status_code == act

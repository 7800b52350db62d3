"""People's rights over HTTP and by command."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from client import serving_client
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from serving.cli import app, main
from serving.settings import Settings
from training.scorecard import Scorecard, save

KIM = {"email": "kim@acme.example", "job_title": "Head of IT", "employees": 320, "hobby": "chess"}


@pytest.fixture
def home(rules_card: Scorecard, tmp_path: Path) -> Path:
    save(rules_card, tmp_path / "scorecard.json")
    return tmp_path


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with serving_client(Settings(home=home, jobs=False)) as opened:
        opened.post("/v1/identify", json={"userId": "L-1", "traits": KIM}).raise_for_status()
        opened.post("/v1/identify", json={"userId": "L-2", "traits": KIM | {"email": "lee@acme.example"}})
        yield opened


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    return int(stopped.value.code or 0)


@pytest.mark.parametrize("query", [{"lead_id": "L-1"}, {"email": "KIM@acme.example"}])
def test_everything_is_exported_as_a_file(client: TestClient, query: dict[str, str]) -> None:
    answer = client.get("/v1/people/export", params=query)
    assert answer.headers["content-disposition"] == 'attachment; filename="person.json"'
    (kim,) = answer.json()["people"]
    assert (kim["lead_id"], kim["profile"][0]["profile"]["hobby"]) == ("L-1", "chess")


def test_an_export_is_audited(client: TestClient) -> None:
    client.get("/v1/people/export", params={"lead_id": "L-1"})
    entries = client.get("/v1/audit", params={"about": "L-1"}).json()["entries"]
    assert [entry["act"] for entry in entries] == ["person.exported"]


@pytest.mark.parametrize(("query", "status"), [({"lead_id": "nobody"}, 404), ({}, 422), ({"email": ""}, 422)])
def test_who_cannot_be_found_is_a_problem(client: TestClient, query: dict[str, str], status: int) -> None:
    answer = client.get("/v1/people/export", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_score_is_explained_as_json_and_as_text(client: TestClient) -> None:
    told = client.get("/v1/leads/L-1/explanation").json()
    assert told["facts"][0]["points"] == 14.0
    text = client.get("/v1/leads/L-1/explanation", headers={"Accept": "text/plain"})
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert "WHAT YOU MAY ASK FOR" in text.text


def test_a_person_is_erased_and_stays_erased(client: TestClient) -> None:
    told = client.delete("/v1/people", params={"lead_id": "L-1"}).json()
    assert (told["rows"]["leads"], told["settled"]) == (1, True)
    assert client.get("/v1/leads/L-1").status_code == 404
    again = client.post("/v1/identify", json={"userId": "L-1", "traits": KIM}).json()
    assert "was erased" in again["kept"][0]["note"]
    assert client.get("/v1/leads/L-2").status_code == 200


def test_answers_that_were_kept_for_repetitions_are_forgotten(client: TestClient, home: Path) -> None:
    client.post("/v1/leads/L-1/score", headers={"Idempotency-Key": "once"})
    client.delete("/v1/people", params={"lead_id": "L-1"})
    with sqlite3.connect(home / "store.db") as database:
        assert database.execute("SELECT COUNT(*) FROM idempotency").fetchone() == (0,)


def test_erasing_needs_the_scope_admin_and_explaining_that_of_reading(client: TestClient) -> None:
    made = client.post("/v1/keys", json={"name": "reader", "scopes": ["read"]}).json()
    client.headers["Authorization"] = f"Bearer {made['key']}"
    assert client.delete("/v1/people", params={"lead_id": "L-1"}).status_code == 403
    assert client.get("/v1/people/export", params={"lead_id": "L-1"}).status_code == 403
    assert client.get("/v1/leads/L-1/explanation").status_code == 200


def test_the_commands_do_the_same(client: TestClient, home: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run("people", "export", "--lead-id", "L-1", "--home", home) == 0
    assert json.loads(capsysbinary.readouterr().out)["people"][0]["lead_id"] == "L-1"
    assert run("people", "explain", "L-1", "--home", home, "--contact", "privacy@acme.example") == 0
    assert b"Ask: privacy@acme.example." in capsysbinary.readouterr().out
    assert run("people", "erase", "L-1", "--yes", "--home", home) == 0
    assert b"Erased." in capsysbinary.readouterr().out
    assert client.get("/v1/leads/L-1").status_code == 404
    assert run("people", "prune", "--rewrite", "--home", home) == 0


def test_a_command_writes_the_export_into_a_file(client: TestClient, home: Path, tmp_path: Path) -> None:
    assert run("people", "export", "--email", "kim@acme.example", "--out", tmp_path / "kim.json", "--home", home) == 0
    assert json.loads((tmp_path / "kim.json").read_text())["people"][0]["lead_id"] == "L-1"


def test_the_file_of_an_export_is_its_owners_alone(client: TestClient, home: Path, tmp_path: Path) -> None:
    run("people", "export", "--lead-id", "L-1", "--out", tmp_path / "kim.json", "--home", home)
    assert (tmp_path / "kim.json").stat().st_mode & 0o077 == 0


def test_the_command_that_explains_knows_for_how_long_the_service_keeps_data(
    client: TestClient, home: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run("people", "explain", "L-1", "--home", home, "--keep", "events=77") == 0
    assert b"77 days" in capsysbinary.readouterr().out


def test_nothing_is_erased_without_a_yes(client: TestClient, home: Path) -> None:
    asked = CliRunner().invoke(app, ["people", "erase", "L-1", "--home", str(home)], input="n\n")
    assert asked.exit_code == 1
    assert client.get("/v1/leads/L-1").status_code == 200


def visit(client: TestClient, anonymous_id: str) -> None:
    client.post("/v1/page", json={"anonymousId": anonymous_id, "name": "prices"}).raise_for_status()


def test_a_visitor_without_a_lead_is_exported_and_erased(client: TestClient) -> None:
    visit(client, "web-9")
    (told,) = client.get("/v1/people/export", params={"anonymous_id": "web-9"}).json()["people"]
    assert [event["anonymous_id"] for event in told["events"]] == ["web-9"]
    assert client.delete("/v1/people", params={"anonymous_id": "web-9"}).json()["rows"]["events"] == 1
    assert client.get("/v1/people/export", params={"anonymous_id": "web-9"}).status_code == 404


@pytest.mark.parametrize("query", [{}, {"lead_id": "L-1", "anonymous_id": "web-9"}])
def test_exactly_one_person_is_erased(client: TestClient, query: dict[str, str]) -> None:
    assert client.delete("/v1/people", params=query).status_code == 422
    assert client.get("/v1/leads/L-1").status_code == 200


def test_the_commands_know_visitors_too(
    client: TestClient, home: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    visit(client, "web-9")
    assert run("people", "export", "--anonymous-id", "web-9", "--home", home) == 0
    assert json.loads(capsysbinary.readouterr().out)["people"][0]["ids"] == ["web-9"]
    assert run("people", "erase", "--anonymous-id", "web-9", "--yes", "--home", home) == 0
    assert run("people", "export", "--anonymous-id", "web-9", "--home", home) != 0


@pytest.mark.parametrize(("command", "do"), [("export", "--lead-id L-17"), ("erase", "leadscore people erase L-17")])
def test_a_command_for_nobody_says_which_options_there_are(
    home: Path, capsys: pytest.CaptureFixture[str], command: str, do: str
) -> None:
    assert run("people", command, "--home", home) != 0
    said = capsys.readouterr().err
    assert do in said
    assert "--anonymous-id" in said
    assert "?lead_id" not in said

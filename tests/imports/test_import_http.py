"""Files over HTTP: streamed, reported on, stored in the background."""

from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from brought import csv_of, gz_of, parquet_of
from client import serving_client
from fastapi.testclient import TestClient

from serving.settings import Settings
from training.scorecard import Scorecard, save

ROWS = [{"lead_id": f"L-{i}", "created_at": "2026-01-01", "email": f"p{i}@acme.example"} for i in range(30)]


@pytest.fixture(scope="module")
def client(rules_card: Scorecard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("home")
    save(rules_card, home / "scorecard.json")
    with serving_client(Settings(home=home, jobs=False, max_body=1_000, max_import=200_000)) as opened:
        yield opened


def post(client: TestClient, content: bytes, table: str = "leads", kind: str = "text/csv", **query: Any) -> Any:
    return client.post(f"/v1/import/{table}", content=content, headers={"Content-Type": kind}, params=query)


def finished(client: TestClient, import_id: str) -> dict[str, Any]:
    until = monotonic() + 20
    while monotonic() < until:
        told: dict[str, Any] = client.get(f"/v1/imports/{import_id}").json()
        if told["state"] != "running":
            return told
        sleep(0.02)
    raise AssertionError("it did not end")


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("text/csv", csv_of),
        ("text/csv; charset=utf-8", csv_of),
        ("application/gzip", gz_of),
        ("application/vnd.apache.parquet", parquet_of),
    ],
)
def test_a_file_is_stored_and_the_answer_waits_if_asked(client: TestClient, kind: str, written: Any) -> None:
    answer = post(client, written(ROWS), kind=kind, wait=True)
    told = answer.json()
    assert (answer.status_code, told["state"], told["read"], told["refused"]) == (200, "done", 30, 0)
    assert told["stored"] + told["repeated"] == 30
    assert client.get("/v1/leads/L-7").json()["profile"] == {"email": "p7@acme.example"}


def test_otherwise_it_is_taken_and_can_be_asked_about(client: TestClient) -> None:
    bad = [*ROWS, {"lead_id": None, "created_at": "2026-01-01", "email": None}]
    answer = post(client, csv_of(bad))
    assert answer.status_code == 202
    told = finished(client, answer.json()["import_id"])
    assert (told["state"], told["read"], told["refused"], told["share"]) == ("done", 31, 1, 1.0)
    assert told["report"][0]["row"] == 32
    assert told["report"][0]["what"] == "a row has no 'lead_id'"


def test_imports_are_listed_the_newest_first(client: TestClient) -> None:
    ids = [post(client, csv_of(ROWS), wait=True).json()["import_id"] for _ in range(2)]
    assert [one["import_id"] for one in client.get("/v1/imports").json()["imports"]][:2] == ids[::-1]


def test_a_packed_csv_may_say_so_in_its_encoding(client: TestClient) -> None:
    packed = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
    answer = client.post("/v1/import/leads", content=gz_of(ROWS), headers=packed, params={"wait": True})
    assert answer.json()["read"] == 30


def test_a_file_that_breaks_off_has_failed(client: TestClient) -> None:
    told = post(client, gz_of(ROWS * 500)[:-200], kind="application/gzip", wait=True).json()
    assert (told["state"], told["faults"][0]["what"]) == ("failed", "cannot read the file")


@pytest.mark.parametrize(
    ("table", "content", "kind", "query", "status"),
    [
        ("leads", b"a,b\n1,2\n", "text/csv", {}, 422),
        ("leads", b"", "text/csv", {}, 422),
        ("leads", csv_of(ROWS).decode().encode("utf-16"), "text/csv", {}, 422),
        ("leads", "lead_id,created_at,Größe\n".encode("latin-1"), "text/csv", {}, 422),
        ("leads", b"PAR1", "application/vnd.apache.parquet", {}, 422),
        ("leads", csv_of(ROWS), "application/json", {}, 422),
        ("leads", csv_of(ROWS), "", {}, 422),
        ("visits", csv_of(ROWS), "text/csv", {}, 422),
        ("outcomes", b"lead_id,at,stage\n", "text/csv", {"program": "customers"}, 404),
        ("leads", csv_of(ROWS * 300), "text/csv", {}, 413),
    ],
)
def test_what_cannot_be_imported_is_a_problem_and_nothing_is_begun(
    client: TestClient, table: str, content: bytes, kind: str, query: dict[str, Any], status: int
) -> None:
    before = client.get("/v1/imports").json()
    answer = post(client, content, table, kind, **query)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert client.get("/v1/imports").json() == before


def test_an_import_that_is_not_there_is_a_problem(client: TestClient) -> None:
    assert client.get(f"/v1/imports/imp_{'0' * 32}").status_code == 404


def test_it_is_audited(client: TestClient) -> None:
    import_id = post(client, csv_of(ROWS), wait=True).json()["import_id"]
    (entry,) = client.get("/v1/audit", params={"about": import_id}).json()["entries"]
    assert (entry["act"], entry["detail"]) == ("import.begun", {"table": "leads", "program": "leads"})

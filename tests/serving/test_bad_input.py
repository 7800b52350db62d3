"""Whatever is sent, the answer is a score or a problem that says what is wrong, where, and what to do."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

ProblemOf = Callable[..., dict[str, Any]]
JSON = {"content-type": "application/json"}
VISIT = {"type": "page_view", "at": "2026-08-01T00:00:00Z", "properties": {"path": "/pricing"}}


def of(**more: Any) -> dict[str, Any]:
    return {"lead_id": "L-1", **more}


def event(**more: Any) -> dict[str, Any]:
    return of(events=[VISIT | more])


def nested(depth: int) -> bytes:
    path = b"[" * depth + b"]" * depth
    return b'{"lead_id": "L-1", "events": [{"type": "a", "at": "2026-08-01", "properties": {"path": %b}}]}' % path


SHAPES = [  # body, where, what
    ({}, "lead_id", "is required"),
    ([], "body", "must be a JSON object"),
    ([of()], "body", "must be a JSON object"),
    ("lead", "body", "must be a JSON object"),
    (None, "body", "must be a JSON object"),
    (3, "body", "must be a JSON object"),
    ({"lead_id": 17.5}, "lead_id", "must be a valid string"),
    ({"lead_id": True}, "lead_id", "must be a valid string"),
    ({"lead_id": 2**53}, "lead_id", "must be a valid string"),
    ({"lead_id": "L\0"}, "lead_id", "must not hold the character NUL"),
    ({"lead_id": None}, "lead_id", "must be a valid string"),
    ({"lead_id": ""}, "lead_id", "must have at least 1 character"),
    ({"lead_id": "x" * 201}, "lead_id", "must have at most 200 characters"),
    (of(profile=[]), "profile", "must be a JSON object"),
    (of(profile=None), "profile", "must be a JSON object"),
    (of(profile={"industry": ["software"]}), "profile.industry", "must be a text, a number, true, false or null"),
    (of(industry={"name": "software"}), "profile.industry", "must be a text, a number, true, false or null"),
    (of(profile={}, industry="software"), "industry", "is no known key"),
    (of(events={}), "events", "must be a valid list"),
    (of(events=["visit"]), "events.0", "must be a JSON object"),
    (of(events=[{"type": "visit"}]), "events.0.at", "is required"),
    (of(events=[{"at": "2026-08-01"}]), "events.0.type", "is required"),
    (event(path="/pricing"), "events.0.path", "is no known key"),
    (event(properties=[]), "events.0.properties", "must be a JSON object"),
    (event(at=1_699_999_999), "events.0.at", "must be a valid string"),
    (event(type=""), "events.0.type", "must have at least 1 character"),
    (of(profile={"employees": "many"}), "profile.employees", "lead L-1: 'employees' cannot be read as a number"),
    (of(profile={"employees": True}), "profile.employees", "lead L-1: 'employees' cannot be read as a number"),
    (of(stage_now="Bogus"), "stage_now", "'Bogus' is no stage of the agreement"),
    (of(stage_now=3), "stage_now", "must be a valid string"),
]
NO_MOMENTS = [
    "now",
    "-0001-01-01",
    "0000-01-01",
    "2026-02-30",
    "1699999999",
    "9999-12-31T23:59:59-14:00",
    "10000-01-01",
]
BODIES = {  # no standard JSON
    "no JSON": b"{lead_id",
    "two documents": b'{"lead_id": "L-1"} {}',
    "no UTF-8": b'{"lead_id": "\xff"}',
    "UTF-16": '{"lead_id": "L-1"}'.encode("utf-16"),
    "a lone surrogate as a value": b'{"lead_id": "L-1", "industry": "\\ud800"}',
    "a lone surrogate as a key": b'{"lead_id": "L-1", "\\ud800": 1}',
    "a lone surrogate in an event": nested(0).replace(b'"path": ', b'"path": "\\udfff"'),
    "NaN": b'{"lead_id": "L-1", "employees": NaN}',
    "Infinity": b'{"lead_id": "L-1", "employees": Infinity}',
    "-Infinity": b'{"lead_id": "L-1", "employees": -Infinity}',
    "a number beyond doubles": b'{"lead_id": "L-1", "employees": 1e999}',
    "an integer of 5,000 digits": b'{"lead_id": "L-1", "employees": ' + b"9" * 5000 + b"}",
    "lists without end": b"[" * 100_000,
    "objects without end": b'{"a":' * 100_000,
    "2,000 lists in a property": nested(2000),
}


@pytest.mark.parametrize(("body", "where", "what"), SHAPES, ids=[f"{w} {t[:20]}" for _, w, t in SHAPES])
def test_another_shape_is_refused(
    client: TestClient, problem_of: ProblemOf, body: object, where: str, what: str
) -> None:
    response = client.post("/v1/score", content=json.dumps(body).encode(), headers=JSON)
    errors = problem_of(response, 422)["errors"]
    assert [(e["where"], e["what"]) for e in errors] == [(where, what)]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_json_is_refused(client: TestClient, problem_of: ProblemOf, body: bytes) -> None:
    problem = problem_of(client.post("/v1/score", content=body, headers=JSON), 422)
    assert problem["detail"] == "body: is not valid JSON"
    assert "character" in problem["errors"][0]["got"]


def test_an_empty_body_is_refused(client: TestClient, problem_of: ProblemOf) -> None:
    problem = problem_of(client.post("/v1/score", content=b"", headers=JSON), 422)
    assert problem["errors"][0] | {"got": ""} == {
        "what": "is required", "where": "body", "got": "", "allowed": "", "do": "send a JSON object"
    }  # fmt: skip


@pytest.mark.parametrize("text", NO_MOMENTS)
@pytest.mark.parametrize("where", ["as_of", "created_at", "events.0.at"])
def test_what_is_no_moment_is_refused(client: TestClient, problem_of: ProblemOf, text: str, where: str) -> None:
    body = event(at=text) if where == "events.0.at" else of(**{where: text})
    problem = problem_of(client.post("/v1/score", json=body), 422)
    assert problem["detail"] == f"{where}: not a moment in time; ISO 8601, such as 2026-11-02T10:00:00Z"
    assert json.loads(problem["errors"][0]["got"]) == text


def test_an_event_at_a_blank_moment_is_refused(client: TestClient, problem_of: ProblemOf) -> None:
    problem_of(client.post("/v1/score", json=event(at="")), 422)


@pytest.mark.parametrize("where", ["as_of", "created_at", "stage_now"])
def test_blank_text_beside_the_facts_is_the_same_as_null(client: TestClient, where: str) -> None:
    moment = {"as_of": "2026-11-02T10:00:00Z"}
    blank, null = (client.post("/v1/score", json=of(**(moment | {where: value}))).json() for value in ("", None))
    assert blank["terms"] == null["terms"]
    assert blank["stage"] == null["stage"]


def test_the_moments_furthest_apart_are_scored(client: TestClient) -> None:
    body = event(at="0001-01-01") | {"as_of": "9999-12-31"}
    assert client.post("/v1/score", json=body).status_code == 200
    body = event(at="9999-12-31") | {"as_of": "0001-01-01"}
    assert client.post("/v1/score", json=body).status_code == 200


@pytest.mark.parametrize("number", ["999999999999999", "-5", "-0", "1e-400", "0.1"])
def test_any_finite_number_is_scored(client: TestClient, number: str) -> None:
    body = b'{"lead_id": "L-1", "employees": %b}' % number.encode()
    assert client.post("/v1/score", content=body, headers=JSON).status_code == 200


def test_all_faults_of_a_lead_are_named(client: TestClient, problem_of: ProblemOf) -> None:
    problem = problem_of(client.post("/v1/score", json=of(as_of="x", stage_now=3)), 422)
    assert [e["where"] for e in problem["errors"]] == ["as_of", "stage_now"]
    assert problem["detail"].endswith("(and 1 more)")


# Size


def test_ten_thousand_events_are_scored(client: TestClient) -> None:
    answer = client.post("/v1/score", json=of(as_of="2026-08-02", events=[VISIT] * 10_000)).json()
    assert next(t["value"] for t in answer["terms"] if t["fact"] == "page_view_30d") == 10_000.0


def test_one_event_more_is_refused(client: TestClient, problem_of: ProblemOf) -> None:
    problem = problem_of(client.post("/v1/score", json=of(events=[VISIT] * 10_001)), 422)
    assert problem["detail"] == "events: must have at most 10000 items, not 10001"
    assert len(problem["errors"][0]["got"]) <= 80


def test_a_large_body_is_refused(client: TestClient, problem_of: ProblemOf) -> None:
    problem_of(client.post("/v1/score", content=b" " * 8_000_001, headers=JSON), 413)


def test_a_large_body_that_does_not_say_its_length_is_refused(client: TestClient, problem_of: ProblemOf) -> None:
    def parts() -> Iterator[bytes]:
        yield from (b" " * 1_000_000 for _ in range(9))

    response = client.post("/v1/score", content=parts(), headers=JSON)
    assert "content-length" not in response.request.headers
    problem_of(response, 413)


def test_a_body_that_comes_in_parts_is_read(client: TestClient) -> None:
    parts = iter([b'{"lead_', b'id": "L', b'-1"}'])
    assert client.post("/v1/score", content=parts, headers=JSON).status_code == 200


# Batches


@pytest.mark.parametrize(
    ("n", "what"), [(0, "must have at least 1 item, not 0"), (1001, "must have at most 1000 items, not 1001")]
)
def test_a_batch_has_one_to_a_thousand_leads(client: TestClient, problem_of: ProblemOf, n: int, what: str) -> None:
    problem = problem_of(client.post("/v1/score/batch", json={"leads": [of()] * n}), 422)
    assert problem["detail"] == f"leads: {what}"


@pytest.mark.parametrize("bad", [{"lead_id": 3.5}, of(employees="many"), of(stage_now="Bogus"), of(events=[{}])])
def test_one_bad_lead_stops_the_batch_and_is_named(client: TestClient, problem_of: ProblemOf, bad: Any) -> None:
    problem = problem_of(client.post("/v1/score/batch", json={"leads": [of(), of(), bad]}), 422)
    assert problem["errors"][0]["where"].startswith("leads.2.")


def test_further_bad_leads_are_counted(client: TestClient, problem_of: ProblemOf) -> None:
    leads = [of(), of(employees="many"), of(employees="few")]
    problem = problem_of(client.post("/v1/score/batch", json={"leads": leads}), 422)
    assert problem["detail"] == "lead L-1: 'employees' cannot be read as a number (and 1 more)"
    assert problem["errors"][0]["where"] == "leads.1.profile.employees"


# Anything


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
keys = st.sampled_from("lead_id as_of created_at stage_now profile events type at properties email employees".split())
almost = st.recursive(
    scalars | st.sampled_from(["L-1", "2026-08-01", "SAL", "page_view"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(
    anything
    | almost
    | st.fixed_dictionaries({"lead_id": st.just("L-1")}, optional={"profile": almost, "events": almost})
)
def test_any_json_is_scored_or_refused(client: TestClient, problem_of: ProblemOf, body: object) -> None:
    response = client.post("/v1/score", content=json.dumps(body).encode(), headers=JSON)
    if response.status_code != 200:
        problem_of(response, 422)


@given(st.binary())
def test_any_bytes_are_refused(client: TestClient, problem_of: ProblemOf, body: bytes) -> None:
    problem_of(client.post("/v1/score", content=body, headers=JSON), 422)


@pytest.mark.parametrize("number", ["18446744073709551616", "1e300", "-1e16"])
def test_a_number_too_large_to_add_up_is_refused(client: TestClient, problem_of: ProblemOf, number: str) -> None:
    body = b'{"lead_id": "L-1", "employees": %b}' % number.encode()
    problem_of(client.post("/v1/score", content=body, headers=JSON), 422)


def test_an_event_type_that_nothing_waits_for_is_noted(client: TestClient) -> None:
    body = event(at="2026-11-02T10:00:00Z")
    body["events"][0]["type"] = "demo_request"
    [note] = [n for n in client.post("/v1/score", json=body).json()["notes"] if "demo_request" in n]
    assert note == "no fact waits for events of type 'demo_request'; did you mean 'demo_requested'?"

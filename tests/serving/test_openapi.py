"""The OpenAPI description holds: what is answered fits it, and its examples work."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from features.moments import iso
from features.tables import Lead

SCORE = {"lead_id": "L-1"}


@pytest.fixture(scope="module")
def openapi(client: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/openapi.json").json()
    return described


def assert_fits(openapi: dict[str, Any], name: str, answer: object) -> None:
    """The answer fits the shape, and holds nothing that the shape does not name."""
    components = {
        key: shape | {"additionalProperties": False} if shape.get("type") == "object" else shape
        for key, shape in openapi["components"]["schemas"].items()
    }
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": components}}
    Draft202012Validator(schema).validate(answer)


def test_every_answer_fits_its_shape(
    client: TestClient, openapi: dict[str, Any], leads: list[Lead], as_of: int
) -> None:
    for lead in leads[::50]:
        body = {"lead_id": lead.lead_id, "as_of": iso(as_of), "profile": dict(lead.profile)}
        assert_fits(openapi, "ScoreOut", client.post("/v1/score", json=body).json())


def test_every_field_of_the_shape_is_answered(client: TestClient, openapi: dict[str, Any]) -> None:
    answer = client.post("/v1/score", json=SCORE).json()
    assert answer.keys() == openapi["components"]["schemas"]["ScoreOut"]["properties"].keys()


def test_a_batch_fits_its_shape(client: TestClient, openapi: dict[str, Any]) -> None:
    assert_fits(openapi, "BatchOut", client.post("/v1/score/batch", json={"leads": [SCORE] * 2}).json())


def test_the_model_fits_its_shape(client: TestClient, openapi: dict[str, Any]) -> None:
    assert_fits(openapi, "ModelOut", client.get("/v1/model").json())


def test_a_problem_fits_its_shape(client: TestClient, openapi: dict[str, Any]) -> None:
    described = openapi["paths"]["/v1/score"]["post"]["responses"]["422"]["content"]
    assert described == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert_fits(openapi, "Problem", client.post("/v1/score", json={}).json())


def test_the_examples_of_a_lead_work(client: TestClient, openapi: dict[str, Any]) -> None:
    examples = openapi["components"]["schemas"]["LeadIn"]["examples"]
    assert len(examples) == 2
    for example in examples:
        assert client.post("/v1/score", json=example).status_code == 200


def operations(openapi: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in openapi["paths"].values() for operation in path.values()]


def test_every_route_says_what_it_is_for(openapi: dict[str, Any]) -> None:
    assert [o["operationId"] for o in operations(openapi) if not o["summary"] or len(o["tags"]) != 1] == []


def test_operations_have_short_names_of_their_own(openapi: dict[str, Any]) -> None:
    names = [o["operationId"] for o in operations(openapi)]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch("[a-z][A-Za-z]{2,29}", name)] == []


def test_shapes_have_names_without_the_folders_they_are_in(openapi: dict[str, Any]) -> None:
    assert [name for name in openapi["components"]["schemas"] if "_" in name] == []


def test_every_route_with_a_key_says_how_it_may_be_refused(openapi: dict[str, Any]) -> None:
    with_key = [o for o in operations(openapi) if o.get("security")]
    assert [o["operationId"] for o in with_key if not {"401", "403", "429", "503"} <= o["responses"].keys()] == []
    assert [o["operationId"] for o in operations(openapi) if o not in with_key] == ["isAlive", "isReady"]


def test_every_route_that_reads_something_says_that_it_may_not_be_usable(openapi: dict[str, Any]) -> None:
    reads = [o for o in operations(openapi) if o.get("parameters") or "requestBody" in o]
    assert [o["operationId"] for o in reads if "422" not in o["responses"]] == []


def test_every_body_has_an_example(openapi: dict[str, Any]) -> None:
    bodies = [o["requestBody"]["content"] for o in operations(openapi) if "requestBody" in o]
    names = {m["schema"]["$ref"].rpartition("/")[2] for body in bodies for m in body.values() if "$ref" in m["schema"]}
    assert [name for name in names if not openapi["components"]["schemas"][name].get("examples")] == []


def test_examples_fit_their_shapes(openapi: dict[str, Any]) -> None:
    for name, shape in openapi["components"]["schemas"].items():
        for example in shape.get("examples", ()):
            Draft202012Validator({"$ref": f"#/components/schemas/{name}"} | openapi).validate(example)


def test_a_request_that_is_answered_fits_the_shape_of_requests(client: TestClient, openapi: dict[str, Any]) -> None:
    for profile in ({"a": 1}, {"a": 1.5}, {"a": "x"}, {"a": True}, {"a": None}):
        body = {"lead_id": "L-1", "profile": profile}
        assert client.post("/v1/score", json=body).status_code == 200
        assert_fits(openapi, "LeadIn", body)

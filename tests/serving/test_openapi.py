"""The OpenAPI description holds: what is answered fits it, and its examples work."""

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
    assert list(described) == ["application/problem+json"]
    shape = described["application/problem+json"]["schema"] | {"additionalProperties": False}
    Draft202012Validator(shape).validate(client.post("/v1/score", json={}).json())


def test_the_examples_work(client: TestClient, openapi: dict[str, Any]) -> None:
    examples = openapi["components"]["schemas"]["LeadIn"]["examples"]
    assert len(examples) == 2
    for example in examples:
        assert client.post("/v1/score", json=example).status_code == 200


def test_every_route_says_what_it_is_for(openapi: dict[str, Any]) -> None:
    assert all(route["summary"] for path in openapi["paths"].values() for route in path.values())


def test_a_request_that_is_answered_fits_the_shape_of_requests(client: TestClient, openapi: dict[str, Any]) -> None:
    for profile in ({"a": 1}, {"a": 1.5}, {"a": "x"}, {"a": True}, {"a": None}):
        body = {"lead_id": "L-1", "profile": profile}
        assert client.post("/v1/score", json=body).status_code == 200
        assert_fits(openapi, "LeadIn", body)

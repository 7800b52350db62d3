"""The descriptions for importers are valid, and what is answered fits them."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft4Validator
from schemathesis.specs.openapi.definitions import OPENAPI_30_VALIDATOR, OPENAPI_31_VALIDATOR, SWAGGER_20_VALIDATOR

from serving.description.openapi30 import openapi_30, schema_30
from serving.description.swagger20 import swagger_20

ONLY_IN_31 = {"const", "examples", "not", "prefixItems", "$defs", "contentMediaType", "propertyNames"}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def newest(client: TestClient) -> Json:
    described: Json = client.get("/openapi.json").json()
    return described


@pytest.fixture(scope="module")
def older(client: TestClient) -> Json:
    described: Json = client.get("/openapi-3.0.json").json()
    return described


@pytest.fixture(scope="module")
def oldest(client: TestClient) -> Json:
    described: Json = client.get("/swagger-2.0.json").json()
    return described


@pytest.mark.parametrize(
    ("path", "validator"),
    [
        ("/openapi.json", OPENAPI_31_VALIDATOR),
        ("/openapi-3.0.json", OPENAPI_30_VALIDATOR),
        ("/swagger-2.0.json", SWAGGER_20_VALIDATOR),
    ],
)
def test_a_description_is_valid(client: TestClient, path: str, validator: jsonschema_rs.Validator) -> None:
    assert [str(error) for error in validator.iter_errors(client.get(path, headers={"Authorization": ""}).json())] == []


def test_the_descriptions_have_the_same_operations(newest: Json, older: Json, oldest: Json) -> None:
    named = [
        {(path, method, told["operationId"]) for path, item in d["paths"].items() for method, told in item.items()}
        for d in (newest, older, oldest)
    ]
    assert named[0] == named[1] == named[2]


def test_nothing_is_left_of_what_only_31_knows(older: Json) -> None:
    schemas = list(_schemas(older["components"]["schemas"]))
    assert len(schemas) > 300
    assert [schema for schema in schemas if ONLY_IN_31 & schema.keys() or isinstance(schema.get("type"), list)] == []


def test_requests_offer_no_choice_of_forms(older: Json) -> None:
    choices = [s["anyOf"] for s in _schemas(older["components"]["schemas"]) if "anyOf" in s]
    assert choices
    assert all(one["type"] in ("string", "number", "boolean") for choice in choices for one in choice)


def test_swagger_has_no_choice_at_all(oldest: Json) -> None:
    text = json.dumps(oldest["definitions"])
    assert [word for word in ('"anyOf"', '"oneOf"', '"nullable"', "#/components") if word in text] == []


def test_importers_are_told_where_the_service_is(older: Json, oldest: Json) -> None:
    assert older["servers"] == [{"url": "http://127.0.0.1:8000"}]
    assert (oldest["host"], oldest["schemes"], oldest["basePath"]) == ("127.0.0.1:8000", ["http"], "/")


def test_answers_fit_the_older_shapes(client: TestClient, older: Json, oldest: Json) -> None:
    answers = {
        "ScoreOut": client.post("/v1/score", json={"lead_id": "L-1"}).json(),
        "ModelOut": client.get("/v1/model").json(),
        "CallerOut": client.get("/v1/whoami").json(),
        "Problem": client.post("/v1/score", json={}).json(),
    }
    for name, answer in answers.items():
        _validate({"$ref": f"#/components/schemas/{name}"} | _with_null(older, "nullable"), answer)
        _validate({"$ref": f"#/definitions/{name}"} | _with_null(oldest, "x-nullable"), answer)


def test_a_request_of_the_older_shapes_is_taken(client: TestClient, older: Json) -> None:
    example = older["components"]["schemas"]["LeadIn"]["example"]
    assert client.post("/v1/score", json=example).status_code == 200


def test_what_may_be_null_stays_so_beside_a_reference() -> None:
    said = schema_30({"anyOf": [{"$ref": "#/components/schemas/Filters"}, {"type": "null"}], "title": "Filters"})
    assert said == {"title": "Filters", "nullable": True, "allOf": [{"$ref": "#/components/schemas/Filters"}]}


def test_files_and_parameters_are_said_in_the_older_words() -> None:
    body = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    sizes = {"anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "null"}]}
    told = {
        "operationId": "send",
        "parameters": [{"name": "sizes", "in": "query", "schema": {"type": "array", "items": sizes}}],
        "requestBody": {"required": True, "content": {"text/csv": body}},
        "responses": {"202": {"description": "taken", "headers": {"Retry-After": {"schema": {"type": "integer"}}}}},
    }
    older = openapi_30({"info": {"title": "t", "version": "1"}, "paths": {"/x": {"post": told}}})
    assert OPENAPI_30_VALIDATOR.is_valid(older)
    operation = older["paths"]["/x"]["post"]
    assert operation["requestBody"]["content"] == {"text/csv": {"schema": {"type": "string", "format": "binary"}}}
    swagger = swagger_20(older)
    assert SWAGGER_20_VALIDATOR.is_valid(swagger)
    operation = swagger["paths"]["/x"]["post"]
    assert operation["consumes"] == ["text/csv"]
    assert operation["parameters"][0]["collectionFormat"] == "multi"
    assert operation["responses"]["202"]["headers"] == {"Retry-After": {"type": "integer"}}


@pytest.mark.parametrize("name", ["openapi.json", "openapi-3.0.json", "swagger-2.0.json"])
def test_the_files_are_small_enough_for_importers(name: str) -> None:
    """Power Platform takes at most a megabyte."""
    assert (Path(__file__).parents[2] / "docs" / name).stat().st_size < 1_000_000


def _schemas(found: Any) -> Any:
    """Every schema in some components, as no field of ours is called ``properties`` or has an object as its example."""
    for schema in found.values():
        yield schema
        yield from _schemas(schema.get("properties", {}))
        inner = [schema[n] for n in ("items", "additionalProperties") if isinstance(schema.get(n), dict)]
        yield from _schemas(dict(enumerate([*inner, *schema.get("anyOf", []), *schema.get("allOf", [])])))


def _with_null(described: Any, name: str) -> Any:
    """The description as a JSON Schema, which knows no ``nullable``."""
    if isinstance(described, list):
        return [_with_null(one, name) for one in described]
    if not isinstance(described, dict):
        return described
    told = {key: _with_null(one, name) for key, one in described.items()}
    return {"anyOf": [told, {"type": "null"}]} if told.pop(name, False) is True else told


def _validate(schema: Json, answer: object) -> None:
    Draft4Validator(schema).validate(answer)

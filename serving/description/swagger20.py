"""The description in Swagger 2.0, which is what custom connectors of Microsoft's Power Platform read."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

Schema = dict[str, Any]
JSON = "application/json"
_KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "a key of leadscore"}
_OF_PARAMETER = frozenset(
    "default enum exclusiveMaximum exclusiveMinimum format items maxItems maxLength maximum minItems minLength minimum "
    "pattern type uniqueItems".split()
)


def swagger_20(described: Mapping[str, Any]) -> dict[str, Any]:
    """A description in OpenAPI 3.0, as Swagger 2.0; the key goes into the header ``X-API-Key``."""
    server = urlsplit(described["servers"][0]["url"])
    components = described["components"]
    where = {"host": server.netloc, "schemes": [server.scheme]} if server.netloc else {}
    return {
        "swagger": "2.0",
        "info": described["info"],
        **where,
        "basePath": server.path or "/",
        "consumes": [JSON],
        "produces": [JSON],
        "paths": {
            path: {method: _operation(operation, components) for method, operation in item.items()}
            for path, item in described["paths"].items()
        },
        "definitions": {name: _schema(schema) for name, schema in components["schemas"].items()},
        "securityDefinitions": {"key": _KEY},
    }


def _operation(operation: Schema, components: Schema) -> Schema:
    told: Schema = {
        name: operation[name] for name in ("operationId", "summary", "description", "tags") if name in operation
    }
    parameters = [_parameter(parameter) for parameter in operation.get("parameters", ())]
    if "requestBody" in operation:
        media, shape = _content(operation["requestBody"])
        body = {"in": "body", "name": "body", "required": operation["requestBody"].get("required", False)}
        parameters.append(body | {"schema": shape})
        told |= {} if media == JSON else {"consumes": [media]}
    responses = {
        status: _response(_resolved(response, components)) for status, response in operation["responses"].items()
    }
    return told | {"parameters": parameters, "responses": responses} | _secured(operation)


def _secured(operation: Schema) -> Schema:
    return {"security": [{"key": []}]} if operation.get("security") else {}


def _resolved(response: Schema, components: Schema) -> Schema:
    """A response itself, where there is a reference to one that several operations share."""
    name = response.get("$ref", "").removeprefix("#/components/responses/")
    found: Schema = components["responses"][name] if name else response
    return found


def _parameter(parameter: Schema) -> Schema:
    told = {name: parameter[name] for name in ("name", "in", "required", "description") if name in parameter}
    return told | _simple(parameter["schema"])


def _simple(schema: Schema) -> Schema:
    """The parts of a schema that stand beside a parameter's or a header's name."""
    told = {name: value for name, value in _schema(schema).items() if name in _OF_PARAMETER}
    return {"type": "string"} | told | ({"collectionFormat": "multi"} if told.get("type") == "array" else {})


def _response(response: Schema) -> Schema:
    told: Schema = {"description": response["description"]}
    if "content" in response:
        told["schema"] = _content(response)[1]
    if "headers" in response:
        told["headers"] = {name: _simple(header["schema"]) for name, header in response["headers"].items()}
    return told


def _content(holder: Schema) -> tuple[str, Schema]:
    """The media type and the shape of a body; JSON, where there is a choice."""
    media = next((name for name in holder["content"] if name == JSON), next(iter(holder["content"])))
    return media, _schema(holder["content"][media].get("schema", {}))


def _schema(schema: Schema) -> Schema:
    """A schema of 3.0, as 2.0 has it: no choice, so that a value of several types may be anything.

    >>> _schema({"anyOf": [{"type": "number"}, {"type": "string"}], "nullable": True, "title": "Value"})
    {'title': 'Value', 'x-nullable': True}
    >>> _schema({"$ref": "#/components/schemas/LeadOut"})
    {'$ref': '#/definitions/LeadOut'}
    """
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/components/schemas/", "#/definitions/")}
    told = {name: value for name, value in schema.items() if name not in ("anyOf", "oneOf", "nullable")}
    if schema.get("nullable"):
        told["x-nullable"] = True
    if "allOf" in told:
        told["allOf"] = [_schema(one) for one in told["allOf"]]
    for name in ("items", "additionalProperties"):
        if isinstance(told.get(name), Mapping):
            told[name] = _schema(told[name])
    if "properties" in told:
        told["properties"] = {name: _schema(one) for name, one in told["properties"].items()}
    return told

"""The description in OpenAPI 3.0, for importers that read no 3.1.

It never promises what is not answered, and it may ask for more than is needed: of two forms of a request only the
first is described, and what is required only together with something else is left to the service's own refusals.
"""

from collections.abc import Callable, Mapping
from typing import Any

Schema = dict[str, Any]
# What 3.0 does not know, or importers stumble over.
_LEFT_OUT = frozenset(
    "$comment $defs $id $schema contains contentSchema dependentRequired dependentSchemas else examples if maxContains "
    "minContains not patternProperties prefixItems propertyNames then unevaluatedItems unevaluatedProperties".split()
)
_CHOICES = ("anyOf", "oneOf")
_NULL = {"type": "null"}


def openapi_30(described: Mapping[str, Any], server: str = "/") -> dict[str, Any]:
    """A description in OpenAPI 3.1, as 3.0; ``server``: the address of the service, for importers that need one."""
    known = {"openapi": "3.0.3", "info": described["info"], "servers": [{"url": server}]}
    components = described.get("components", {})
    told = {
        "schemas": {name: schema_30(schema) for name, schema in components.get("schemas", {}).items()},
        "responses": {name: _response(one) for name, one in components.get("responses", {}).items()},
        "securitySchemes": components.get("securitySchemes", {}),
    }
    paths = {path: _each(item, _operation) for path, item in described["paths"].items()}
    return known | {"paths": paths, "components": told}


def schema_30(schema: Any) -> Schema:
    """A JSON Schema of 3.1, as 3.0 has it.

    >>> schema_30({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": None})
    {'type': 'integer', 'minimum': 1, 'nullable': True}
    >>> schema_30({"type": ["string", "integer"], "maximum": 9, "const": "a"})
    {'type': 'string', 'enum': ['a']}
    """
    if not isinstance(schema, Mapping):  # true and false: anything goes
        return {}
    told = _chosen(dict(schema))
    if "$ref" in told:
        return {"$ref": told["$ref"]}
    example = told.get("examples", [])[:1]
    told = {name: value for name, value in told.items() if name not in _LEFT_OUT}
    told |= {"example": example[0]} if example else {}
    _plain(told)
    for name in (*_CHOICES, "allOf"):
        if name in told:
            told[name] = [schema_30(one) for one in told[name]]
    if "properties" in told:
        told["properties"] = _each(told["properties"], schema_30)
    if "items" in told:
        told["items"] = schema_30(told["items"])
    if isinstance(told.get("additionalProperties"), Mapping):
        told["additionalProperties"] = schema_30(told["additionalProperties"])
    return told


def _chosen(schema: Schema) -> Schema:
    """The schema with at most a choice between plain values, and ``nullable`` where null is one of them."""
    for name in _CHOICES:
        if name not in schema:
            continue
        given = schema.pop(name)
        if "properties" in schema:
            continue  # what is required only together with something else
        some = [one for one in given if one != _NULL and one.get("maxLength") != 0]
        if any("$ref" in one or one.get("type") in ("object", "array") for one in some):
            some = some[:1]
        schema |= _nullable(some[0] | schema) if len(some) == 1 else {name: some}
        schema |= {"nullable": True} if _NULL in given else {}
    return _nullable(schema)


def _nullable(schema: Schema) -> Schema:
    """A reference can have nothing beside it, so one that may be null stands in ``allOf``."""
    if "$ref" in schema and schema.get("nullable"):
        return {name: value for name, value in schema.items() if name != "$ref"} | {"allOf": [{"$ref": schema["$ref"]}]}
    return schema


def _plain(schema: Schema) -> None:
    """Say in the words of 3.0 what it has others for."""
    if isinstance(kinds := schema.get("type"), list):
        schema["type"] = next(kind for kind in kinds if kind != "null")
        schema |= {"nullable": True} if "null" in kinds else {}
        if schema["type"] == "string":
            schema.pop("minimum", None), schema.pop("maximum", None)
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if schema.get("default", ...) is None:
        del schema["default"]
    if "properties" in schema and schema.get("additionalProperties") is True:
        del schema["additionalProperties"]
    for name, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if name in schema and not isinstance(schema[name], bool):
            schema |= {bound: schema[name], name: True}
    if schema.get("type") == "number":
        schema.setdefault("format", "double")
    if schema.pop("contentMediaType", None) is not None:
        schema["format"] = "byte" if schema.pop("contentEncoding", "") == "base64" else "binary"


def _operation(operation: Schema) -> Schema:
    told = dict(operation)
    if "parameters" in told:
        told["parameters"] = [_with_schema(parameter) for parameter in told["parameters"]]
    if "requestBody" in told:
        told["requestBody"] = _with_content(told["requestBody"])
    told["responses"] = _each(told["responses"], _response)
    return told


def _response(response: Schema) -> Schema:
    told = _with_content(response)
    return told | {"headers": _each(told["headers"], _with_schema)} if "headers" in told else told


def _with_content(holder: Schema) -> Schema:
    if "content" not in holder:
        return dict(holder)
    return holder | {"content": _each(holder["content"], _with_schema)}


def _with_schema(holder: Schema) -> Schema:
    """A parameter, a header or a medium, whose own examples are in its schema's words too."""
    told = {name: value for name, value in holder.items() if name != "examples"}
    return told | {"schema": schema_30(told["schema"])} if "schema" in told else told


def _each(named: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    return {name: change(one) for name, one in named.items()}

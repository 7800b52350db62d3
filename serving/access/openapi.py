"""What the API's description says about keys: the ways to send one, the scope a route needs, the refusals."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from serving.problems import CONTENT
from serving.shapes import Problem

_MARK = "leadscore:"
SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "'Authorization: Bearer KEY'"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "the key in a header of its own"},
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "the key as user name, without a password, as Segment sends it",
    },
    "query": {
        "type": "apiKey",
        "in": "query",
        "name": "api_key",
        "description": "for callers that cannot set headers; it is not logged here, but may be by what lies between",
    },
}
_WHO = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
_LATER = {"Retry-After": {"description": "seconds", "required": True, "schema": {"type": "integer", "minimum": 0}}}
_REFUSALS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "401": ("NoKey", "no key, or one that is unknown, revoked or expired", _WHO),
    "403": ("LackingScope", "the key lacks the scope", _WHO),
    "429": ("TooManyRequests", "more requests than the key may make; another may come later", _LATER),
    "503": ("NotAvailable", "the store does not answer; try again later", _LATER),
}


def marked(scope: str) -> dict[str, Any]:
    """For ``openapi_extra`` of a route that calls ``caller_of`` itself instead of depending on ``needs(scope)``."""
    return {"security": [{f"{_MARK}{scope}": []}]}


def describe_keys(app: FastAPI) -> None:
    """Have the app's description say, at every route that needs a key, how to send it and what may come back."""
    plain: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            with_keys(plain())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the shapes


def with_keys(described: dict[str, Any]) -> None:
    """Put the ways to send a key into a description, in place of the marks that ``needs`` leaves."""
    components = described.setdefault("components", {})
    operations = [operation for path in described.get("paths", {}).values() for operation in path.values()]
    for operation in operations:
        marks = [m for security in operation.get("security", ()) for m in security if m.startswith(_MARK)]
        if marks:
            _at(operation, marks[0].removeprefix(_MARK))
    components["securitySchemes"] = SCHEMES
    components["responses"] = components.get("responses", {}) | {
        name: {"description": text, "headers": headers, "content": CONTENT}
        for name, text, headers in _REFUSALS.values()
    }
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()


def _at(operation: dict[str, Any], scope: str) -> None:
    operation["security"] = [{name: []} for name in SCHEMES]
    said = f"Needs a key with the scope `{scope}`." if scope else "Needs a key, whatever its scopes."
    operation["description"] = f"{operation.get('description', '')}\n\n{said}".strip()
    for status, (name, *_) in _REFUSALS.items():
        operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{name}"})

"""Errors as RFC 9457 problem details: one shape, whatever went wrong."""

from collections.abc import Iterable
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from features.errors import LeadError

MEDIA_TYPE = "application/problem+json"
_TITLES = {404: "No such address", 405: "Method not allowed", 413: "Body too large", 422: "The request cannot be used"}


def problem(status: int, detail: str, *, instance: str = "", errors: Iterable[dict[str, str]] = ()) -> Response:
    """A problem response."""
    body = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": instance,
        "errors": list(errors),
    }
    return Response(orjson.dumps(body), status_code=status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of the app in this shape."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(LeadError, _lead)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [_said(e) for e in error.errors()]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return problem(422, f"{first['where']}: {first['what']}{more}", instance=request.url.path, errors=errors)


def _said(error: Any) -> dict[str, str]:
    """One of pydantic's errors in our five parts."""
    spot = [str(step) for step in error["loc"] if step != "body"]
    kind, message = error["type"], error["msg"]
    if kind == "json_invalid":
        return {
            "what": "the body is not valid JSON",
            "where": "body",
            "got": str(error.get("ctx", {}).get("error", "")),
        }
    where = ".".join(spot) or "body"
    if kind == "missing":
        return {"what": "is required", "where": where, "got": "nothing", "do": f"send '{spot[-1]}'" if spot else ""}
    if kind == "extra_forbidden":
        do = "take it out; facts about the lead belong in 'profile'"
        return {"what": "is no known key", "where": where, "got": _short(error.get("input")), "do": do}
    message = message.removeprefix("Value error, ").removeprefix("Input ").replace("should be", "must be")
    message = message.replace("a valid dictionary or object to extract fields from", "a JSON object")
    message = message.replace("a valid dictionary", "a JSON object")
    return {"what": message, "where": where, "got": _short(error.get("input")), "do": ""}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


async def _lead(request: Request, error: Exception) -> Response:
    assert isinstance(error, LeadError)
    return problem(422, error.what, instance=request.url.path, errors=[error.parts()])


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), instance=request.url.path)


async def _unexpected(request: Request, _: Exception) -> Response:
    return problem(500, "an unexpected error; it was logged", instance=request.url.path)

"""Errors as RFC 9457 problem details: one shape, whatever went wrong."""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from features.errors import AgreementError, DataError, LeadError, LeadscoreError
from serving.access import refusals
from serving.answers import BatchError
from serving.imports.listing import NoSuchImport
from serving.leads import errors as leads
from serving.process.moves import IllegalMove
from serving.programs.errors import NoSuchAgreement, NotAdoptable
from serving.programs.programs import NoSuchProgram
from serving.signin import refusals as pages
from serving.store.database import StoreUnavailable
from serving.webhooks import errors as webhooks

log = logging.getLogger("leadscore")
MEDIA_TYPE = "application/problem+json"
CONTENT: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}  # for the description
_PYDANTIC = re.compile(r"^(?:Input|String|List|Dictionary) should ")
_TITLES = {
    401: "A key is needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Not as things stand",
    413: "Body too large",
    422: "The request cannot be used",
    429: "Too many requests",
    503: "Not available now",
}
RETRY_SECONDS = 2
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# The status of each error that is the caller's to see; any other is a fault of ours.
STATUS: dict[type[LeadscoreError], int] = {
    refusals.NotKnown: 401,
    refusals.NotAllowed: 403,
    refusals.NoSuchKey: 404,
    refusals.KeyReused: 422,
    refusals.TooMany: 429,
    webhooks.NoSuchEndpoint: 404,
    webhooks.EndpointConflict: 409,
    webhooks.EndpointError: 422,
    leads.NoSuchLead: 404,
    leads.NoSuchScore: 404,
    NoSuchProgram: 404,
    NoSuchImport: 404,
    IllegalMove: 409,
    AgreementError: 422,
    DataError: 422,
    NoSuchAgreement: 404,
    NotAdoptable: 409,
    StoreUnavailable: 503,
    pages.NotSignedIn: 401,
    pages.NoRight: 403,
    pages.Forged: 403,
    pages.ForeignHost: 403,
    pages.WrongKey: 403,
    pages.NoRole: 403,
    pages.NotVouched: 403,
    pages.TooOften: 429,
    pages.ProviderGone: 503,
}

_BELONGS = "facts belong in 'profile'; a flat row has neither 'profile' nor 'events'"
_SHAPES = "see the shapes at /openapi.json"
_WRAP = 'send one lead as {"lead_id": ...}, or several to /v1/score/batch as {"leads": [...]}'


def problem(
    status: int,
    detail: str,
    *,
    instance: str = "",
    errors: Iterable[dict[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem response."""
    body = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": instance,
        "errors": list(errors),
    }
    return Response(orjson.dumps(body), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Answer every error of the app in this shape."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(LeadError, _lead)
    for kind in STATUS:
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(StoreUnavailable, _unavailable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [said(e, of_lead=request.url.path.startswith("/v1/score")) for e in error.errors()]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return problem(422, f"{first['where']}: {first['what']}{more}", instance=request.url.path, errors=errors)


def said(error: Any, *, of_lead: bool = True) -> dict[str, str]:
    """One of pydantic's errors in our five parts; ``of_lead``: of one that was sent to be scored."""
    spot = [str(step) for step in error["loc"] if step != "body"]
    kind, sent = error["type"], error.get("input")
    if kind == "json_invalid":
        got = f"{error['ctx']['error']} at character {spot[0]}"
        return LeadError("is not valid JSON", where="body", got=got).parts()
    what, got, do = _plain(error["msg"]), _short(sent), ""
    if kind == "missing":
        what, got, do = "is required", "nothing", f"send '{spot[-1]}'" if spot else "send a JSON object"
    elif kind == "extra_forbidden":
        belongs = "details of an event belong in 'properties'" if "events" in spot else _BELONGS
        what, do = "is no known key", f"take it out; {belongs if of_lead else _SHAPES}"
    elif kind in ("model_attributes_type", "model_type", "dict_type"):
        what = "must be a JSON object"
        do = (
            "send the header 'Content-Type: application/json'"
            if isinstance(sent, bytes)
            else _WRAP
            if of_lead
            else _SHAPES
        )
    where = ".".join(spot) or "body"
    return LeadError(what, where=where, got=got, do=do or _do(kind, where)).parts()


def _do(kind: str, where: str) -> str:
    """What to do about a fault that pydantic only names."""
    name = where.rpartition(".")[2]
    if kind == "string_type":
        return f"send '{name}' as text, in quotes"
    if kind in ("too_long", "too_short"):
        return "send several requests" if kind == "too_long" else f"send at least one in '{name}'"
    return _SHAPES


def _plain(message: str) -> str:
    """One of pydantic's messages without its own words."""
    return _PYDANTIC.sub("must ", message.removeprefix("Value error, ")).replace(" after validation", "")


def _short(value: Any) -> str:
    """A value as it was sent, cut to a readable length."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else orjson.dumps(value, default=repr).decode()
    return text if len(text) <= 80 else text[:77] + "..."


async def told(request: Request, error: LeadscoreError) -> Response:
    """The problem that an error is answered as; raises it again where it is a fault of ours."""
    if isinstance(error, LeadError):
        return await _lead(request, error)
    if isinstance(error, StoreUnavailable):
        return await _unavailable(request, error)
    if isinstance(error, tuple(STATUS)):
        return await _known(request, error)
    raise error


def status_of(error: LeadscoreError) -> tuple[int | None, dict[str, str]]:
    """The status that an error is answered with, and its headers; None where it is a fault of ours."""
    found = 422 if isinstance(error, LeadError) else None
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), found)
    return status, _said_in_headers(error)


async def _lead(request: Request, error: Exception) -> Response:
    assert isinstance(error, LeadError)
    faults = error.faults if isinstance(error, BatchError) else [error]
    return problem(422, error.what, instance=request.url.path, errors=[fault.parts() for fault in faults])


async def _unavailable(request: Request, error: Exception) -> Response:
    """The database's own words (hosts, paths) are for the log, not for callers."""
    assert isinstance(error, StoreUnavailable)
    log.warning("%s: %s", error.what, error.got)
    if metrics := getattr(request.state, "metrics", None):
        metrics.store_errors.labels("request").inc()
    error.got = ""
    return await _known(request, error)


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, LeadscoreError)
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return problem(
        status, error.what, instance=request.url.path, errors=[error.parts()], headers=_said_in_headers(error)
    )


def _said_in_headers(error: LeadscoreError) -> dict[str, str]:
    """What a program reads before it looks into the body (RFC 6750 3.1 on keys, RFC 9110 10.2.3 on trying again)."""
    match error:
        case refusals.NotKnown():
            invalid = ', error="invalid_token"' if error.was_sent else ""
            return {"WWW-Authenticate": f'Bearer realm="leadscore"{invalid}'}
        case refusals.NotAllowed():
            lacking = f'Bearer realm="leadscore", error="insufficient_scope", scope="{error.needed}"'
            return {"WWW-Authenticate": lacking}
        case refusals.TooMany() | pages.TooOften():
            return {"Retry-After": str(error.seconds)}
        case StoreUnavailable():
            return {"Retry-After": str(RETRY_SECONDS)}
    return {}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path, allowed = request.url.path, _methods(request) if error.status_code == 405 else ""
    headers = dict(error.headers or {}) | ({"Allow": allowed} if allowed else {})
    do = "the addresses and their methods are in /openapi.json"
    fault = LeadError(str(error.detail), where=path, got=request.method, allowed=allowed, do=do)
    return problem(error.status_code, fault.what, instance=path, errors=[fault.parts()], headers=headers)


def _methods(request: Request) -> str:
    """Every method of an address; the route that refuses knows only its own."""
    scopes = {method: {**request.scope, "method": method} for method in _METHODS}
    routes = request.app.router.routes
    return ", ".join(m for m, scope in scopes.items() if any(r.matches(scope)[0] is Match.FULL for r in routes))


async def _unexpected(request: Request, _: Exception) -> Response:
    return problem(500, "an unexpected error; it was logged", instance=request.url.path)

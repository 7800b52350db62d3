"""HubSpot: properties of contacts (or another object), updated in batches.

By HubSpot's documentation of the CRM API v3, "Update a batch of contacts": at most 100 ``inputs``, each by the record's
own id, or by the value of a unique property that ``idProperty`` names; 200, or 207 where ``errors`` names some records
in ``context.ids``. A batch with a value that is not valid is refused whole with 400.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from serving.crm.config import CrmConfig
from serving.crm.connector import Answer, Outcome, Record, Request, Value
from serving.crm.errors import BatchRefused, RequestRefused, Unauthorized, Unreachable
from serving.crm.line import Response
from serving.crm.session import JSON, Session

_NOT_FOUND, _FOR_NOW = "OBJECT_NOT_FOUND", ("RATE_LIMITS", "CONFLICT", "LOCKED")
_MAPPING = ("PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE")
_MILLISECOND = 1_000


class HubSpot:
    """A HubSpot account."""

    most = 100

    def __init__(self, config: CrmConfig, session: Session) -> None:
        self._config, self._session = config, session
        self._path = f"/crm/{config.api_version}/objects/{config.object}/batch/update"
        self._pause = 0

    @property
    def pause(self) -> int:
        """Until the interval ends of whose requests none is left, by ``X-HubSpot-RateLimit-*``."""
        return self._pause

    def shown(self, records: Sequence[Record]) -> Request:
        """The batch."""
        return Request("POST", self._path, JSON, orjson.dumps({"inputs": [self._input(r) for r in records]}).decode())

    def send(self, records: Sequence[Record]) -> Answer:
        """Update a batch."""
        request = self.shown(records)
        answer = self._session.ask(request.method, request.path, request.headers, request.body.encode())
        self._pause = _pause(answer.headers)
        if answer.status in (200, 201, 207):
            return Answer(self._outcomes(answer, records))
        raise _refusal(answer)

    def check(self) -> Sequence[str]:
        """The properties of the object that can be written."""
        answer = self._session.ask("GET", f"/crm/{self._config.api_version}/properties/{self._config.object}", {})
        if answer.status != 200:
            raise _refusal(answer)
        found = _mapping(answer.json()).get("results")
        properties = [_mapping(each) for each in found] if isinstance(found, list) else []
        return [str(p["name"]) for p in properties if not _mapping(p.get("modificationMetadata")).get("readOnlyValue")]

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _input(self, record: Record) -> dict[str, Any]:
        by = {"idProperty": self._config.find_in} if self._config.find_in else {}
        return {"id": record.key, **by, "properties": {name: _text(v) for name, v in record.values.items()}}

    def _outcomes(self, answer: Response, records: Sequence[Record]) -> Mapping[str, Outcome]:
        told = _mapping(answer.json())
        results, errors = told.get("results"), told.get("errors") or []
        if not isinstance(results, list) or not isinstance(errors, list):
            raise Unreachable("the answer is not as HubSpot documents it", got=f"status {answer.status}")
        failed = {key: _outcome(_mapping(error)) for error in errors for key in _ids(_mapping(error))}
        outcomes = {r.lead_id: failed.get(r.key.casefold(), Outcome("sent")) for r in records}
        sent = sum(outcome.state == "sent" for outcome in outcomes.values())
        if len(results) < sent or len(failed) < len(errors):  # nothing says which
            raise BatchRefused("HubSpot leaves some records out of its answer", got=_said(told), missing=not errors)
        return outcomes


def _pause(headers: Mapping[str, str]) -> int:
    left, interval = (headers.get(f"X-HubSpot-RateLimit-{n}", "") for n in ("Remaining", "Interval-Milliseconds"))
    return int(interval[:7]) * _MILLISECOND if left == "0" and interval.isdigit() else 0


def _text(value: Value) -> str:
    """A value as HubSpot takes it: texts, an empty one for nothing."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _ids(error: Mapping[str, Any]) -> list[str]:
    ids = _mapping(error.get("context")).get("ids")
    return [str(i).casefold() for i in ids] if isinstance(ids, list) else []


def _outcome(error: Mapping[str, Any]) -> Outcome:
    category, message = str(error.get("category", "")), str(error.get("message", ""))
    if category == _NOT_FOUND:
        return Outcome("missing", message)
    return Outcome("retry" if category in _FOR_NOW else "failed", message)


def _refusal(answer: Response) -> Exception:
    """What the refusal of a whole request is about."""
    told = _mapping(answer.json())
    said, text = str(told.get("category", "")), _said(told)
    if answer.status == 403:
        do = "give the private app the scopes that docs/crm.md names"
        return Unauthorized("HubSpot does not allow this", got=text, do=do)
    if answer.status == 404 or any(word in text for word in _MAPPING) or "non-unique" in text:
        do = "leadscore crm check FILE says which properties there are"
        return RequestRefused("HubSpot does not know what is written, or by what", got=text, do=do)
    return BatchRefused("HubSpot refuses it", got=text or said or f"status {answer.status}")


def _said(told: Mapping[str, Any]) -> str:
    return str(told.get("message", ""))[:500]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

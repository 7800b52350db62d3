"""Salesforce: leads (or another object) upserted by an external id, with sObject Collections.

By Salesforce's REST API developer guide, "Upsert Records Using sObject Collections" (since version 46): at most 200
``records`` of one type, the results in the order of the records. Who has no record there yet would be made one; a lead
cannot be, as it needs a last name and a company, and counts as not found.
"""

import re
from collections.abc import Sequence
from typing import Any

import orjson

from features.moments import SECOND
from serving.crm.config import CrmConfig
from serving.crm.connector import Answer, Outcome, Record, Request
from serving.crm.errors import RequestRefused, Throttled, Unauthorized, Unreachable
from serving.crm.line import Response
from serving.crm.session import JSON, Session

_MISSING = ("REQUIRED_FIELD_MISSING", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY")
_FOR_NOW = (
    "UNABLE_TO_LOCK_ROW",
    "SERVER_UNAVAILABLE",
    "REQUEST_RUNNING_TOO_LONG",
    "QUERY_TIMEOUT",
    "UNKNOWN_EXCEPTION",
)
_LIMIT = "REQUEST_LIMIT_EXCEEDED"
_USAGE = re.compile(r"api-usage=(\d{1,12})/(\d{1,12})")
_A_WHILE = 15 * 60 * SECOND  # the limit is of the last 24 hours, so that some of it comes back all the time


class Salesforce:
    """A Salesforce org."""

    most = 200

    def __init__(self, config: CrmConfig, session: Session) -> None:
        self._config, self._session = config, session
        self._base = f"/services/data/{config.api_version}"
        self._pause = 0

    @property
    def pause(self) -> int:
        """A while, where ``Sforce-Limit-Info`` says that all requests of the last 24 hours are used."""
        return self._pause

    def shown(self, records: Sequence[Record]) -> Request:
        """The collection."""
        path = f"{self._base}/composite/sobjects/{self._config.object}/{self._config.find_in}"
        body = {"allOrNone": False, "records": [self._record(record) for record in records]}
        return Request("PATCH", path, JSON, orjson.dumps(body).decode())

    def send(self, records: Sequence[Record]) -> Answer:
        """Upsert a collection."""
        request = self.shown(records)
        answer = self._session.ask(request.method, request.path, request.headers, request.body.encode())
        used = _USAGE.search(answer.headers.get("Sforce-Limit-Info", ""))
        self._pause = _A_WHILE if used and int(used[1]) >= int(used[2]) else 0
        if answer.status != 200:
            raise _refusal(answer)
        results = answer.json()
        if not isinstance(results, list) or len(results) != len(records):
            raise Unreachable("the answer is not as Salesforce documents it", got="status 200")
        return Answer({r.lead_id: _outcome(result) for r, result in zip(records, results, strict=True)})

    def check(self) -> Sequence[str]:
        """The fields of the object that can be written."""
        answer = self._session.ask("GET", f"{self._base}/sobjects/{self._config.object}/describe", {})
        told = answer.json()
        if answer.status != 200 or not isinstance(told, dict):
            raise _refusal(answer)
        fields = told.get("fields", [])
        self._refuse_no_external_id([f["name"] for f in fields if f.get("externalId") or f.get("idLookup")])
        return [str(field["name"]) for field in fields if field.get("updateable")]

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _record(self, record: Record) -> dict[str, Any]:
        kind = {"attributes": {"type": self._config.object}, self._config.find_in or "": record.key}
        return {**kind, **record.values}

    def _refuse_no_external_id(self, names: Sequence[str]) -> None:
        if self._config.find_in not in names:
            what = f"'{self._config.find_in}' is no external id of {self._config.object}"
            do = "tick 'External ID' and 'Unique' in the field's definition"
            raise RequestRefused(what, where="find_in", allowed=", ".join(names) or "none yet", do=do)


def _outcome(result: Any) -> Outcome:
    if not isinstance(result, dict):
        raise Unreachable("the answer is not as Salesforce documents it", got="status 200")
    if result.get("success") is True:
        return Outcome("sent")
    errors = [e for e in result.get("errors") or [] if isinstance(e, dict)]
    codes = {str(e.get("statusCode", "")) for e in errors}
    text = "; ".join(f"{e.get('statusCode', '')}: {e.get('message', '')}" for e in errors)[:500]
    if codes & set(_MISSING):
        return Outcome("missing", text)
    return Outcome("retry" if codes & set(_FOR_NOW) else "failed", text)


def _refusal(answer: Response) -> Exception:
    """What the refusal of a whole request is about."""
    told = answer.json()
    errors = [e for e in told if isinstance(e, dict)] if isinstance(told, list) else []
    codes = [str(e.get("errorCode", "")) for e in errors]
    text = "; ".join(f"{e.get('errorCode', '')}: {e.get('message', '')}" for e in errors)[:500]
    if _LIMIT in codes:
        return Throttled("Salesforce's requests of 24 hours are used up", got=text, asked=_A_WHILE)
    if answer.status == 403:
        do = "give the app's user the permissions that docs/crm.md names"
        return Unauthorized("Salesforce does not allow this", got=text, do=do)
    do = "leadscore crm check FILE says which fields there are"
    return RequestRefused("Salesforce refuses the request", got=text or f"status {answer.status}", do=do)

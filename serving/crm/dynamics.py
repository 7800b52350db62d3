"""Dynamics 365 Sales: the rows of ``msdyn_predictivescores``, or columns of the leads themselves, in batches.

By Microsoft's documentation, "Populate predictive scores using custom scoring model": a score belongs to a record by
``msdyn_entityid`` and ``msdyn_entitytype``, the alternate key by which it is patched, and made where there is none.
``msdyn_score`` is a whole number; ``msdyn_grade`` is 0 to 3 for A to D; ``msdyn_scoretrend`` is 0 improving, 1 steady,
2 declining, 3 not enough info. "Execute batch operations using the Web API": up to 1,000 requests in one, each alone
with ``odata.continue-on-error``. "Service protection API limits": 429 with ``Retry-After``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import orjson

from features.moments import now
from serving.crm.config import SCORES, CrmConfig
from serving.crm.connector import Answer, Outcome, Record, Request, Value
from serving.crm.errors import CrmError, RequestRefused, Throttled, Unauthorized, Unreachable
from serving.crm.line import Response
from serving.crm.multipart import Part, read, written
from serving.crm.session import Session
from serving.webhooks.schedule import asked_wait

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ODATA = {"OData-MaxVersion": "4.0", "OData-Version": "4.0"}
_TRENDS = {"improving": 0, "steady": 1, "declining": 2}
_NOT_ENOUGH = 3
_GRADES = {"A": 0, "B": 1, "C": 2, "D": 3}
_NO_ID = Outcome("failed", "the lead's id in Dynamics 365 is no GUID")


def _whole_percent(value: Value) -> Value:
    return None if not isinstance(value, int | float) else min(max(round(value), 0), 100)


_OPTIONS: Mapping[str, Callable[[Value], Value]] = {
    "msdyn_score": _whole_percent,
    "msdyn_grade": lambda value: _GRADES.get(str(value)),
    "msdyn_scoretrend": lambda value: _TRENDS.get(str(value), _NOT_ENOUGH),
    "msdyn_scoredon": lambda value: str(value)[:10] if value else None,
}


class Dynamics:
    """An environment of Dynamics 365."""

    most = 100
    pause = 0

    def __init__(self, config: CrmConfig, session: Session, boundary: Callable[[], str] = lambda: uuid4().hex) -> None:
        self._config, self._session, self._boundary = config, session, boundary
        self._base = f"/api/data/{config.api_version}"

    def shown(self, records: Sequence[Record]) -> Request:
        """The batch."""
        boundary = f"batch_{self._boundary()}"
        kind = {"Content-Type": f'multipart/mixed; boundary="{boundary}"', "Prefer": "odata.continue-on-error"}
        body = written(boundary, [self._patch(record) for record in records])
        return Request("POST", f"{self._base}/$batch", {**_ODATA, **kind}, body)

    def send(self, records: Sequence[Record]) -> Answer:
        """Patch each record in one batch; a part that asks to wait ends it, and the others before it count."""
        good = [record for record in records if _GUID.fullmatch(record.key)]
        bad = {record.lead_id: _NO_ID for record in records if not _GUID.fullmatch(record.key)}
        if not good:
            return Answer(bad)
        request = self.shown(good)
        answer = self._session.ask(request.method, request.path, request.headers, request.body.encode())
        if answer.status != 200:
            raise _refusal(answer.status, answer.json())
        parts = read(answer.headers.get("Content-Type", ""), answer.body)
        if len(parts) > len(good):
            raise Unreachable("the answer is not as Microsoft documents it", got=f"{len(parts)} parts")
        some_may = any(part.status < 300 for part in parts)  # then who may not be written is that record's own matter
        told = {r.lead_id: _outcome(part, some_may) for r, part in zip(good, parts, strict=False)}
        outcomes = {lead_id: outcome for lead_id, outcome in told.items() if isinstance(outcome, Outcome)}
        fault = next((each for each in told.values() if isinstance(each, CrmError)), None)
        if fault is None and len(parts) < len(good):
            fault = Unreachable("parts are missing in the answer", got=f"{len(parts)} of {len(good)}")
        return Answer({**bad, **outcomes}, fault)

    def check(self) -> Sequence[str]:
        """The mapped columns, once the table was read with them."""
        columns = sorted(self._config.fields.values())
        path = f"{self._base}/{self._config.object}?$select={','.join(columns)}&$top=1"
        answer: Response = self._session.ask("GET", path, _ODATA)
        if answer.status != 200:
            raise _refusal(answer.status, answer.json())
        return columns

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _patch(self, record: Record) -> tuple[str, Mapping[str, str], str]:
        kind = {"Content-Type": "application/json; type=entry"}
        values = {name: _OPTIONS.get(name, _as_it_is)(value) for name, value in record.values.items()}
        if self._config.object == SCORES:
            key = f"msdyn_entityid='{record.key}',msdyn_entitytype='lead'"
        else:
            key, kind["If-Match"] = record.key, "*"  # or a lead would be made
        path = f"{self._base}/{self._config.object}({key})"
        return f"PATCH {path} HTTP/1.1", kind, orjson.dumps(values).decode()


def _as_it_is(value: Value) -> Value:
    return value


def _outcome(part: Part, some_may: bool) -> Outcome | CrmError:
    if part.status in (200, 201, 204):
        return Outcome("sent")
    said = _said(part.json()) or f"status {part.status}"
    if part.status == 429:
        asked = asked_wait(part.headers.get("Retry-After", ""), now())
        return Throttled("Dynamics 365 asks to wait", got=said, asked=asked)
    if part.status in (404, 412):
        return Outcome("missing", said)
    if part.status == 401 or (part.status == 403 and not some_may):
        return _refusal(part.status, part.json())
    return Outcome("retry" if part.status >= 500 or part.status in (408, 409) else "failed", said)


def _refusal(status: int, told: Any) -> CrmError:
    said = _said(told) or f"status {status}"
    if status in (401, 403):
        do = "give the application user the security role that docs/crm.md names"
        return Unauthorized("Dynamics 365 does not allow this", got=said, do=do)
    do = "leadscore crm check FILE says what is not there"
    return RequestRefused("Dynamics 365 refuses the request", got=said, do=do)


def _said(told: Any) -> str:
    error = told.get("error") if isinstance(told, dict) else None
    return str(error.get("message", ""))[:500] if isinstance(error, dict) else ""

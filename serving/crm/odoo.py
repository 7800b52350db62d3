"""Odoo 19: custom fields of its leads, by the External JSON-2 API; never ``probability``.

By Odoo's documentation, "External JSON-2 API" (since 19.0): ``POST /json/2/MODEL/METHOD`` with the API key as bearer,
the database in ``X-Odoo-Database``, the record ids in ``ids`` and the method's parameters by name; the answer is what
the method returns, an error has ``name`` and ``message`` and a status of HTTP. ``write`` gives all its records the same
values, so that each lead is a request of its own; their ids are looked up together.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from features.moments import datetime_of, moment
from serving.crm.config import CrmConfig
from serving.crm.connector import Answer, Outcome, Record, Request, State, Value
from serving.crm.errors import CrmError, RequestRefused, Unauthorized, Unreachable
from serving.crm.fields import MOMENTS
from serving.crm.line import Response
from serving.crm.session import JSON, Session

_OF_RECORD: Mapping[int, State] = {409: "retry", 422: "failed", 500: "retry"}
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_NO_ID = Outcome("failed", "the lead's id in Odoo is no whole number")
_NOT_THERE = Outcome("missing", "no record of Odoo's has this")
_SEVERAL = Outcome("failed", "several records of Odoo's have this; it cannot be said which one is meant")


class Odoo:
    """A database of Odoo."""

    most = 50
    pause = 0

    def __init__(self, config: CrmConfig, session: Session) -> None:
        self._config, self._session = config, session
        self._moments = {name for field, name in config.fields.items() if field in MOMENTS}

    def shown(self, records: Sequence[Record]) -> Request:
        """What is written of the first record; where Odoo's id of it is looked up first, 1 stands for it."""
        known = not self._config.find_in and _NUMBER.fullmatch(records[0].key)
        return self._writing(records[0], int(records[0].key) if known else 1)

    def send(self, records: Sequence[Record]) -> Answer:
        """Write each record; those that were written before a fault count."""
        outcomes: dict[str, Outcome] = {}
        try:
            for record, number in zip(records, self._numbers(records), strict=True):
                outcomes[record.lead_id] = self._write(record, number) if isinstance(number, int) else number
        except CrmError as fault:
            return Answer(outcomes, fault)
        return Answer(outcomes)

    def check(self) -> Sequence[str]:
        """The fields that can be written."""
        told = self._called("fields_get", {"attributes": ["type", "readonly"]})
        if not isinstance(told, dict):
            raise _undocumented("fields_get")
        return [str(name) for name, about in told.items() if isinstance(about, dict) and not about.get("readonly")]

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _numbers(self, records: Sequence[Record]) -> list[int | Outcome]:
        """Each record's id in Odoo, or what is wrong with it."""
        named = self._config.find_in
        if not named:
            return [int(r.key) if _NUMBER.fullmatch(r.key) else _NO_ID for r in records]
        asked = {"domain": [[named, "in", [record.key for record in records]]], "fields": [named]}
        rows = self._called("search_read", asked)
        if not isinstance(rows, list):
            raise _undocumented("search_read")
        found: dict[str, list[int]] = {}
        for row in rows:
            found.setdefault(str(row[named]).casefold(), []).append(int(row["id"]))
        return [_only(found.get(record.key.casefold(), [])) for record in records]

    def _write(self, record: Record, number: int) -> Outcome:
        answer = self._ask(self._writing(record, number))
        if answer.status == 200:
            return Outcome("sent")
        name, said = _error(answer)
        if answer.status == 404 and name.endswith("MissingError"):
            return Outcome("missing", said)
        if answer.status in _OF_RECORD and "Invalid field" not in said:
            return Outcome(_OF_RECORD[answer.status], said)
        raise _refusal(answer.status, said)

    def _writing(self, record: Record, number: int) -> Request:
        values = {name: self._value(name, value) for name, value in record.values.items()}
        return self._request("write", {"ids": [number], "vals": values})

    def _value(self, name: str, value: Value) -> Value:
        """Odoo has False for nothing, and moments in UTC without saying so."""
        if value is None:
            return False
        return f"{datetime_of(moment(str(value))):%Y-%m-%d %H:%M:%S}" if name in self._moments else value

    def _called(self, method: str, arguments: Mapping[str, Any]) -> Any:
        answer = self._ask(self._request(method, arguments))
        if answer.status != 200:
            raise _refusal(answer.status, _error(answer)[1])
        return answer.json()

    def _ask(self, request: Request) -> Response:
        return self._session.ask(request.method, request.path, request.headers, request.body.encode(), own=500)

    def _request(self, method: str, arguments: Mapping[str, Any]) -> Request:
        database = {"X-Odoo-Database": self._config.database} if self._config.database else {}
        path = f"/json/2/{self._config.object}/{method}"
        return Request("POST", path, {**JSON, **database}, orjson.dumps(arguments).decode())


def _only(numbers: Sequence[int]) -> int | Outcome:
    if not numbers:
        return _NOT_THERE
    return numbers[0] if len(numbers) == 1 else _SEVERAL


def _error(answer: Response) -> tuple[str, str]:
    """The name and the message of an error."""
    told = answer.json()
    if not isinstance(told, dict):
        raise _undocumented(f"status {answer.status}")
    return str(told.get("name", "")), str(told.get("message", ""))[:500]


def _undocumented(got: str) -> Unreachable:
    return Unreachable("the answer is not as Odoo documents it", got=got)


def _refusal(status: int, said: str) -> CrmError:
    if status == 403:
        do = "give the user of the API key the right to write leads"
        return Unauthorized("Odoo does not allow this", got=said, do=do)
    do = "leadscore crm check FILE says which fields there are"
    return RequestRefused("Odoo refuses the request", got=said or f"status {status}", do=do)

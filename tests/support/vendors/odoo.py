"""Odoo's External JSON-2 API, as its documentation of version 19 has it."""

from typing import Any

from vendors.server import Asked, Reply, Vendor, must

KEY = "odoo-api-key"
FIELDS = tuple(f"x_leadscore_{name}" for name in ("score", "grade", "stage", "points_to_next", "summary", "scored_at"))


class Odoo(Vendor):
    """Leads by their normalized e-mail address; ``refuses``: those whose values it does not take."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: set[str] = set()
        self.busy: list[str] = []

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"bearer {KEY}":
            return self._error(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey")
        must(asked.headers.get("x-odoo-database") == "acme", "the database is named")
        must(asked.headers.get("content-type") == "application/json", "no JSON")
        must(asked.method == "POST" and asked.path.startswith("/json/2/crm.lead/"), "POST /json/2/crm.lead/METHOD")
        body = asked.json()
        must(isinstance(body, dict), "the body is an object")
        match asked.path.removeprefix("/json/2/crm.lead/"):
            case "fields_get":
                must(set(body) == {"attributes"}, "attributes")
                return Reply(200, {name: {"type": "char", "readonly": False} for name in FIELDS})
            case "search_read":
                return self._found(body)
            case "write":
                return self._written(body)
        return self._error(404, "werkzeug.exceptions.NotFound", "no such method")

    def _found(self, body: dict[str, Any]) -> Reply:
        must(set(body) == {"domain", "fields"}, "domain and fields")
        ((name, operator, values),) = body["domain"]
        must((name, operator) == ("email_normalized", "in"), "one condition")
        must(body["fields"] == ["email_normalized"], "the fields that are read")
        keys = list(self.records)
        rows = [{"id": keys.index(v) + 1, "email_normalized": v} for v in values if v in self.records]
        return Reply(200, rows)

    def _written(self, body: dict[str, Any]) -> Reply:
        must(set(body) == {"ids", "vals"} and len(body["ids"]) == 1, "ids and vals")
        must(type(body["ids"][0]) is int, "an id is a whole number")
        must("probability" not in body["vals"], "never probability")
        unknown = set(body["vals"]) - set(FIELDS)
        if unknown:
            return self._error(500, "builtins.ValueError", f"Invalid field '{min(unknown)}' in 'crm.lead'")
        keys = list(self.records)
        if body["ids"][0] > len(keys):
            return self._error(404, "odoo.exceptions.MissingError", "Record does not exist or has been deleted.")
        key = keys[body["ids"][0] - 1]
        if key in self.busy:
            self.busy.remove(key)
            return self._error(409, "odoo.exceptions.ConcurrencyError", "could not serialize access")
        if key in self.refuses:
            return self._error(422, "odoo.exceptions.ValidationError", "the value is not allowed")
        self.write(key, body["vals"])
        return Reply(200, True)

    def _error(self, status: int, name: str, message: str) -> Reply:
        return Reply(status, {"name": name, "message": message, "arguments": [message], "context": {}, "debug": ""})

"""HubSpot's batch update of contacts, as its documentation of the CRM API v3 has it."""

from typing import Any

from vendors.server import Asked, Reply, Vendor, must

TOKEN = "pat-na1-not-a-secret"
NAMES = ("score", "grade", "stage", "stage_next", "points_to_next", "trend", "summary", "scored_at")
PROPERTIES = tuple(f"leadscore_{name}" for name in NAMES)
LIMITS = {"X-HubSpot-RateLimit-Remaining": "99", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
NOT_FOUND = "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid."


class HubSpot(Vendor):
    """Contacts by their e-mail address; ``refuses``: values that it does not take, by address."""

    def __init__(self, *, unique: str | None = "email", properties: tuple[str, ...] = PROPERTIES) -> None:
        super().__init__()
        self.unique, self.properties = unique, properties
        self.refuses: set[str] = set()
        self.most = 100
        self.token = TOKEN
        self.limits = dict(LIMITS)

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            told = "Authentication credentials not found. This API supports OAuth 2.0 authentication"
            return self._error(401, "INVALID_AUTHENTICATION", told)
        if asked.method == "GET":
            must(asked.path == "/crm/v3/properties/contacts", "no such path")
            return Reply(200, {"results": [self._property(name) for name in self.properties]}, self.limits)
        must(asked.method == "POST", "only POST")
        must(asked.path == "/crm/v3/objects/contacts/batch/update", "no such path")
        must(asked.headers.get("content-type") == "application/json", "no JSON")
        return self._update(asked.json())

    def _update(self, body: Any) -> Reply:
        must(set(body) == {"inputs"} and isinstance(body["inputs"], list), "the body is {inputs: [...]}")
        inputs = body["inputs"]
        must(0 < len(inputs) <= 100, "1 to 100 inputs")
        for each in inputs:
            self._check(each)
        keys = [each["id"].casefold() for each in inputs]
        must(len(set(keys)) == len(keys), "no id twice")
        if len(inputs) > self.most:
            return Reply(413, b"<html>413 Request Entity Too Large</html>", {"Content-Type": "text/html"})
        unknown = {name for each in inputs for name in each["properties"]} - set(self.properties)
        if unknown:
            return self._error(
                400, "VALIDATION_ERROR", f'Property "{min(unknown)}" does not exist', "PROPERTY_DOESNT_EXIST"
            )
        bad = [key for key in keys if key in self.refuses]
        if bad:
            message = f'Property values were not valid: [{{"isValid":false,"message":"{bad[0]} is not allowed"}}]'
            return self._error(400, "VALIDATION_ERROR", message)
        return self._updated(inputs)

    def _check(self, each: Any) -> None:
        must(
            set(each) == {"id", "properties"} | ({"idProperty"} if self.unique else set()), "id, idProperty, properties"
        )
        must(each.get("idProperty") == self.unique, f"idProperty is {self.unique}")
        must(isinstance(each["id"], str) and each["id"], "id is a text")
        must(self.unique or each["id"].isdigit(), "the id of a record is a number")
        must(all(isinstance(value, str) for value in each["properties"].values()), "properties are texts")

    def _updated(self, inputs: list[Any]) -> Reply:
        found = [each for each in inputs if each["id"].casefold() in self.records]
        missing = [each["id"] for each in inputs if each["id"].casefold() not in self.records]
        for each in found:
            self.write(each["id"].casefold(), each["properties"])
        results = [{"id": f"{i}", "properties": each["properties"], "archived": False} for i, each in enumerate(found)]
        told: dict[str, Any] = {"status": "COMPLETE", "results": results}
        if not missing:
            return Reply(200, told, self.limits)
        context = {"ids": missing}
        errors = [{"status": "error", "category": "OBJECT_NOT_FOUND", "message": NOT_FOUND, "context": context}]
        return Reply(207, told | {"numErrors": len(errors), "errors": errors}, self.limits)

    def _error(self, status: int, category: str, message: str, code: str = "") -> Reply:
        told = {"status": "error", "category": category, "message": f"{message} {code}".strip(), "correlationId": "c-1"}
        return Reply(status, told, self.limits)

    def _property(self, name: str) -> dict[str, Any]:
        return {"name": name, "type": "string", "modificationMetadata": {"readOnlyValue": False}}

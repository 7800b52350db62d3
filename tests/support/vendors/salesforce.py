"""Salesforce's upsert of sObject Collections, and the tokens that it gives an app, by its REST API developer guide."""

from typing import Any
from urllib.parse import parse_qs

from vendors.server import Asked, Reply, Vendor, must

FIELDS = tuple(
    f"Leadscore_{name}__c" for name in ("score", "grade", "stage", "stage_next", "points_to_next", "summary")
)
EXTERNAL = "Leadscore_Id__c"


class Salesforce(Vendor):
    """Leads by an external id; ``errors``: what a record is answered, by its id."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str] = []
        self.errors: dict[str, str] = {}
        self.usage = "api-usage=18/15000"

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/services/oauth2/token":
            return self._token(asked)
        if not self.tokens or asked.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return Reply(401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])
        if asked.method == "GET":
            must(asked.path == "/services/data/v62.0/sobjects/Lead/describe", "no such path")
            fields = [{"name": name, "updateable": True} for name in FIELDS]
            return Reply(200, {"fields": [*fields, {"name": EXTERNAL, "externalId": True, "updateable": True}]})
        must(asked.method == "PATCH", "only PATCH")
        must(asked.path == f"/services/data/v62.0/composite/sobjects/Lead/{EXTERNAL}", "no such path")
        must(asked.headers.get("content-type") == "application/json", "no JSON")
        return self._upsert(asked.json())

    def _token(self, asked: Asked) -> Reply:
        must(asked.method == "POST", "a token is asked for by POST")
        must(asked.headers.get("content-type") == "application/x-www-form-urlencoded", "a token is asked for by a form")
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        must(set(form) == {"grant_type", "client_id", "client_secret"}, "three fields")
        must(form["grant_type"] == "client_credentials", "client credentials")
        if form["client_secret"] != "app-secret":
            return Reply(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        self.tokens.append(f"00D-token-{len(self.tokens)}")
        return Reply(200, {"access_token": self.tokens[-1], "instance_url": self.url, "token_type": "Bearer"})

    def _upsert(self, body: Any) -> Reply:
        must(set(body) == {"allOrNone", "records"} and body["allOrNone"] is False, "{allOrNone: false, records: [...]}")
        must(0 < len(body["records"]) <= 200, "1 to 200 records")
        for record in body["records"]:
            must(record["attributes"] == {"type": "Lead"}, "attributes name the type")
            must(isinstance(record[EXTERNAL], str) and record[EXTERNAL], "the external id is in the record")
            must("Id" not in record and "id" not in record, "no record id")
        told = [self._result(record) for record in body["records"]]
        return Reply(200, told, {"Sforce-Limit-Info": self.usage})

    def _result(self, record: dict[str, Any]) -> dict[str, Any]:
        key = record[EXTERNAL]
        values = {name: value for name, value in record.items() if name not in ("attributes", EXTERNAL)}
        if key in self.errors:
            return self._failed(self.errors[key], f"{key}: it cannot be")
        unknown = set(values) - set(FIELDS)
        if unknown:
            return self._failed("INVALID_FIELD", f"No such column '{min(unknown)}'")
        if key not in self.records:
            return self._failed("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName, Company]")
        self.write(key, values)
        return {"id": f"00Q{key}", "success": True, "errors": [], "created": False}

    def _failed(self, code: str, message: str) -> dict[str, Any]:
        return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": []}]}

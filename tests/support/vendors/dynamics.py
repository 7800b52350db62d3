"""Dataverse: batches of patches to ``msdyn_predictivescores`` or leads, and Microsoft's tokens, as documented."""

import json
import re
from typing import Any
from urllib.parse import parse_qs

from vendors.server import Asked, Reply, Vendor, must

GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SCORE = re.compile(rf"/api/data/v9\.2/msdyn_predictivescores\(msdyn_entityid='({GUID})',msdyn_entitytype='lead'\)")
LEAD = re.compile(rf"/api/data/v9\.2/leads\(({GUID})\)")
BOUNDARY = re.compile(r'multipart/mixed; boundary="(batch_[0-9a-f-]+)"')
PART = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"


class Dynamics(Vendor):
    """Scores, made where there are none, and leads, which are not; ``part_faults``: by the key of a record."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str] = []
        self.part_faults: dict[str, list[tuple[int, dict[str, str]]]] = {}

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/contoso-tenant/oauth2/v2.0/token":
            return self._token(asked)
        if not self.tokens or asked.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return Reply(401)
        must(asked.headers.get("odata-version") == "4.0" == asked.headers.get("odata-maxversion"), "OData 4.0")
        if asked.method == "GET":
            must(
                re.fullmatch(
                    r"/api/data/v9\.2/(msdyn_predictivescores|leads)\?\$select=[a-z_,0-9]+&\$top=1", asked.path
                ),
                "path",
            )
            return Reply(200, {"value": []})
        must(asked.method == "POST" and asked.path == "/api/data/v9.2/$batch", "POST $batch")
        must(asked.headers.get("prefer") == "odata.continue-on-error", "Prefer")
        return self._batch(asked)

    def _token(self, asked: Asked) -> Reply:
        must(asked.method == "POST", "POST")
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        must(form.pop("scope") == f"{self.url}/.default", "the scope is the environment")
        must(form.pop("grant_type") == "client_credentials", "client credentials")
        must(set(form) == {"client_id", "client_secret"}, "the app")
        if form["client_secret"] != "app-secret":
            return Reply(401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."})
        self.tokens.append(f"eyJ-token-{len(self.tokens)}")
        return Reply(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": self.tokens[-1]})

    def _batch(self, asked: Asked) -> Reply:
        named = BOUNDARY.fullmatch(asked.headers["content-type"])
        must(named, "multipart/mixed with a boundary")
        assert named is not None
        text, line = asked.body.decode(), f"--{named[1]}"
        must("\n" not in text.replace("\r\n", ""), "lines end with CRLF")
        must(text.startswith(f"{line}\r\n") and text.endswith(f"{line}--\r\n"), "the boundary begins and ends it")
        parts = text[: -len(f"{line}--\r\n")].split(f"{line}\r\n")[1:]
        must(0 < len(parts) <= 1_000, "1 to 1,000 requests")
        told = []
        for part in parts:
            must(part.startswith(PART), "a part is application/http, binary")
            told.append(self._part(part.removeprefix(PART)))
            if told[-1].startswith("HTTP/1.1 429"):
                break
        return self._told(told)

    def _told(self, told: list[str]) -> Reply:
        kind = {"Content-Type": "multipart/mixed; boundary=batchresponse_01346794"}
        parts = [f"--batchresponse_01346794\r\n{PART}{each}\r\n" for each in told]
        return Reply(200, "".join([*parts, "--batchresponse_01346794--\r\n"]).encode(), kind)

    def _part(self, part: str) -> str:
        head, _, body = part.partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        method, path, version = first.split(" ")
        must((method, version) == ("PATCH", "HTTP/1.1"), "PATCH")
        headers = dict(line.split(": ") for line in lines)
        must(headers.pop("Content-Type") == "application/json; type=entry", "JSON")
        score, lead = SCORE.fullmatch(path), LEAD.fullmatch(path)
        must(score or lead, f"no such path: {path}")
        must(headers == ({} if score else {"If-Match": "*"}), "a lead is never made")
        key = (score or lead)[1]  # type: ignore[index]
        return self._patched(key, json.loads(body), is_score=bool(score))

    def _patched(self, key: str, values: dict[str, Any], *, is_score: bool) -> str:
        if is_score:
            self._check(values)
        if faults := self.part_faults.get(key):
            status, headers = faults.pop(0)
            return self._error(status, headers)
        if not is_score and key not in self.records:
            return self._error(404, {})
        self.records.setdefault(key, {})
        self.write(key, values)
        return "HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n"

    def _check(self, values: dict[str, Any]) -> None:
        must(set(values) <= {"msdyn_score", "msdyn_grade", "msdyn_scoretrend"}, "columns of the table")
        score = values["msdyn_score"]
        must(type(score) is int and 0 <= score <= 100, "msdyn_score is 0 to 100")
        must(values["msdyn_grade"] in (0, 1, 2, 3, None), "msdyn_grade is 0 to 3")
        must(values["msdyn_scoretrend"] in (0, 1, 2, 3), "msdyn_scoretrend is 0 to 3")

    def _error(self, status: int, headers: dict[str, str]) -> str:
        body = json.dumps({"error": {"code": "0x80060888", "message": f"it is {status}"}})
        named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\n{named}\r\n{body}"

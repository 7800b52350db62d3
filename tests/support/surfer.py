"""A browser for tests: keeps cookies, sends no key, sends forms as they stand on the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from bs4 import BeautifulSoup
from client import BASE
from fastapi.testclient import TestClient
from httpx2 import Response


@dataclass
class Surfer:
    """Somebody with a browser; ``service``: a client of the service, whose key is not sent."""

    service: TestClient
    base: str = BASE
    web: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.web = TestClient(self.service.app, self.base, raise_server_exceptions=False, follow_redirects=False)
        self.web.headers["Accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"

    def get(self, path: str, **headers: str) -> Response:
        return self.web.get(path, headers=_named(headers))

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Response:
        return self.web.post(path, data=dict(fields), headers=_named(headers))

    def fields(self, path: str, action: str = "") -> dict[str, str]:
        """The hidden fields of a form on a page, by where it is sent."""
        page = BeautifulSoup(self.get(path).text, "html.parser")
        form = page.find("form", action=re.compile(f"^{re.escape(action or path)}"))
        assert form is not None, page
        return {str(i["name"]): str(i.get("value", "")) for i in form.find_all("input", type="hidden")}

    def sign_in(self, key: str, wanted: str = "/account") -> Response:
        fields = self.fields("/signin")
        return self.post("/signin", fields | {"key": key, "next": wanted})

    def held(self) -> dict[str, str]:
        """The cookies."""
        return {cookie.name: cookie.value or "" for cookie in self.web.cookies.jar}


def key_for(service: TestClient, *scopes: str, name: str = "Kim", **more: str) -> dict[str, str]:
    """A key, as the API made it."""
    made = service.post("/v1/keys", json={"name": name, "scopes": list(scopes), **more})
    assert made.status_code == 201, made.text
    told: dict[str, str] = made.json()
    return told


def identified(service: TestClient, lead_id: str, **traits: str | float) -> str:
    """A lead, stored."""
    made = service.post("/v1/identify", json={"userId": lead_id, "traits": {"email": "kim@acme.example", **traits}})
    assert made.status_code == 200, made.text
    return lead_id


def link_to(service: TestClient, lead_id: str, key: str = "", **more: str | int) -> str:
    """The path and query of a link to a lead's card, as the API made it."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    made = service.get(f"/v1/leads/{quote(lead_id, safe='')}/link", params=more, headers=headers)
    assert made.status_code == 200, made.text
    url: str = made.json()["url"]
    return url.removeprefix(BASE)


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}

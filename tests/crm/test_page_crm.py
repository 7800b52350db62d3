"""docs/crm.md: each file on the page holds together, and sends the request that is shown."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from crmdesk import SECRETS, CrmDesk
from vendors.dynamics import Dynamics
from vendors.hubspot import TOKEN, HubSpot
from vendors.odoo import KEY, Odoo
from vendors.salesforce import Salesforce
from vendors.server import Asked, Vendor

from serving.crm.config import USUAL
from serving.crm.fields import FIELDS

Begin = Callable[..., CrmDesk]
PAGE = (Path(__file__).parents[2] / "docs" / "crm.md").read_text("utf-8")
GUID = "00aa00aa-bb11-cc22-dd33-44ee44ee44ee"
KINDS: dict[str, tuple[type[Vendor], str]] = {
    "hubspot": (HubSpot, TOKEN),
    "salesforce": (Salesforce, "app-secret"),
    "dynamics": (Dynamics, "app-secret"),
    "odoo": (Odoo, KEY),
}
RECORDS = {"hubspot": "kim@acme.example", "odoo": "kim@acme.example", "salesforce": "kim", "dynamics": GUID}


def shown(kind: str) -> tuple[str, str, dict[str, str], str]:
    """The file and the request of a connector: the file, the first line, the headers, the body."""
    blocks = re.findall(r"```yaml\n(.*?)```\n\n```http\n(.*?)\n(.*?)\n\n(.*?)```", PAGE, re.S)
    ((file, first, headers, body),) = [block for block in blocks if f"connector: {kind}\n" in block[0]]
    return file, first, dict(line.split(": ", 1) for line in headers.splitlines()), body


def as_sent(file: str, kind: str, vendor: Vendor, folder: Path) -> str:
    """The file for a CRM on loopback, with a secret of the test."""
    secret = f"{{file: {folder / 'secret'}}}"
    for name in SECRETS[kind]:
        file = re.sub(rf"{name}: {{.*}}", f"{name}: {secret}", file)
    file = re.sub(r"address: .*", f"address: {vendor.url}", file)
    return f"{file}login: {vendor.url}\n".replace("contoso.onmicrosoft.com", "contoso-tenant")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_request_that_is_shown_is_the_one_that_arrives(begin: Begin, kind: str, tmp_path: Path) -> None:
    file, first, headers, body = shown(kind)
    of, secret = KINDS[kind]
    crm = begin(of)
    crm.path.write_text(as_sent(file, kind, crm.vendor, tmp_path))
    crm.lead("kim", dynamics_id=GUID)
    crm.vendor.records = {RECORDS[kind]: {}}
    assert crm.push().counts["sent"] == 1
    asked = crm.vendor.asked[-1]
    assert f"{asked.method} {asked.path} HTTP/1.1" == first
    scheme, _, token = asked.headers["authorization"].partition(" ")
    boundary = _boundary(asked)
    got = {name: asked.headers[name.lower()].replace(boundary, "batch_1") for name in headers}
    assert got == headers | {"Authorization": f"{scheme} {token}"}
    assert headers["Authorization"] == f"{scheme} TOKEN"
    assert secret not in body
    text = asked.body.decode().replace(boundary, "batch_1").replace("\r\n", "\n")
    assert text == body if kind == "dynamics" else json.loads(text) == json.loads(body)


def _boundary(asked: Asked) -> str:
    found = re.search(r'boundary="(.*?)"', asked.headers["content-type"])
    return found[1] if found else "no boundary"


def test_every_field_that_can_be_written_is_named() -> None:
    said = set(re.findall(r"`([a-z_0-9]+)`", PAGE))
    told = {f"reason_{i}" for i in (2, 3, 4)}
    assert set(FIELDS) - told <= said


def test_what_is_usual_is_what_the_page_says() -> None:
    (listed,) = re.findall(
        r"Without `fields`, HubSpot, Salesforce and Odoo get (.*?), as `leadscore_score`", PAGE, re.S
    )
    named = re.findall(r"`([a-z_0-9]+)`", listed)
    usual = [name for name in USUAL["hubspot"].fields if name != "reason_2"]
    assert sorted(named) == sorted(usual)

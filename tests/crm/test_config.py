"""The file of a connection: what it may leave out, and every mistake in it said with its line."""

from pathlib import Path

import pytest

from features.errors import ConfigError
from serving.crm.fields import FIELDS
from serving.crm.loading import load_all, load_crm

HUBSPOT = "connector: hubspot\naddress: https://api.hubapi.com\ncredentials: {token: {env: HUBSPOT_TOKEN}}\n"
APP = "credentials: {client_id: {env: A}, client_secret: {file: /run/b}}\n"
SALESFORCE = f"connector: salesforce\naddress: https://acme.my.salesforce.com\n{APP}"
DYNAMICS = f"connector: dynamics\naddress: https://acme.crm.dynamics.com\n{APP}tenant: acme.onmicrosoft.com\n"
DYNAMICS += "find_by: profile.dynamics_id\n"
ODOO = "connector: odoo\naddress: https://acme.odoo.com\ncredentials: {token: {env: ODOO_KEY}}\n"


def refused(tmp_path: Path, text: str) -> ConfigError:
    (tmp_path / "crm.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_crm(tmp_path / "crm.yaml")
    return caught.value


@pytest.mark.parametrize("text", [HUBSPOT, SALESFORCE, DYNAMICS, ODOO])
def test_three_things_are_enough(tmp_path: Path, text: str) -> None:
    (tmp_path / "crm.yaml").write_text(text)
    config = load_crm(tmp_path / "crm.yaml")
    assert config.name == config.connector
    assert "score" in config.fields
    assert set(config.fields) <= set(FIELDS)


@pytest.mark.parametrize(
    ("text", "more", "what", "line"),
    [
        (HUBSPOT, "fields: {scor: a}", "there is no field 'scor'", 4),
        (HUBSPOT, "fields: {score: a b}", "not the name of a property", 4),
        (HUBSPOT, "fields: {score: a, grade: a}", "'a' is written twice", 4),
        (HUBSPOT, "fields: {score: email}", "what a lead is found by cannot be written", 4),
        (HUBSPOT, "find_by: name", "a lead cannot be found by this", 4),
        (HUBSPOT, "find_by: lead_id", "HubSpot does not know our ids", 4),
        (HUBSPOT, "fields: {card_url: a}", "card_url needs public_url", 4),
        (HUBSPOT, "public_url: http://leads.example", "not an address to send to", 4),
        (HUBSPOT, "decimals: 9", "out of range", 4),
        (HUBSPOT, "timeout: 600", "out of range", 4),
        (HUBSPOT, "name: My CRM", "not a name for a connection", 4),
        (HUBSPOT, "language: fr", "not one of the words allowed here", 4),
        (HUBSPOT, "nmae: x", "unknown key 'nmae'", 4),
        (HUBSPOT, "object: contacts/../x", "not the name of a table", 4),
        (HUBSPOT, "api_version: ../x", "not a version", 4),
        (SALESFORCE, "find_in: ''", "Salesforce finds by an external id only", 4),
        (DYNAMICS, "find_in: emailaddress1", "Dynamics 365 is asked by the lead's own id", 6),
        (DYNAMICS, "fields: {score: new_score}", "has no such column", 6),
        (DYNAMICS, "fields: {grade: msdyn_score}", "msdyn_score holds something else", 6),
        (DYNAMICS.replace("acme.onmicrosoft.com", "../x"), "", "the directory is to be named", 4),
        (DYNAMICS.replace("profile.dynamics_id", "email"), "", "does not find by e-mail", 5),
        (DYNAMICS.replace("find_by: profile.dynamics_id\n", ""), "", "it is not said how a lead is found", 1),
        (ODOO, "find_by: lead_id", "Odoo does not know our ids", 4),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, more: str, what: str, line: int) -> None:
    error = refused(tmp_path, f"{text}{more}\n")
    assert what in error.what
    assert error.where.startswith(f"crm.yaml, line {line}")


@pytest.mark.parametrize("name", ["probability", "automated_probability", "is_automated_probability"])
def test_odoos_probability_is_never_written_and_the_reason_is_said(tmp_path: Path, name: str) -> None:
    error = refused(tmp_path, f"{ODOO}fields: {{probability: {name}}}\n")
    assert "Odoo's own scoring leaves the lead alone" in error.what
    assert error.where == "crm.yaml, line 4 (fields.probability)"


@pytest.mark.parametrize(
    "address",
    [
        "http://crm.example",
        "https://kim:secret@crm.example",
        "https://crm.example/x",
        "crm.example",
        "ftp://crm.example",
        "https://crm.example?x=1",
        "https://",
        "https://crm.example:x",
        "http://127.0.0.1.evil.example",
    ],
)
def test_only_https_is_sent_to_beyond_this_machine(tmp_path: Path, address: str) -> None:
    error = refused(tmp_path, HUBSPOT.replace("https://api.hubapi.com", address))
    assert "not an address to send to" in error.what


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ("{}", "needs the credential 'token'"),
        ("{token: {env: A, file: b}}", "say where the credential is kept, once"),
        ("{token: {}}", "say where the credential is kept, once"),
        ("{token: {env: A}, client_id: {env: B}}", "takes no 'client_id'"),
        ("{token: pat-na1-1234}", "expected a mapping"),
        ("{token: {value: pat-na1-1234}}", "unknown key 'value'"),
    ],
)
def test_a_credential_is_named_and_never_written_here(tmp_path: Path, given: str, what: str) -> None:
    assert what in refused(tmp_path, HUBSPOT.replace("{token: {env: HUBSPOT_TOKEN}}", given)).what


def test_two_connections_have_two_names(tmp_path: Path) -> None:
    paths = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for path in paths:
        path.write_text(HUBSPOT)
    with pytest.raises(ConfigError, match="two connections have one name"):
        load_all(paths)
    paths[1].write_text(f"{HUBSPOT}name: sandbox\n")
    assert [config.name for config in load_all(paths)] == ["hubspot", "sandbox"]

"""How people sign in, as it is set: what cannot be meant is refused before anybody is let in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from surfer import Surfer, identified

from features.errors import ConfigError
from serving.cli import main
from serving.commands.signing import openid_of, signing_in
from serving.settings import Settings
from serving.signin.settings import HOUR, OpenId, roles_of

Serve = Callable[..., TestClient]
ISSUER = "https://login.acme.example"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def leadscore(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Ran]:
    """Run the command in this process, on the home of ``serve``."""

    def run(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as stop:
            main([*arguments, "--home", str(tmp_path)])
        said = capsys.readouterr()
        return Ran(int(stop.value.code or 0), said.out.strip(), said.err)

    return run


@pytest.mark.parametrize(
    "frame",
    ["*", "https://*", "crm.example", "https://crm.example/", "https://crm.example; script-src *", "https://a b",
     "'self'", "http://crm.example", "https://crm.example,https://b.example", "https://crm.example\n", "data:",
     "https://", "", "https://user@crm.example", "https://crm.*.example"],
)  # fmt: skip
def test_what_is_no_origin_may_frame_nothing(frame: str) -> None:
    with pytest.raises(ConfigError, match="not an origin"):
        Settings(frames=(frame,))


@pytest.mark.parametrize("frame", ["https://app.hubspot.com", "https://*.lightning.force.com", "http://localhost:8069"])
def test_origins_of_crms_may_frame_cards(frame: str) -> None:
    assert Settings(frames=(frame,)).frames == (frame,)


@pytest.mark.parametrize(
    "url", ["leads.acme.example", "https://acme.example/leads", "https://*.acme.example", "ftp://a"]
)
def test_what_is_no_address_of_a_service_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="not the address of a service"):
        Settings(public_url=url)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"issuer": "http://login.acme.example"}, "not the address of a provider"),
        ({"issuer": "login.acme.example"}, "not the address of a provider"),
        ({"client_id": ""}, "client id"),
        ({"domains": ()}, "everybody with an account"),
    ],
)
def test_a_provider_that_would_let_in_anybody_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        OpenId(**{"issuer": ISSUER, "client_id": "leadscore", "domains": ("acme.example",)} | wrong)


@pytest.mark.parametrize("text", ["sales", "sales=boss", "=rep", "sales=", "rep"])
def test_a_role_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="VALUE=ROLE"):
        roles_of([text])


def test_a_value_may_hold_an_equals_sign() -> None:
    assert roles_of(["cn=sales,dc=acme=rep"]) == (("cn=sales,dc=acme", "rep"),)


def test_the_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the client\n")
    openid = openid_of(ISSUER, ("leadscore", "", tmp_path / "secret"), "groups", ["sales=rep"], None)
    assert openid is not None
    assert (openid.client_secret, openid.roles, openid.role_claim) == ("of the client", (("sales", "rep"),), "groups")


def test_a_secret_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the client secret"):
        openid_of(ISSUER, ("leadscore", "", tmp_path), "groups", ["sales=rep"], None)


def test_with_a_provider_people_sign_in_on_loopback_too() -> None:
    openid = OpenId(issuer=ISSUER, client_id="leadscore", domains=("acme.example",))
    assert [signing_in(False, 8, given).asked for given in (None, openid)] == [False, True]
    assert signing_in(False, 8, None).longest == 8 * HOUR


@pytest.mark.parametrize(("role", "scopes"), [("rep", "read act"), ("manager", "manage"), ("admin", "admin")])
def test_a_key_is_made_for_a_role(leadscore: Callable[..., Ran], role: str, scopes: str) -> None:
    ran = leadscore("keys", "add", "Kim", "--role", role)
    assert ran.code == 0, ran.err
    assert scopes in leadscore("keys", "list").out


def test_a_key_without_scope_or_role_is_not_made(leadscore: Callable[..., Ran]) -> None:
    ran = leadscore("keys", "add", "Kim")
    assert (ran.code, "--role rep" in ran.err) == (2, True)


def test_links_are_made_and_made_void_at_the_keyboard(serve: Serve, leadscore: Callable[..., Ran]) -> None:
    client = serve()
    identified(client, "L-1")
    made = leadscore("links", "make", "L-1", "--days", "2", "--by", "Jonas")
    assert made.code == 0, made.err
    assert "as Jonas" in made.err
    path = made.out.removeprefix("http://127.0.0.1:8000")
    assert "as Jonas" in Surfer(client).get(path).text
    assert leadscore("links", "rotate").code == 0
    anew = serve()  # secrets are believed for two seconds
    assert Surfer(anew).get(path).status_code == 200
    assert leadscore("links", "rotate", "--at-once").code == 0
    assert Surfer(serve()).get(path).status_code == 401


def test_there_is_no_link_to_nobody_at_the_keyboard_either(leadscore: Callable[..., Ran]) -> None:
    ran = leadscore("links", "make", "nobody")
    assert (ran.code, "there is no lead 'nobody'" in ran.err) == (7, True)

"""Signing in at a provider: an honest one lets in whom it vouches for, and nothing that is wrong gets through."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path
from time import time
from typing import Any

import pytest
from client import serving_client
from fastapi.testclient import TestClient
from provider import CLIENT, SECRET, Provider, elliptic_key, other_key, provider
from surfer import Surfer

from serving.settings import Settings
from serving.signin.openid.provider import AGAIN
from serving.signin.openid.provider import Provider as Asked
from serving.signin.settings import OpenId, SignInSettings

Serve = Callable[..., TestClient]
OWN = other_key()
ROLES = (("sales", "rep"), ("sales-heads", "manager"), ("it", "admin"))


@pytest.fixture(scope="module")
def listening() -> Iterator[Provider]:
    with provider() as told:
        yield told


@pytest.fixture
def vouching(listening: Provider) -> Provider:
    """The provider, honest again."""
    fresh = Provider(issuer=listening.issuer, signs=OWN)
    vars(listening).update(vars(fresh))
    return listening


@pytest.fixture(scope="module")
def company(listening: Provider, agreed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service whose people sign in there, for all tests that only change what the provider says of somebody."""
    settings = Settings(home=tmp_path_factory.mktemp("openid"), jobs=False, signin=signing_in(listening))
    with serving_client(settings, agreed) as opened:
        yield opened


@pytest.fixture(scope="module")
def grouped(listening: Provider, agreed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Another one, at which a claim gives the role."""
    asked = signing_in(listening, role_claim="groups", roles=ROLES)
    settings = Settings(home=tmp_path_factory.mktemp("groups"), jobs=False, signin=asked)
    with serving_client(settings, agreed) as opened:
        yield opened


def signing_in(vouching: Provider, **more: Any) -> SignInSettings:
    more = {"domains": ("acme.example",)} | more
    openid = OpenId(issuer=vouching.issuer, client_id=CLIENT, client_secret=SECRET, **more)
    return SignInSettings(asked=True, openid=openid)


def at(vouching: Provider, serve: Serve, **more: Any) -> Surfer:
    return Surfer(serve(signin=signing_in(vouching, **more)))


def came_back(surfer: Surfer, vouching: Provider, wanted: str = "/account") -> Any:
    """What is answered to somebody who comes back from the provider."""
    there = surfer.get(f"/signin/openid?next={wanted}")
    assert there.status_code == 303
    return surfer.get(vouching.agreed_to(there.headers["location"]))


# Honest


def test_whom_the_provider_vouches_for_is_let_in(vouching: Provider, company: TestClient) -> None:
    surfer = Surfer(company)
    answer = came_back(surfer, vouching)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    page = surfer.get("/account").text
    assert all(told in page for told in ("Kim Berg", "Sales rep", "oidc:kim-17"))
    assert surfer.held().keys() == {"leadscore_session"}


def test_the_page_for_signing_in_leads_to_the_provider(vouching: Provider, company: TestClient) -> None:
    page = Surfer(company).get("/signin?next=/model").text
    assert 'href="/signin/openid?next=/model"' in page
    assert 'name="key"' in page


def test_the_provider_is_told_our_secret_and_the_proof_of_the_code(vouching: Provider, company: TestClient) -> None:
    came_back(Surfer(company), vouching)
    form = next(form for path, form in vouching.asked if path == "/token")
    assert form["authorization"].startswith("Basic ")
    assert "client_secret" not in form
    assert 43 <= len(form["code_verifier"]) <= 128  # RFC 7636 4.1


def test_a_provider_that_takes_the_secret_in_the_form_only_gets_it_there(vouching: Provider, serve: Serve) -> None:
    vouching.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert came_back(at(vouching, serve), vouching).status_code == 303
    form = next(form for path, form in vouching.asked if path == "/token")
    assert (form["client_secret"], form["authorization"]) == (SECRET, "")


@pytest.mark.parametrize(
    ("told", "role"),
    [
        ("sales", "Sales rep"),
        (["sales", "sales-heads"], "Manager"),
        (["it", "sales"], "Administrator"),
        (["others", "it"], "Administrator"),
    ],
)
def test_the_claim_gives_the_highest_role(vouching: Provider, grouped: TestClient, told: Any, role: str) -> None:
    vouching.claims = {"groups": told}
    surfer = Surfer(grouped)
    came_back(surfer, vouching)
    assert role in surfer.get("/account").text


@pytest.mark.parametrize("told", [None, "", [], "others", ["others"], {"sales": 1}, 7, "sales,it"])
def test_without_a_role_nobody_is_let_in(vouching: Provider, grouped: TestClient, told: Any) -> None:
    vouching.claims = {"groups": told}
    answer = came_back(Surfer(grouped), vouching)
    assert (answer.status_code, "you have no role here" in answer.text) == (403, True)


def test_any_value_can_mean_a_role(vouching: Provider, serve: Serve) -> None:
    surfer = at(vouching, serve, roles=(("*", "rep"), ("it", "admin")), domains=())
    came_back(surfer, vouching)
    assert "Sales rep" in surfer.get("/account").text


def test_new_keys_of_the_provider_are_found_but_not_asked_for_again_and_again(vouching: Provider) -> None:
    at = [0.0]
    there = Asked(signing_in(vouching).openid, lambda: at[0])  # type: ignore[arg-type]
    first = there.keys()
    vouching.signs = elliptic_key()
    assert there.keys(anew=True) == first
    at[0] = AGAIN
    assert there.keys() == first
    assert [key["kid"] for key in there.keys(anew=True)["keys"]] == ["two"]


def test_a_key_on_a_curve_is_as_good(vouching: Provider, serve: Serve) -> None:
    vouching.signs, vouching.header = elliptic_key(), {"alg": "ES256", "kid": "two"}
    assert came_back(at(vouching, serve), vouching).status_code == 303


# Not honest, or not theirs


NOW = int(time())
CLAIMS: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "of another sign-in"},
    "no nonce": {"nonce": None},
    "for another client": {"aud": "another"},
    "for several and not by us": {"aud": [CLIENT, "another"]},
    "asked for by another": {"aud": [CLIENT, "another"], "azp": "another"},
    "of another provider": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "expired": {"exp": NOW - 3_600, "iat": NOW - 7_200},
    "without an end": {"exp": None},
    "of tomorrow": {"iat": NOW + 86_400},
    "of nobody": {"sub": None},
    "of an empty name": {"sub": ""},
    "of a number": {"sub": 17},
    "of a name that no database holds": {"sub": "kim\0"},
    "of a name too long": {"sub": "k" * 256},
    "an address not verified": {"email_verified": False},
    "an address that nobody verified": {"email_verified": None},
    "an address elsewhere": {"email": "kim@evil.example"},
    "an address that ends alike": {"email": "kim@notacme.example"},
    "an address in an address": {"email": "kim@acme.example@evil.example"},
    "no address": {"email": None},
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
def test_a_token_that_does_not_fit_lets_nobody_in(
    vouching: Provider, company: TestClient, claims: dict[str, Any]
) -> None:
    vouching.claims = claims
    refused(came_back(surfer := Surfer(company), vouching), surfer)


def refused(answer: Any, surfer: Surfer, status: int = 403) -> None:
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "leadscore_session" not in surfer.held()
    assert surfer.get("/account").status_code == 303


def written(header: dict[str, str], claims: dict[str, Any], key: bytes = b"") -> str:
    """A token as no honest library writes it: not signed, or by a secret that everybody knows."""
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    signature = hmac(key, ".".join(parts).encode(), sha256).digest() if key else b""
    return ".".join([*parts, urlsafe_b64encode(signature).rstrip(b"=").decode()])


TOKENS: dict[str, Callable[[Provider, str], str]] = {
    "not signed": lambda told, nonce: written({"alg": "none"}, told.said(nonce)),
    "not signed, with a key": lambda told, nonce: written({"alg": "none", "kid": "one"}, told.said(nonce)),
    "signed by the public key": lambda told, nonce: written(
        {"alg": "HS256", "kid": "one"}, told.said(nonce), OWN.as_pem(private=False)
    ),
    "signed by our secret": lambda told, nonce: written({"alg": "HS256"}, told.said(nonce), SECRET.encode()),
    "cut off": lambda told, nonce: told.signed(nonce).rpartition(".")[0] + ".",
    "no token": lambda *_: "x",
    "half a token": lambda *_: "a.b",
    "an empty token": lambda *_: "..",
    "something else": lambda *_: "é.é.é",
    "nothing": lambda *_: "",
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_a_token_that_nobody_signed_lets_nobody_in(vouching: Provider, company: TestClient, token: Any) -> None:
    vouching.token = partial(token, vouching)
    refused(came_back(surfer := Surfer(company), vouching), surfer)


def test_a_token_of_another_key_lets_nobody_in(vouching: Provider, serve: Serve) -> None:
    vouching.publishes, vouching.signs = [vouching.signs], other_key()
    refused(came_back(surfer := at(vouching, serve), vouching), surfer)


def test_who_comes_back_without_having_left_is_not_let_in(vouching: Provider, company: TestClient) -> None:
    """Somebody else's answer must not sign this browser in (login CSRF)."""
    theirs = Surfer(company)
    back = vouching.agreed_to(theirs.get("/signin/openid").headers["location"])
    ours = Surfer(theirs.service)
    refused(ours.get(back), ours)
    ours.get("/signin/openid")
    refused(ours.get(back), ours)


@pytest.mark.parametrize(
    "change", ["state=x", "state=", "iss=https://evil.example", "code=x", "code=", "error=access_denied"]
)
def test_an_answer_that_was_changed_lets_nobody_in(vouching: Provider, company: TestClient, change: str) -> None:
    surfer = Surfer(company)
    back = vouching.agreed_to(surfer.get("/signin/openid").headers["location"])
    path, _, query = back.partition("?")
    name = change.partition("=")[0]
    kept = [part for part in query.split("&") if not part.startswith(f"{name}=")]
    refused(surfer.get(f"{path}?{'&'.join([*kept, change])}"), surfer)


def test_an_answer_counts_once(vouching: Provider, company: TestClient) -> None:
    surfer = Surfer(company)
    back = vouching.agreed_to(surfer.get("/signin/openid").headers["location"])
    assert surfer.get(back).status_code == 303
    surfer.web.cookies.clear()
    refused(surfer.get(back), surfer)


def test_nobody_is_led_elsewhere_from_the_provider(vouching: Provider, company: TestClient) -> None:
    answer = came_back(Surfer(company), vouching, "https://evil.example/")
    assert answer.headers["location"] == "/"


# Gone


@pytest.mark.parametrize(
    "change",
    [
        {"status": {"/.well-known/openid-configuration": 503}},
        {"status": {"/.well-known/openid-configuration": 404}},
        {"discovery": {"issuer": "https://evil.example"}},
        {"discovery": {"token_endpoint": "http://evil.example/token"}},
        {"discovery": {"jwks_uri": None}},
    ],
    ids=str,
)
def test_a_provider_that_does_not_answer_leaves_the_key(
    vouching: Provider, serve: Serve, change: dict[str, Any]
) -> None:
    vars(vouching).update(change)
    answer = (surfer := at(vouching, serve)).get("/signin/openid")
    refused(answer, surfer, 503)
    assert "or sign in with a key" in answer.text
    assert 'name="key"' in answer.text


@pytest.mark.parametrize(("path", "status"), [("/keys", 500), ("/token", 500)])
def test_a_provider_that_goes_away_meanwhile_leaves_the_key(
    vouching: Provider, serve: Serve, path: str, status: int
) -> None:
    vouching.status = {path: status}
    refused(came_back(surfer := at(vouching, serve), vouching), surfer, 503)


def test_a_provider_that_is_not_there_leaves_the_key(serve: Serve) -> None:
    with provider() as gone:
        pass
    refused((surfer := at(gone, serve)).get("/signin/openid"), surfer, 503)

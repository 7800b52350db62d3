"""Signing in at a provider: nothing that is forged, changed, or meant for somebody else lets anybody in."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from hmac import new as hmac
from time import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from provider import CLIENT, SECRET, Provider, other_key
from surfer import Surfer
from vouching import OWN, came_back, refused

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


def test_a_token_of_another_key_lets_nobody_in(vouching: Provider, company: TestClient) -> None:
    vouching.publishes, vouching.signs = [vouching.signs], other_key()
    refused(came_back(surfer := Surfer(company), vouching), surfer)


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

"""Signing in at a provider: an honest one lets in whom it vouches for; one that is gone leaves the key."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from provider import SECRET, Provider, elliptic_key, provider
from surfer import Surfer
from vouching import came_back, refused, signing_in

from serving.signin.openid.provider import AGAIN
from serving.signin.openid.provider import Provider as Asked

Serve = Callable[..., TestClient]


def at(vouching: Provider, serve: Serve, **more: Any) -> Surfer:
    """A browser at a service of its own."""
    return Surfer(serve(signin=signing_in(vouching, **more)))


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

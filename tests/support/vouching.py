"""Signing in at a provider, for tests: how a service is set up for it, and what a browser does."""

from typing import Any

from httpx2 import Response
from provider import CLIENT, SECRET, Provider, other_key
from surfer import Surfer

from serving.signin.settings import OpenId, SignInSettings

OWN = other_key()
ROLES = (("sales", "rep"), ("sales-heads", "manager"), ("it", "admin"))


def signing_in(vouching: Provider, **more: Any) -> SignInSettings:
    """Settings of a service at which people with an address of acme.example sign in."""
    more = {"domains": ("acme.example",)} | more
    openid = OpenId(issuer=vouching.issuer, client_id=CLIENT, client_secret=SECRET, **more)
    return SignInSettings(asked=True, openid=openid)


def came_back(surfer: Surfer, vouching: Provider, wanted: str = "/account") -> Response:
    """What is answered to somebody who comes back from the provider."""
    there = surfer.get(f"/signin/openid?next={wanted}")
    assert there.status_code == 303
    return surfer.get(vouching.agreed_to(there.headers["location"]))


def refused(answer: Response, surfer: Surfer, status: int = 403) -> None:
    """Nobody was let in, and the page says so."""
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "leadscore_session" not in surfer.held()
    assert surfer.get("/account").status_code == 303

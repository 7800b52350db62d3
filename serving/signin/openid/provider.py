"""What is asked of a provider itself: where it is spoken to, its keys, and the ID token for a code."""

from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

import httpx2

from serving.signin.refusals import NotVouched, ProviderGone
from serving.signin.settings import OpenId, is_safe

TIMEOUT = 5.0  # seconds
FRESH = 3_600.0  # seconds for which addresses and keys are believed
AGAIN = 30.0  # at least so many between two looks that unknown keys ask for
_DISCOVERY = "/.well-known/openid-configuration"


class Endpoints(NamedTuple):
    """Where a provider is spoken to; ``post_secret``: whether it takes our secret in the form only."""

    authorization: str
    token: str
    keys: str
    post_secret: bool


class Provider:
    """A provider; shared by threads."""

    def __init__(self, settings: OpenId, timer: Callable[[], float] = monotonic) -> None:
        self._settings, self._lock, self._timer = settings, Lock(), timer
        self._found: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, Mapping[str, Any]] | None = None

    def endpoints(self) -> Endpoints:
        """Where it is spoken to (OpenID Connect Discovery 1.0); raises ProviderGone."""
        with self._lock:
            if self._found is None or self._timer() - self._found[0] >= FRESH:
                self._found = self._timer(), self._discovered()
            return self._found[1]

    def keys(self, *, anew: bool = False) -> Mapping[str, Any]:
        """Its public keys (a JWK set); ``anew``: as a token is signed by an unknown one. Raises ProviderGone."""
        where = self.endpoints().keys
        with self._lock:
            age = self._timer() - self._keys[0] if self._keys else FRESH
            if self._keys is None or age >= (AGAIN if anew else FRESH):
                self._keys = self._timer(), _json(_asked("GET", where))
            return self._keys[1]

    def redeemed(self, code: str, verifier: str, redirect_uri: str) -> str:
        """The ID token for a code; raises ProviderGone, and NotVouched where it does not take the code."""
        endpoints, ours = self.endpoints(), self._settings
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        form |= {"client_id": ours.client_id, "code_verifier": verifier}
        auth = (ours.client_id, ours.client_secret) if ours.client_secret and not endpoints.post_secret else None
        if ours.client_secret and auth is None:
            form["client_secret"] = ours.client_secret
        answer = _asked("POST", endpoints.token, data=form, auth=auth)
        if answer.status_code != 200:
            raise NotVouched("the provider did not take the code that it gave", got=f"{answer.status_code}")
        token = _json(answer).get("id_token")
        if not isinstance(token, str):
            raise NotVouched("the provider gave no ID token", do="allow leadscore the scope 'openid' there")
        return token

    def _discovered(self) -> Endpoints:
        issuer = self._settings.issuer
        told = _json(_asked("GET", issuer.rstrip("/") + _DISCOVERY))
        if told.get("issuer") != issuer:
            do = "give --oidc-issuer exactly as the provider names itself"
            raise ProviderGone(
                "the provider names itself otherwise", got=str(told.get("issuer")), allowed=issuer, do=do
            )
        where = [str(told.get(name, "")) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if not all(map(is_safe, where)):
            raise ProviderGone("the provider does not say where it is spoken to, by https", where=issuer)
        ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        authorization, token, keys = where
        return Endpoints(authorization, token, keys, "client_secret_basic" not in ways)


def _asked(method: str, address: str, **more: Any) -> Any:
    try:
        with httpx2.Client(timeout=TIMEOUT, follow_redirects=False) as client:
            answer = client.request(method, address, **more)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ProviderGone("the provider does not answer", where=address, got=type(error).__name__) from None
    if answer.status_code >= 500 or (method == "GET" and answer.status_code != 200):
        raise ProviderGone("the provider does not answer", where=address, got=str(answer.status_code))
    return answer


def _json(answer: Any) -> Mapping[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ProviderGone("the provider answers no JSON", where=str(answer.url))
    return told

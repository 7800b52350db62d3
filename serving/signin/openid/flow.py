"""The way to the provider and back: authorization code with PKCE (RFC 7636), state and nonce, issuer (RFC 9207).

What must come back is held by the browser meanwhile, signed by us, for ten minutes and for one return.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any, NamedTuple
from urllib.parse import urlencode

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.signin.cookies import AWAY
from serving.signin.nextpage import local
from serving.signin.openid.claims import vouched
from serving.signin.openid.provider import Provider
from serving.signin.refusals import NotVouched
from serving.signin.sessions import Person
from serving.signin.settings import OpenId
from serving.signin.who import SignIn

CALLBACK = "/signin/callback"
LASTS = 600  # seconds
SCOPES = "openid profile email"


class Away(NamedTuple):
    """What must fit when somebody comes back, and where they wanted to go."""

    state: str
    nonce: str
    verifier: str
    wanted: str


class Flow:
    """Signing in at one provider."""

    def __init__(self, settings: OpenId) -> None:
        self._settings, self._provider = settings, Provider(settings)

    def begun(self, request: Request, signin: SignIn, wanted: str) -> Response:
        """Send somebody to the provider; raises ProviderGone."""
        away = Away(token_urlsafe(24), token_urlsafe(24), token_urlsafe(48), wanted)
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": _back(request, signin),
            "scope": SCOPES,
            "state": away.state,
            "nonce": away.nonce,
            "code_challenge": urlsafe_b64encode(sha256(away.verifier.encode()).digest()).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        at = self._provider.endpoints().authorization
        response = RedirectResponse(f"{at}{'&' if '?' in at else '?'}{urlencode(asked)}", 303)
        signin.cookies.put(request, response, AWAY, str(_signer(signin).dumps(list(away))), LASTS)
        return response

    def ended(self, request: Request, signin: SignIn) -> tuple[Person, str]:
        """Who came back, and where to; raises NotVouched, NoRole, ProviderGone."""
        sent, away = request.query_params, self._away(request, signin)
        if not compare_digest(sent.get("state", "").encode(), away.state.encode()):
            raise NotVouched("this is not the answer to a sign-in that began in this browser", got="state")
        if sent.get("iss", self._settings.issuer) != self._settings.issuer:
            raise NotVouched("this is the answer of another provider", got="iss")
        if "error" in sent or not sent.get("code"):
            raise NotVouched("the provider did not let you in", got=sent.get("error", "no code")[:80])
        token = self._provider.redeemed(sent["code"], away.verifier, _back(request, signin))
        return vouched(token, self._provider.keys, self._settings, away.nonce, signin.clock()), local(away.wanted)

    def _away(self, request: Request, signin: SignIn) -> Away:
        try:
            said: Any = _signer(signin).loads(signin.cookies.get(request, AWAY), max_age=LASTS)
        except BadData:
            what = "no sign-in began in this browser, or it began too long ago"
            raise NotVouched(what, do="begin once more") from None
        return Away(*said)


def _signer(signin: SignIn) -> URLSafeTimedSerializer:
    how: dict[str, Any] = {"digest_method": sha256, "key_derivation": "hmac"}
    return URLSafeTimedSerializer(signin.secret, salt="leadscore away", signer_kwargs=how)


def _back(request: Request, signin: SignIn) -> str:
    """Where the provider sends people back to, as it is registered there."""
    return (signin.public_url or str(request.base_url).rstrip("/")) + CALLBACK

"""What lets us into a CRM: a token that is kept for us, or one that is given for an app's credentials.

OAuth 2.0 client credentials (RFC 6749, section 4.4), as Salesforce and Microsoft document them.
"""

from collections.abc import Mapping
from time import monotonic
from urllib.parse import urlencode

from serving.crm.errors import CrmError, Unauthorized, Unreachable
from serving.crm.line import Line, Response
from serving.crm.loading import unfit
from serving.crm.secret import Secret
from serving.crm.session import fault_of

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_EARLY = 60.0  # seconds before its end that a token is not used any more


class Kept:
    """A token that an administrator made; read again when it is refused, as it may have been changed."""

    address = ""

    def __init__(self, secret: Secret, scheme: str = "Bearer") -> None:
        self._secret, self._scheme = secret, scheme
        self._token = ""

    def header(self) -> str:
        """The token; raises Unauthorized where there is none."""
        self._token = self._token or self._secret.read()
        return f"{self._scheme} {self._token}"

    def renew(self) -> bool:
        """Whether another token is there by now."""
        before, self._token = self._token, self._secret.read()
        return self._token != before


class Given:
    """A token that the CRM gives for the credentials of an app; fetched when it is first needed.

    url: where; more: of the form beside the credentials; moves: whether the answer says where to ask
    """

    def __init__(
        self, line: Line, url: str, app: tuple[Secret, Secret], more: Mapping[str, str], *, moves: bool = False
    ) -> None:
        self._line, self._url, self._app, self._more, self._moves = line, url, app, more, moves
        self._token, self._until = "", 0.0
        self.address = ""

    def header(self) -> str:
        """The token; raises CrmError where none is given."""
        if not self._token or monotonic() > self._until:
            self._fetch()
        return f"Bearer {self._token}"

    def renew(self) -> bool:
        """Fetch another one, the next time."""
        self._token = ""
        return True

    def _fetch(self) -> None:
        client_id, client_secret = (secret.read() for secret in self._app)
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        answer = self._line.ask("POST", self._url, _FORM, urlencode({**form, **self._more}).encode())
        if answer.status != 200:
            raise _refused(answer)
        told = answer.json()
        token = told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise Unreachable("no token is in the answer", got="status 200")
        seconds = told.get("expires_in")
        self._until = monotonic() + (float(seconds) - _EARLY if isinstance(seconds, int | float) else 1e9)
        if self._moves:
            self.address = _address(told.get("instance_url"))
        self._token = token


def _address(told: object) -> str:
    """Where Salesforce says that it is to be asked."""
    if not isinstance(told, str) or unfit(told):
        raise Unreachable("the answer names no address to ask", got="instance_url")
    return told.rstrip("/")


def _refused(answer: Response) -> CrmError:
    if (fault := fault_of(answer)) and answer.status != 401:
        return fault
    try:
        told = answer.json()
    except Unreachable:
        told = None
    said = str(told.get("error", ""))[:80] if isinstance(told, dict) else ""
    do = "see that the app may sign in by client credentials, and that its secret has not run out"
    return Unauthorized("no token is given for the credentials", got=said or f"status {answer.status}", do=do)

"""An OpenID Connect provider on this machine: discovery, keys, and ID tokens that it really signs; honest or not."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT, SECRET = "leadscore", "of the client"


@dataclass
class Provider:
    """What the provider says, and what it was asked; a test changes what it wants it to say.

    claims: beside or in the place of what an honest ID token says; None: left out
    token: gives another ID token for a nonce
    header: of the token; signs: with which key; publishes: which keys
    """

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, str] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    signs: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    publishes: list[Any] = field(default_factory=list)
    discovery: dict[str, Any] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    token: Callable[[str], str] | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def agreed_to(self, address: str) -> str:
        """What a person's browser does there: the address that it is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (query["response_type"], query["client_id"], query["code_challenge_method"]) == ("code", CLIENT, "S256")
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.issuer}
        return f"{urlsplit(query['redirect_uri']).path}?{urlencode(back)}"

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        self.asked.append((path, form | {"authorization": authorization}))
        if path in self.status:
            return self.status[path], {"error": "as told"}
        if path == "/.well-known/openid-configuration":
            return 200, self._described() | self.discovery
        if path == "/keys":
            return 200, KeySet(self.publishes or [self.signs]).as_dict(private=False)
        return self._redeemed(form)

    def _described(self) -> dict[str, Any]:
        where = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer} | {name: f"{self.issuer}/{path}" for name, path in where.items()}

    def _redeemed(self, form: dict[str, str]) -> tuple[int, Any]:
        query = self.codes.pop(form.get("code", ""), None)
        hashed = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if query is None or hashed != query["code_challenge"] or form["redirect_uri"] != query["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "token_type": "Bearer",
            "access_token": "x",
            "id_token": (self.token or self.signed)(query["nonce"]),
        }

    def signed(self, nonce: str) -> str:
        """An ID token."""
        return jwt.encode(self.header, self.said(nonce), self.signs, algorithms=[self.header["alg"]])

    def said(self, nonce: str) -> dict[str, Any]:
        """The claims of an ID token."""
        now = int(time())
        honest = {"iss": self.issuer, "aud": CLIENT, "sub": "kim-17", "iat": now, "exp": now + 300, "nonce": nonce}
        honest |= {"name": "Kim Berg", "email": "kim@acme.example", "email_verified": True}
        return {name: value for name, value in (honest | self.claims).items() if value is not None}


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that listens."""
    told = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(*told.answer(self.path, {}, ""))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(*told.answer(self.path, form, self.headers.get("Authorization", "")))

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

        def _say(self, status: int, content: Any) -> None:
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def other_key(kid: str = "one") -> RSAKey:
    """A key that is not the provider's."""
    return RSAKey.generate_key(2048, {"kid": kid})


def elliptic_key() -> ECKey:
    """A key on a curve, for ES256."""
    return ECKey.generate_key("P-256", {"kid": "two"})

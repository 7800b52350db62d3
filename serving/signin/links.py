"""Signed links: an address that opens the card of one lead, for a while, without signing in.

A link says, under our signature (HMAC-SHA256), which lead of which program, until when, by whom its acts are signed,
and which key made it: once that key is revoked, so is the link. Nothing of it is stored.
"""

from collections.abc import Callable
from hashlib import sha256
from time import monotonic
from typing import Any, NamedTuple

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode
from sqlalchemy import Connection, or_, select

from features.errors import DataError
from features.moments import DAY, SECOND
from serving.access.audit import note
from serving.access.caller import Caller
from serving.card.address import card_address
from serving.leads.acts import no_such_lead
from serving.leads.standing import standing_in
from serving.signin.refusals import LinkVoid
from serving.signin.secret import LINKS, link_secrets, secret_of
from serving.store.database import Store
from serving.store.schema import api_keys

DAYS, MOST_DAYS = 30, 366
FRESH = 2.0  # seconds for which the secrets are believed
_LONGEST = 4_000  # characters of a link


class Link(NamedTuple):
    """What a link says. ``name``: who acts by it; ``expires_at``: a moment; ``key_id``: of who made it, or empty."""

    lead_id: str
    program: str
    name: str
    expires_at: int
    key_id: str = ""


class Links:
    """Makes links and reads them; shared by threads."""

    def __init__(self, store: Store, clock: Callable[[], int], timer: Callable[[], float] = monotonic) -> None:
        self._store, self._clock, self._timer = store, clock, timer
        self._secrets: list[str] = []
        self._looked = -FRESH

    def made(self, link: Link) -> str:
        """The token of a link; raises DataError for one that lasts too long, or not at all."""
        lasts = link.expires_at - self._clock()
        if not 0 < lasts <= MOST_DAYS * DAY:
            allowed = f"more than nothing, at most {MOST_DAYS} days"
            raise DataError("a link cannot last so long", where="days", got=f"{lasts / DAY:.2f} days", allowed=allowed)
        return self.signed(link)

    def signed(self, link: Link) -> str:
        """The token of a link, however long it lasts."""
        said = [link.lead_id, link.program, link.name, link.expires_at // SECOND, link.key_id]
        return str(self._signer().dumps(said))

    def read(self, token: str, lead_id: str, program: str) -> Link:
        """What a link says that was sent to open a lead's card; raises LinkVoid, StoreUnavailable."""
        try:
            if len(token) > _LONGEST:
                raise LinkVoid
            link = _said(self._signer().loads(token))
            signature = token.rpartition(".")[2]
            if base64_encode(base64_decode(signature)).decode() != signature:  # it has other spellings, too
                raise LinkVoid
        except BadData:
            raise LinkVoid from None
        now = self._clock()
        if (link.lead_id, link.program) != (lead_id, program) or now >= link.expires_at:
            raise LinkVoid
        if link.key_id and not self._store.read(lambda c: _holds(c, link.key_id, now)):
            raise LinkVoid
        return link

    def _signer(self) -> URLSafeSerializer:
        at = self._timer()
        if at - self._looked >= FRESH:
            self._secrets = self._store.read(lambda c: link_secrets(c, self._clock()))
            if not self._secrets:
                self._secrets = [secret_of(self._store, LINKS, self._clock())]
            self._looked = at
        how: dict[str, Any] = {"digest_method": sha256, "key_derivation": "hmac"}
        return URLSafeSerializer(self._secrets, salt="leadscore card", signer_kwargs=how)


def address(base: str, link: Link, token: str) -> str:
    """Where a link opens its card. ``base``: of the service, without a slash at its end.

    >>> address("https://a.example", Link("x/1", "customers", "crm", 0), "T")
    'https://a.example/crm/leads/x%2F1?program=customers&link=T'
    """
    return base + card_address(link.lead_id, link.program, link=token)


def noted(connection: Connection, caller: Caller, link: Link, now: int) -> None:
    """Write who makes a link into the audit; raises NoSuchLead."""
    if standing_in(connection, link.lead_id, link.program) is None:
        raise no_such_lead(link.lead_id, link.program)
    detail = {"program": link.program, "expires_at": link.expires_at}
    note(connection, caller, "link.made", link.lead_id, detail, at=now)


def _said(signed: Any) -> Link:
    lead_id, program, name, seconds, key_id = signed
    return Link(lead_id, program, name, seconds * SECOND, key_id)


def _holds(connection: Connection, key_id: str, now: int) -> bool:
    c = api_keys.c
    holds = c.key_id == key_id, c.revoked_at.is_(None), or_(c.expires_at.is_(None), c.expires_at > now)
    return connection.execute(select(c.key_id).where(*holds)).first() is not None

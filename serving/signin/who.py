"""Who looks at a page: by session, by link, or at the keyboard."""

from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac

from starlette.requests import Request

from serving.access.caller import at_the_keyboard
from serving.card.address import CARDS
from serving.programs.service import LEADS
from serving.service import Service
from serving.signin.attempts import Attempts
from serving.signin.cookies import SESSION, Cookies
from serving.signin.links import Links
from serving.signin.origins import is_asked, refuse_elsewhere
from serving.signin.refusals import Forged, NotSignedIn
from serving.signin.secret import secret_of
from serving.signin.sessions import Session, Sessions
from serving.signin.visitor import Visitor

CSRF, LINK = "csrf", "link"
Fields = Mapping[str, str]
NOTHING: Fields = {}


class SignIn:
    """What the door knows; one for the whole service.

    asked: whether people sign in; on loopback they need not, unless a setting says so
    """

    def __init__(self, service: Service) -> None:
        settings = service.settings
        self.asked = is_asked(settings.host, settings.public_url, wanted=settings.signin.asked)
        self.public_url, self.settings = settings.public_url, settings.signin
        self.cookies = Cookies(settings.public_url.startswith("https:"))
        self.store, self.clock = service.store, service.clock
        self.sessions = Sessions(service.store, settings.signin)
        self.links = Links(service.store, service.clock)
        self.attempts = Attempts(settings.signin.attempts)

    @cached_property
    def secret(self) -> str:
        """What forms are signed with; read when the first page is shown, so that the API starts without it."""
        return secret_of(self.store, "pages", self.clock())

    def visitor_of(self, request: Request, fields: Fields = NOTHING) -> Visitor:
        """Who looks at a page, or sends a form with these fields; raises NotSignedIn, LinkVoid, ForeignHost."""
        if self.asked and (session := self.session_of(request)) is not None:
            return self._signed_in(request, session)
        if token := _link_in(request, fields):
            return self._by_link(request, fields, token)
        if self.asked:
            raise NotSignedIn
        refuse_elsewhere(request)
        name = at_the_keyboard()
        return Visitor(name.name, name.key_id, "admin", self.csrf_of(self.cookies.visit(request)))

    def session_of(self, request: Request) -> Session | None:
        """The session of a browser, if it lasts."""
        token = self.cookies.get(request, SESSION)
        return self.sessions.find(token, self.clock()) if token else None

    def csrf_of(self, held: str) -> str:
        """What the forms of a browser carry that holds this."""
        return hmac(self.secret.encode(), f"csrf:{held}".encode(), sha256).hexdigest()

    def refuse_forged(self, fields: Fields, csrf: str) -> None:
        """Raises Forged for a form that no page of ours made for whoever holds this."""
        if not compare_digest(fields.get(CSRF, "").encode(), csrf.encode()):
            raise Forged

    def _signed_in(self, request: Request, session: Session) -> Visitor:
        csrf, person = self.csrf_of(self.cookies.get(request, SESSION)), session.person
        return Visitor(person.name, person.by, person.role, csrf, session=session.session_id)

    def _by_link(self, request: Request, fields: Fields, token: str) -> Visitor:
        program = fields.get("program") or request.query_params.get("program") or LEADS
        link = self.links.read(token, request.path_params["lead_id"], program)
        csrf = self.csrf_of(f"link:{token}")
        return Visitor(link.name, f"link:{link.name}", "rep", csrf, link.lead_id, link.program, token)


def _link_in(request: Request, fields: Fields) -> str:
    """The link that a request to a lead's card carries; empty on every other page."""
    if not request.scope["path"].startswith(CARDS) or "lead_id" not in request.path_params:
        return ""
    return fields.get(LINK) or request.query_params.get(LINK, "")

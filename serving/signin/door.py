"""The door of the pages: who looks, by session, by link, or at the keyboard; and forms that come from our own pages.

``visiting("rep")`` is a dependency that gives the Visitor; ``posting("rep")`` gives the fields of a form as well. Both
read ``app.state.signin``.
"""

from collections.abc import Mapping
from functools import cache, cached_property
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from typing import Annotated, NamedTuple

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from serving.access.caller import at_the_keyboard
from serving.programs.service import LEADS
from serving.service import Service
from serving.signin.attempts import Attempts
from serving.signin.cookies import SESSION, Cookies
from serving.signin.links import CARD, Links
from serving.signin.origins import is_asked, refuse_elsewhere, refuse_foreign
from serving.signin.refusals import Forged, NoRight, NotSignedIn
from serving.signin.secret import secret_of
from serving.signin.sessions import Session, Sessions
from serving.signin.visitor import Role, Visitor

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
    if not request.scope["path"].startswith(CARD) or "lead_id" not in request.path_params:
        return ""
    return fields.get(LINK) or request.query_params.get(LINK, "")


class Posted(NamedTuple):
    """A form that came from one of our pages: by whom, and its fields."""

    visitor: Visitor
    fields: Fields

    def of(self, name: str) -> str:
        """A field without blanks around it; empty where it was not sent."""
        return self.fields.get(name, "").strip()


class Visiting:
    """A dependency that lets in visitors with a role; made by ``visiting``."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, request: Request) -> Visitor:
        """Who it is; raises NotSignedIn, LinkVoid, ForeignHost, NoRight."""
        return self.let_in(request, NOTHING)

    def let_in(self, request: Request, fields: Fields) -> Visitor:
        """The same for a form with these fields."""
        signin: SignIn = request.app.state.signin
        visitor = request.state.visitor = signin.visitor_of(request, fields)
        if not visitor.may(self.role):
            do = "ask somebody with that role, or sign in as another person"
            raise NoRight("your role does not reach so far", got=visitor.role, allowed=self.role, do=do)
        return visitor


async def form_of(request: Request) -> Fields:
    """The texts of a form; files are left out."""
    form = await request.form()
    return {name: value for name, value in form.items() if not isinstance(value, UploadFile)}


SentFields = Annotated[Fields, Depends(form_of)]


class Posting:
    """As Visiting, with the fields of a form that was made by us for this visitor; made by ``posting``."""

    def __init__(self, role: Role) -> None:
        self._visiting = Visiting(role)

    def __call__(self, request: Request, fields: SentFields) -> Posted:
        """Who it is and what was sent; raises as Visiting, and Forged."""
        visitor = self._visiting.let_in(request, fields)
        signin: SignIn = request.app.state.signin
        if not visitor.link:  # a link is in the form itself, so that no other page can send it
            refuse_foreign(request, signin.public_url)
        signin.refuse_forged(fields, visitor.csrf)
        return Posted(visitor, {name: value for name, value in fields.items() if name != CSRF})


def entering(request: Request, fields: SentFields) -> Fields:
    """The fields of a form of somebody who has not signed in yet; raises Forged."""
    signin: SignIn = request.app.state.signin
    refuse_foreign(request, signin.public_url)
    signin.refuse_forged(fields, signin.csrf_of(signin.cookies.visit(request)))
    return fields


@cache
def visiting(role: Role) -> Visiting:
    """A dependency that gives the Visitor, if its role reaches so far."""
    return Visiting(role)


@cache
def posting(role: Role) -> Posting:
    """A dependency that gives a form and its Visitor, if the role reaches so far and the form is ours."""
    return Posting(role)

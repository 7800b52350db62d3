"""The door of the pages: who looks, by session, by link, or at the keyboard; and forms that come from our own pages.

``visiting("rep")`` is a dependency that gives the Visitor; ``posting("rep")`` gives the fields of a form as well. Both
read ``app.state.signin``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from secrets import token_urlsafe
from typing import NamedTuple

from fastapi import Request
from starlette.datastructures import UploadFile

from serving.access.caller import at_the_keyboard
from serving.signin.refusals import Forged, NoRight
from serving.signin.visitor import Role, Visitor

COOKIE = "leadscore_visit"
CSRF = "csrf"


@dataclass(frozen=True)
class SignIn:
    """What the door knows; ``secret``: of ``serving.signin.secret``."""

    secret: str

    def visitor_of(self, request: Request) -> Visitor:
        """Who looks at a page; raises NotSignedIn."""
        held = request.cookies.get(COOKIE)
        if not held:
            held = request.state.set_cookie = token_urlsafe(24)
        name = at_the_keyboard()
        return Visitor(name.name, name.key_id, "admin", self.csrf_of(held))

    def csrf_of(self, held: str) -> str:
        """What the forms of a browser carry that holds this."""
        return hmac(self.secret.encode(), f"csrf:{held}".encode(), sha256).hexdigest()


class Posted(NamedTuple):
    """A form that came from one of our pages: by whom, and its fields."""

    visitor: Visitor
    fields: Mapping[str, str]

    def of(self, name: str) -> str:
        """A field without blanks around it; empty where it was not sent."""
        return self.fields.get(name, "").strip()


class Visiting:
    """A dependency that lets in visitors with a role; made by ``visiting``."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, request: Request) -> Visitor:
        """Who it is; raises NotSignedIn, NoRight."""
        signin: SignIn = request.app.state.signin
        visitor = request.state.visitor = signin.visitor_of(request)
        if not visitor.may(self.role):
            do = "ask somebody with that role, or sign in as another person"
            raise NoRight("your role does not reach so far", got=visitor.role, allowed=self.role, do=do)
        return visitor


class Posting(Visiting):
    """As Visiting, with the fields of a form that was made by us for this visitor; made by ``posting``."""

    async def __call__(self, request: Request) -> Posted:  # type: ignore[override]
        """Who it is and what was sent; raises NotSignedIn, NoRight, Forged."""
        visitor = super().__call__(request)
        form = await request.form()
        fields = {name: value for name, value in form.items() if not isinstance(value, UploadFile)}
        if not compare_digest(fields.pop(CSRF, "").encode(), visitor.csrf.encode()):
            do = "open the page again and send the form once more"
            raise Forged("this form was not made for you by this service, or its page is too old", do=do)
        return Posted(visitor, fields)


@cache
def visiting(role: Role) -> Visiting:
    """A dependency that gives the Visitor, if its role reaches so far."""
    return Visiting(role)


@cache
def posting(role: Role) -> Posting:
    """A dependency that gives a form and its Visitor, if the role reaches so far and the form is ours."""
    return Posting(role)

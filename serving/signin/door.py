"""The door of the pages: visitors with a role, and forms that come from our own pages.

``visiting("rep")`` is a dependency that gives the Visitor; ``posting("rep")`` gives the fields of a form as well. Both
read ``app.state.signin``.
"""

from functools import cache
from typing import Annotated, NamedTuple

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from features.errors import LeadError
from serving.signin.origins import refuse_foreign
from serving.signin.refusals import NoRight
from serving.signin.visitor import Role, Visitor
from serving.signin.who import CSRF, NOTHING, Fields, SignIn


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
        """Who it is and what was sent; raises as Visiting, Forged, and LeadError for what no database holds."""
        visitor = self._visiting.let_in(request, fields)
        signin: SignIn = request.app.state.signin
        if not visitor.link:  # a link is in the form itself, so that no other page can send it
            refuse_foreign(request, signin.public_url)
        signin.refuse_forged(fields, visitor.csrf)
        _refuse_nul(fields)
        return Posted(visitor, {name: value for name, value in fields.items() if name != CSRF})


def _refuse_nul(fields: Fields) -> None:
    for name, value in fields.items():
        if "\0" in name or "\0" in value:
            raise LeadError("a text holds the character NUL", where=name.replace("\0", ""), do="type it anew")


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

"""Signing in and out, as far as a browser is concerned: what it holds, and where it goes next."""

from collections.abc import Callable

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.signin.bykey import person_of
from serving.signin.cookies import AWAY, SESSION, VISIT
from serving.signin.nextpage import local
from serving.signin.sessions import Person
from serving.signin.who import SignIn


def enter_by_key(request: Request, signin: SignIn, text: str, wanted: str) -> Response:
    """Sign in by a key; raises WrongKey, NoRole, TooOften, StoreUnavailable."""
    signin.attempts.take(request.client.host if request.client else "")
    now = signin.clock()
    return enter(request, signin, lambda connection: person_of(connection, text, now), wanted)


def enter(request: Request, signin: SignIn, who: Callable[[Connection], Person], wanted: str) -> Response:
    """Begin a session, in the place of whatever the browser held before, and go to the page that was wanted.

    who: says who it is, in the transaction that begins the session; raises what it raises, and StoreUnavailable
    """
    now, cookies = signin.clock(), signin.cookies
    token = signin.store.write(lambda c: signin.sessions.begin(c, who(c), now))
    if before := cookies.get(request, SESSION):
        signin.sessions.end(before, now)
    response = RedirectResponse(local(wanted), 303)
    cookies.put(request, response, SESSION, token, signin.settings.longest)
    for name in (VISIT, AWAY):
        cookies.drop(request, response, name)
    return response


def leave(request: Request, signin: SignIn) -> Response:
    """End the session of a browser, if there is one."""
    response = RedirectResponse("/signin" if signin.asked else "/", 303)
    if token := signin.cookies.get(request, SESSION):
        signin.sessions.end(token, signin.clock())
        signin.cookies.drop(request, response, SESSION)
    return response

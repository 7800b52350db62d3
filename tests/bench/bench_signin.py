"""What every page costs before it is made: whose session or link it is. Process time, without a server around it."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from figures import Figure, at_most
from starlette.requests import Request

from features.moments import DAY, now
from serving.programs.programs import Programs
from serving.service import Service
from serving.settings import Settings
from serving.signin.links import Link
from serving.signin.sessions import Person, Sessions
from serving.signin.settings import SignInSettings
from serving.signin.who import SignIn
from serving.store.place import open_store

TIMES, ROUNDS = 200, 15
SETTINGS = SignInSettings(asked=True)


def run() -> list[Figure]:
    """Microseconds of each, the best of the rounds."""
    with TemporaryDirectory() as folder, closing(open_store(Path(folder))) as store:
        signin = SignIn(Service(Settings(home=Path(folder), signin=SETTINGS), store, Programs({})))
        token = store.write(lambda c: signin.sessions.begin(c, Person("Kim", "rep", "oidc:kim"), now()))
        link = signin.links.made(Link("L-1", "leads", "crm", now() + DAY))

        def anew() -> None:
            Sessions(store, SETTINGS).find(token, now())

        session = lambda: signin.visitor_of(request("/", cookie=f"leadscore_session={token}"))  # noqa: E731
        by_link = lambda: signin.visitor_of(request("/crm/leads/L-1", query=f"link={link}"))  # noqa: E731
        return [
            at_most("whose session it is, seen within a second", best(session), "µs", 60),
            at_most("whose session it is, asked of SQLite", best(anew), "µs", 1_000),
            at_most("what a link opens", best(by_link), "µs", 300),
        ]


def best(work: Callable[[], object]) -> float:
    """Microseconds of process time."""
    taken = []
    for _ in range(ROUNDS):
        began = process_time()
        for _ in range(TIMES):
            work()
        taken.append((process_time() - began) / TIMES * 1e6)
    return min(taken)


def request(path: str, query: str = "", cookie: str = "") -> Request:
    """A browser's request."""
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "scheme": "http"}
    headers = [(b"host", b"127.0.0.1:8000"), (b"accept", b"text/html"), (b"cookie", cookie.encode())]
    return Request(scope | {"headers": headers, "server": ("127.0.0.1", 8000), "path_params": {"lead_id": "L-1"}})

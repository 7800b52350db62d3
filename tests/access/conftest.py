"""What the tests of access share: keys in a store, and a small service that asks for them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.testclient import TestClient
from starlette.responses import JSONResponse
from starlette.routing import Route

from features.moments import now
from serving import problems
from serving.access.caller import SYSTEM, Caller
from serving.access.guard import caller_of, needs
from serving.access.keys import NewKey, Wanted, create
from serving.access.lookup import Keys
from serving.access.openapi import describe_keys
from serving.access.rates import Rates
from serving.observe.metrics import Metrics
from serving.observe.requests import Observe
from serving.routes.access import audit_routes, key_routes
from serving.store.database import Store
from serving.store.place import open_store

MakeKey = Callable[..., NewKey]


def key_in(store: Store, *scopes: str, **more: Any) -> NewKey:
    """A key in the store."""
    return store.write(lambda c: create(c, SYSTEM, Wanted("a test", frozenset(scopes), **more), now()))


@pytest.fixture
def make_key(store: Store) -> MakeKey:
    """Makes keys on either database."""
    return lambda *scopes, **more: key_in(store, *scopes, **more)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Store]:
    """A store in SQLite, for what is the same on both databases."""
    store = open_store(tmp_path / "home")
    yield store
    store.close()


@pytest.fixture
def make_local_key(local: Store) -> MakeKey:
    """Makes keys in the local store."""
    return lambda *scopes, **more: key_in(local, *scopes, **more)


@pytest.fixture
def go() -> Callable[[Store], Callable[[], None]]:
    """Takes a store's SQLite file away; what that returns puts it back."""

    def take_away(store: Store) -> Callable[[], None]:
        store.close()
        file = Path(store.url.database or "")
        away = file.rename(file.with_suffix(".away"))
        file.mkdir()

        def put_back() -> None:
            file.rmdir()
            away.rename(file)

        return put_back

    return take_away


@pytest.fixture
def metrics() -> Metrics:
    """What the service counts."""
    return Metrics()


@pytest.fixture
def app(local: Store, metrics: Metrics) -> FastAPI:
    """A service with a route that depends on ``needs``, one that does without, and those about keys."""
    app = FastAPI()
    app.add_middleware(Observe, metrics=metrics)
    app.state.keys, app.state.rates = Keys(local), Rates()
    problems.install(app)
    app.include_router(key_routes(local))
    app.include_router(audit_routes(local))

    @app.get("/read")
    async def read(caller: Annotated[Caller, Depends(needs("read"))]) -> dict[str, str]:
        return {"name": caller.name}

    async def plain(request: Request) -> JSONResponse:
        return JSONResponse({"name": (await caller_of(request.scope, "score")).name})

    app.router.routes.append(Route("/plain", plain, methods=["POST"]))
    describe_keys(app)
    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client of that service."""
    with TestClient(app) as opened:
        yield opened

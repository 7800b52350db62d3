"""A service at whose pages people sign in, and browsers that do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from client import serving_client
from fastapi.testclient import TestClient
from msgspec.structs import replace
from surfer import Surfer

from serving.settings import Settings
from serving.signin.settings import SignInSettings

ASKED = SignInSettings(asked=True)
Serve = Callable[..., TestClient]


@pytest.fixture
def serve(tmp_path: Path, scorecard_path: Path) -> Iterator[Serve]:
    """Serves with some settings; the client has the first key, with every right."""
    with ExitStack() as ends:

        def opened(**settings: object) -> TestClient:
            made = Settings(home=tmp_path, reload_seconds=0.0, jobs=False, **settings)  # type: ignore[arg-type]
            return ends.enter_context(serving_client(made, scorecard_path))

        yield opened


@pytest.fixture(scope="session")
def asked(scorecard_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One service for all that leave it as it is: people sign in, and pages of a CRM may frame cards."""
    settings = Settings(home=tmp_path_factory.mktemp("signin"), reload_seconds=0.0, jobs=False)
    settings = replace(settings, signin=replace(ASKED, attempts=10_000), frames=("https://crm.example",))
    with serving_client(settings, scorecard_path) as opened:
        yield opened


@pytest.fixture
def browser(asked: TestClient) -> Surfer:
    """A browser that has not signed in."""
    return Surfer(asked)


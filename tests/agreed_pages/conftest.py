"""A service whose people sign in, and browsers of a rep, a manager and an admin at it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from client import serving_client
from deskpages import As, Serve, signed_in
from fastapi.testclient import TestClient
from msgspec.structs import replace
from surfer import Surfer

from features.agreement import Agreement
from serving.settings import Settings
from serving.signin.settings import SignInSettings
from training.scorecard import Scorecard, save

ASKED = SignInSettings(asked=True, attempts=10_000)


@pytest.fixture
def agreement(rules_card: Scorecard) -> Agreement:
    return rules_card.agreement


@pytest.fixture(scope="session")
def agreed_card(rules_card: Scorecard) -> Scorecard:
    """The made-up company's agreement, without history."""
    return replace(rules_card, name="madeup")


def _served(ends: ExitStack, home: Path, card: Scorecard) -> TestClient:
    save(card, home / "scorecard.json")
    return ends.enter_context(serving_client(Settings(home=home, reload_seconds=0.0, jobs=False, signin=ASKED)))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def serve(home: Path, agreed_card: Scorecard) -> Iterator[Serve]:
    """Serves a scorecard, without history where none is given, from a home of its own."""
    with ExitStack() as ends:
        yield lambda card=None: _served(ends, home, card or agreed_card)


@pytest.fixture
def service(serve: Serve) -> TestClient:
    """The agreement in service, without history, to be changed."""
    return serve()


@pytest.fixture(scope="session")
def agreed_service(tmp_path_factory: pytest.TempPathFactory, agreed_card: Scorecard) -> Iterator[TestClient]:
    """The same for all who only look."""
    with ExitStack() as ends:
        yield _served(ends, tmp_path_factory.mktemp("agreed") / "home", agreed_card)


@pytest.fixture(scope="session")
def trained_service(tmp_path_factory: pytest.TempPathFactory, card: Scorecard) -> Iterator[TestClient]:
    """With what was learned, for all who only look."""
    with ExitStack() as ends:
        yield _served(ends, tmp_path_factory.mktemp("trained") / "home", card)


@pytest.fixture
def as_role(service: TestClient) -> As:
    """A browser of somebody with a role, who has signed in."""
    return lambda role: signed_in(service, role)


@pytest.fixture
def manager(as_role: As) -> Surfer:
    return as_role("manager")


@pytest.fixture(scope="session")
def reader(agreed_service: TestClient) -> Surfer:
    """A manager who only looks at the agreement."""
    return signed_in(agreed_service, "manager")


@pytest.fixture(scope="session")
def trained_reader(trained_service: TestClient) -> Surfer:
    """An admin who only looks at the agreement beside what was learned."""
    return signed_in(trained_service, "admin")

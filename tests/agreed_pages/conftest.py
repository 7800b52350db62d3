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


@pytest.fixture
def agreement(rules_card: Scorecard) -> Agreement:
    return rules_card.agreement


@pytest.fixture
def serve(tmp_path: Path, rules_card: Scorecard) -> Iterator[Serve]:
    """Serves a scorecard, without history where none is given, from a home of its own."""
    with ExitStack() as ends:

        def opened(card: Scorecard | None = None) -> TestClient:
            save(card or replace(rules_card, name="madeup"), tmp_path / "home" / "scorecard.json")
            asked = SignInSettings(asked=True, attempts=1_000)
            made = Settings(home=tmp_path / "home", reload_seconds=0.0, jobs=False, signin=asked)
            return ends.enter_context(serving_client(made))

        yield opened


@pytest.fixture
def service(serve: Serve) -> TestClient:
    """The made-up company's agreement in service, without history."""
    return serve()


@pytest.fixture
def as_role(service: TestClient) -> As:
    """A browser of somebody with a role, who has signed in."""
    return lambda role: signed_in(service, role)


@pytest.fixture
def manager(as_role: As) -> Surfer:
    return as_role("manager")

"""What the tests of faults share: services that are processes of their own, and a PostgreSQL that may be harmed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from asking import Asking
from killable import Killable
from nursery import Nursery
from pg import Postgres, own_postgres

from serving.settings import Settings
from serving.webhooks.settings import WebhookSettings
from training.scorecard import Scorecard, save

Serve = Callable[..., Killable]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    opened = Nursery()
    yield opened
    opened.close()


@pytest.fixture
def home(rules_card: Scorecard, tmp_path: Path) -> Path:
    """A home with the made-up company's rules to serve."""
    save(rules_card, tmp_path / "scorecard.json")
    return tmp_path


@pytest.fixture
def serve(nursery: Nursery, home: Path) -> Iterator[Serve]:
    """Starts services over the home, as many as are asked for; closes them at the end."""
    begun: list[Killable] = []

    def start(**settings: object) -> Killable:
        given = {"home": home, "webhooks": WebhookSettings(allow_private=True)} | settings
        begun.append(Killable(nursery, msgspec.convert(given, Settings), home / "scorecard.json", home / "log"))
        begun[-1].start()
        return begun[-1]

    yield start
    for service in begun:
        service.close()


@pytest.fixture
def asks() -> Iterator[Callable[[Killable], Asking]]:
    """Opens callers of services."""
    opened: list[Asking] = []

    def of(service: Killable) -> Asking:
        opened.append(Asking(service.url, service.headers))
        return opened[-1]

    yield of
    for each in opened:
        each.close()


@pytest.fixture(scope="module")
def harmed() -> Iterator[Postgres]:
    """A PostgreSQL of this module's own."""
    with own_postgres() as server:
        yield server.flushes_nothing()

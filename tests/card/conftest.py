"""A desk with Kim, a Head of IT who reads prices, and a browser at it; the desk's clock is the service's."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from desk import HEAD_OF_IT, Desk, programs_of
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.service import Service
from serving.settings import Settings
from serving.store.database import Store
from training.scorecard import Scorecard

Page = Callable[..., BeautifulSoup]
KIM = "kim-1"


@pytest.fixture
def desk(sqlite_with_tables: Path, rules_card: Scorecard, tmp_path: Path) -> Iterator[Desk]:
    """A desk that works by the made-up company's agreement, with Kim, who is an MQL."""
    store = Store(f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path)}")
    desk = Desk(store, programs_of(store, tmp_path, leads=rules_card))
    desk.identify(KIM, **HEAD_OF_IT)
    yield desk
    store.close()


@pytest.fixture
def service(desk: Desk, tmp_path: Path) -> Service:
    """The service over the desk; the frames of one CRM may show its cards."""
    settings = Settings(home=tmp_path, jobs=False, frames=("https://crm.example",))
    return Service(settings, desk.store, desk.programs, clock=lambda: desk.now)


@pytest.fixture
def browser(service: Service) -> Iterator[TestClient]:
    """A browser at this computer; redirects are not followed."""
    with TestClient(create_app(service), base_url="http://127.0.0.1", follow_redirects=False) as client:
        yield client


@pytest.fixture
def card(browser: TestClient) -> Page:
    """The card of a lead as a browser gets it."""

    def get(lead: str = KIM, language: str = "en", **query: str) -> BeautifulSoup:
        address = f"/crm/leads/{quote(lead, safe='')}"
        answer = browser.get(address, params=query, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    return get

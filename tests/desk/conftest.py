"""The desk's figures over hand-made pasts, on either database; and a browser at its pages."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from desk import Desk, programs_of
from fastapi.testclient import TestClient
from sqlalchemy import Connection

from serving.app import create_app
from serving.desk.kept import MINUTE
from serving.programs.service import InService, in_service
from serving.service import Service
from serving.settings import Settings
from serving.store.database import Store
from serving.store.schema import agreements, metadata, scorecards, secrets
from training.scorecard import Scorecard

Page = Callable[..., BeautifulSoup]


@pytest.fixture(scope="session")
def leads(rules_card: Scorecard) -> InService:
    """The made-up company's agreement in service: Prospect, Lead, MQL, SAL, SQL, Opportunity, Customer."""
    return in_service("leads", rules_card)


@pytest.fixture(scope="module")
def office(
    sqlite_with_tables: Path, rules_card: Scorecard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Desk, TestClient]]:
    """A desk and a browser at its pages, made once for all tests of a file; redirects are not followed."""
    home = tmp_path_factory.mktemp("office")
    store = Store(f"sqlite:///{shutil.copy(sqlite_with_tables, home)}")
    desk = Desk(store, programs_of(store, home, leads=rules_card))
    service = Service(Settings(home=home, jobs=False), store, desk.programs, clock=lambda: desk.now)
    headers, base = {"Accept": "text/html"}, "http://127.0.0.1"
    with TestClient(create_app(service), base_url=base, follow_redirects=False, headers=headers) as client:
        yield desk, client
    store.close()


@pytest.fixture
def desk(office: tuple[Desk, TestClient]) -> Desk:
    """The desk without leads, on a Monday morning; later in each test, so that nothing counted before still holds."""
    desk, client = office
    desk.store.write(_emptied)
    client.cookies.clear()
    desk.later(MINUTE)
    return desk


def _emptied(connection: Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        if table not in (scorecards, agreements, secrets):
            connection.execute(table.delete())


@pytest.fixture
def browser(office: tuple[Desk, TestClient], desk: Desk) -> TestClient:
    """A browser at this computer."""
    return office[1]


@pytest.fixture
def page(browser: TestClient) -> Page:
    """A page as the browser gets it."""

    def get(address: str, language: str = "en", **query: Any) -> BeautifulSoup:
        answer = browser.get(address, params=query or None, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    return get

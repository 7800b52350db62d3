"""The desk's figures over hand-made pasts, on either database; and a browser at its pages."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from desk import START, Desk, programs_of
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.programs.service import InService, in_service
from serving.service import Service
from serving.settings import Settings
from serving.store.database import Store
from training.scorecard import Scorecard

Page = Callable[..., BeautifulSoup]


@pytest.fixture(scope="session")
def leads(rules_card: Scorecard) -> InService:
    """The made-up company's agreement in service: Prospect, Lead, MQL, SAL, SQL, Opportunity, Customer."""
    return in_service("leads", rules_card)


@pytest.fixture
def desk(sqlite_with_tables: Path, rules_card: Scorecard, tmp_path: Path) -> Iterator[Desk]:
    """A desk without leads, at nine on a Monday."""
    store = Store(f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path)}")
    yield Desk(store, programs_of(store, tmp_path, leads=rules_card), START)
    store.close()


@pytest.fixture
def browser(desk: Desk, tmp_path: Path) -> Iterator[TestClient]:
    """A browser at this computer; redirects are not followed."""
    service = Service(Settings(home=tmp_path, jobs=False), desk.store, desk.programs, clock=lambda: desk.now)
    headers = {"Accept": "text/html"}
    with TestClient(
        create_app(service), base_url="http://127.0.0.1", follow_redirects=False, headers=headers
    ) as client:
        yield client


@pytest.fixture
def page(browser: TestClient) -> Page:
    """A page as the browser gets it."""

    def get(address: str, language: str = "en", **query: Any) -> BeautifulSoup:
        answer = browser.get(address, params=query or None, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    return get

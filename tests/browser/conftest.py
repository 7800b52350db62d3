"""A real browser at a real service: the made-up company of these days, trained, in the store, and served."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import WIDE, Opened, Opener
from chromium import ARGUMENTS, WHERE
from playwright.sync_api import Browser, Page, Response, sync_playwright
from running import Running, command, started

from serving.settings import Settings
from serving.up import commands

MADEUP = Path(__file__).parents[2] / "training" / "madeup"
LEADS = 1_500
HEIGHT = 800
NOT_LOADED = "Failed to load resource"  # responses tell it, with what it was


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them are run by ``make browser``."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; skipped, saying so, where there is none, but not in CI."""
    if not WHERE:
        missing = "no Chromium: install Debian's package chromium, or name one in CHROMIUM"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=WHERE, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def home(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as ``leadscore up`` makes it, with fewer leads."""
    home = tmp_path_factory.mktemp("up") / "home"
    for arguments in commands(Settings(home=home), MADEUP, LEADS):
        subprocess.run(command(*arguments), check=True, capture_output=True)
    return home


@pytest.fixture(scope="session")
def service(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service over the home, as a process of its own."""
    log = tmp_path_factory.mktemp("log") / "log"
    with started(home, home / "scorecard.json", "--private-webhooks", log=log) as running:
        yield running


@pytest.fixture
def opener(chromium: Browser) -> Opener:
    """Opens pages of a service; at the end, none may have complained in its console or asked anybody else."""

    @contextmanager
    def open_on(service: Running) -> Iterator[Opened]:
        complaints: list[str] = []
        with _pages(chromium, service, complaints) as open_it:
            yield open_it
        assert complaints == []

    return open_on


@pytest.fixture
def opened(opener: Opener, service: Running) -> Iterator[Opened]:
    """Opens pages of the service."""
    with opener(service) as open_it:
        yield open_it


def _is_lacking(got: Response) -> bool:
    """Whether something that a page needs is not there; the page itself may be an error that a test looks for."""
    return got.status >= 400 and not got.request.is_navigation_request()


@contextmanager
def _pages(chromium: Browser, service: Running, complaints: list[str]) -> Iterator[Opened]:
    contexts = []

    def open_it(path: str, *, width: int = WIDE, language: str = "en", dark: bool = False) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHT},
            locale=language,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: None if said.text.startswith(NOT_LOADED) else complaints.append(said.text))
        page.on("response", lambda got: complaints.append(got.url) if _is_lacking(got) else None)
        page.on("pageerror", lambda error: complaints.append(f"{path}: {error}"))
        page.on("request", lambda asked: None if asked.url.startswith(service.url) else complaints.append(asked.url))
        page.goto(f"{service.url}{path}")
        return page

    yield open_it
    for context in contexts:
        context.close()

"""A card in a CRM's frame: on another site, where nobody has signed in, and only where the setting lets it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import httpx2
import pytest
from browsing import WIDE
from playwright.sync_api import Browser, FrameLocator, expect
from running import Running, first_lead, started


class Crm(NamedTuple):
    """A page of another site that shows an address in its frame."""

    origin: str

    def framed(self, chromium: Browser, address: str) -> FrameLocator:
        page = chromium.new_page(viewport={"width": WIDE, "height": 800})
        page.goto(f"{self.origin}/?{address}")
        return page.frame_locator("iframe")


class Record(BaseHTTPRequestHandler):
    """A record of the CRM."""

    def do_GET(self) -> None:
        page = f'<!doctype html><title>CRM</title><iframe width="400" height="700" src="{self.path[2:]}"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def site() -> Iterator[Crm]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Record)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Crm(f"http://localhost:{server.server_address[1]}")  # another site than 127.0.0.1 to a browser
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def crm() -> Iterator[Crm]:
    with site() as made:
        yield made


@pytest.fixture(scope="module")
def signed(home: Path, crm: Crm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service where people sign in, whose cards may stand in the CRM's frames."""
    folder = tmp_path_factory.mktemp("signed")
    copied = shutil.copytree(home, folder / "home")
    options = ("--sign-in", "--frame", crm.origin)
    with started(copied, copied / "scorecard.json", *options, log=folder / "log") as running:
        yield running


@pytest.fixture
def lead(signed: Running) -> str:
    return first_lead(signed, waiting_for="Customer")


@pytest.fixture
def address(signed: Running, lead: str) -> str:
    """A link to the lead's card."""
    answer = httpx2.get(f"{signed.url}/v1/leads/{lead}/link", headers=signed.headers).json()
    return signed.url + answer["url"].removeprefix(signed.url)


def test_a_link_opens_the_card_in_the_frame_and_its_acts_work_there(chromium: Browser, crm: Crm, address: str) -> None:
    frame = crm.framed(chromium, address)
    expect(frame.locator(".points")).to_be_visible()
    frame.locator("form[action$='/accept'] button").click()
    expect(frame.get_by_role("status")).to_be_visible()
    expect(frame.locator(".steps .here span").first).to_have_text("Customer")


def test_another_site_gets_no_card_into_its_frame(chromium: Browser, address: str) -> None:
    with site() as other:
        frame = other.framed(chromium, address)
        expect(frame.locator(".points")).to_have_count(0)


def test_without_a_link_the_frame_shows_no_lead(chromium: Browser, crm: Crm, signed: Running, lead: str) -> None:
    frame = crm.framed(chromium, f"{signed.url}/crm/leads/{lead}")
    expect(frame.locator(".points")).to_have_count(0)

"""A proposed agreement: compared, its effect on today's leads seen, signed, adopted; in every language."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from browsing import LANGUAGES, NARROW, WIDE, Opened, Opener, barriers
from playwright.sync_api import expect
from running import Running, started

MQL = re.compile(r"(stage: MQL.*?threshold: )(\d+)", re.DOTALL)


@pytest.fixture(scope="module")
def other(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service of its own, whose agreement others do not read."""
    folder = tmp_path_factory.mktemp("agreed")
    copied = shutil.copytree(home, folder / "home")
    with started(copied, copied / "scorecard.json", log=folder / "log") as running:
        yield running


@pytest.fixture
def opened(opener: Opener, other: Running) -> Iterator[Opened]:
    with opener(other) as open_it:
        yield open_it


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_proposed_agreement_is_compared_signed_and_adopted(
    opened: Opened, other: Running, language: str, width: int
) -> None:
    page = opened("/agreement/propose", language=language, width=width)
    text = page.locator("#text").input_value()
    before = int(MQL.search(text)[2])  # type: ignore[index]
    version = f"of {language} at {width}"
    proposed = re.sub(r"version: .*", f'version: "{version}"', MQL.sub(rf"\g<1>{before - 1}", text), count=1)
    page.locator("#text").fill(proposed)
    page.locator("form button.first").last.click()
    page.wait_for_url("**/agreement/versions/**")

    told = page.locator("main").inner_text()
    assert str(before - 1) in told
    assert page.locator("#effect tbody tr").count() >= 7  # one for each stage
    assert barriers(page) == []
    page.locator("#role").fill("Head of Sales")
    page.locator("#signatures button").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert "Head of Sales" in page.locator("#signatures").inner_text()

    page.locator("#adopt button").click()
    page.wait_for_url("**/agreement?**")
    answer = httpx2.get(f"{other.url}/v1/agreement", headers=other.headers).json()
    assert answer["version"] == version
    assert barriers(page) == []


def test_a_mistake_is_shown_with_its_place_and_the_text_is_kept(opened: Opened) -> None:
    page = opened("/agreement/propose")
    broken = page.locator("#text").input_value().replace("threshold: 50", "treshold: 50")
    page.locator("#text").fill(broken)
    page.locator("form button.first").last.click()
    fault = page.locator("#fault").inner_text()
    assert "treshold" in fault
    assert "threshold" in fault.replace("treshold", "")
    assert page.locator("#text").input_value() == broken

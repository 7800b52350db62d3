"""The model page: a challenger promoted with its evidence, and taken back; in every language."""

import subprocess
from pathlib import Path

import httpx2
import pytest
from browsing import LANGUAGES, NARROW, WIDE, Opened, barriers
from playwright.sync_api import Page, expect
from running import Running, command

TRAIN = Path(__file__).parents[2] / "training" / "madeup" / "train.yaml"
PATIENCE = 60_000  # milliseconds for what a registry takes


@pytest.fixture(scope="module")
def challenger(home: Path) -> str:
    """A second version, learned from the same company some weeks later."""
    learn = command("train", TRAIN, "--data", home / "madeup-today", "--home", home)
    subprocess.run(learn, check=True, capture_output=True)
    return "2"


def read_again(page: Page) -> None:
    """Wait until the registry has been read."""
    page.locator("form[action^='/model/read'] button").click(timeout=PATIENCE)
    expect(page.locator("#decide form").first).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_challenger_is_promoted_and_taken_back(
    opened: Opened, service: Running, challenger: str, language: str, width: int
) -> None:
    page = opened("/model", language=language, width=width)
    read_again(page)
    page.locator("#version").select_option(challenger)
    page.locator("[name=override]").check()
    page.locator("#promote-reason").fill("it knows the newest leads")
    page.locator("form[action^='/model/promote'] button").click()
    expect(page.locator("#decide .notice")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#decide .notice")).to_contain_text("it knows the newest leads")
    assert served(service) == challenger
    assert barriers(page) == []

    page.locator("#back-reason").fill("sales does not believe it")
    page.locator("form[action^='/model/roll-back'] button").click()
    expect(page.locator("#decide .notice")).to_contain_text("sales does not believe it", timeout=PATIENCE)
    assert served(service) == "1"


def served(service: Running) -> str:
    """The version that the service says it runs."""
    version: str = httpx2.get(f"{service.url}/v1/model", headers=service.headers).json()["model_version"]
    return version

"""The card in a browser: what is shown adds up, in each language, and fits a CRM's frame."""

import pytest
from browsing import LANGUAGES, NARROW, WIDE, Opened, barriers, tenths
from playwright.sync_api import Page
from running import Running, first_lead


@pytest.fixture(scope="session")
def lead(service: Running) -> str:
    """A lead with reasons for and against it."""
    return first_lead(service, stage="MQL")


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def shown(page: Page, cells: str) -> list[int]:
    return [tenths(text) for text in page.locator(cells).all_inner_texts()]


def test_the_reasons_visibly_add_up(opened: Opened, lead: str, language: str) -> None:
    page = opened(f"/crm/leads/{lead}", width=NARROW, language=language)
    whole = shown(page, ".points")
    assert [sum(shown(page, "td[data-tenths]"))] == whole == shown(page, "td.total")


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("dark", [False, True])
def test_it_can_be_used_by_everybody(opened: Opened, lead: str, language: str, width: int, dark: bool) -> None:
    assert barriers(opened(f"/crm/leads/{lead}", width=width, language=language, dark=dark)) == []


def test_it_can_be_worked_with_the_keyboard_alone(opened: Opened, lead: str) -> None:
    page = opened(f"/crm/leads/{lead}", width=NARROW)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.acts') !== null"):
            return
    pytest.fail("eight steps from the top, no act was reached")

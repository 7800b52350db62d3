"""Every page can be used by everybody: WCAG AA, at any width, in every language, in the light and in the dark."""

import pytest
from browsing import LANGUAGES, NARROW, WIDE, Opened, barriers

PAGES = ("/", "/?stage=MQL&sla=running", "/?stage=Customer", "/dashboard", "/quadrant", "/account", "/crm/leads/nobody")


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_used_by_everybody(opened: Opened, path: str, language: str, width: int) -> None:
    dark = language == "de"
    page = opened(path, width=width, language=language, dark=dark)
    assert barriers(page) == []
    assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_read_at_twice_its_size(opened: Opened, path: str) -> None:
    """200 % zoom of a window of 1,280 pixels leaves 640 of them to the page (WCAG 1.4.4, 1.4.10)."""
    assert barriers(opened(path, width=WIDE // 2)) == []

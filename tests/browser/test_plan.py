"""A manager's plan: from revenue to leads, in every language, as an address that a colleague can open."""

import re

import pytest
from browsing import LANGUAGES, NARROW, WIDE, Opened, barriers
from playwright.sync_api import Page

WON = {"Prospect": 100, "Lead": 100, "MQL": 10, "SAL": 100, "SQL": 75, "Opportunity": 100}  # percent


def needed(page: Page) -> dict[str, int]:
    """How many leads are needed at each stage."""
    rows = page.locator("section:has(#needed) tbody tr").all()
    return {
        row.locator("th").inner_text(): int(re.sub(r"\D", "", row.locator("td strong").inner_text())) for row in rows
    }


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_divides_by_each_rate(opened: Opened, language: str, width: int) -> None:
    """120 opportunities need 120 / 0.75 sales-ready leads, and those 160 / 0.10 marketing leads."""
    page = opened("/plan", language=language, width=width)
    for field, value in {"revenue": 1_200_000, "share": 100, "deal": 10_000}.items():
        page.locator(f"[name={field}]").fill(str(value))
    for stage, rate in WON.items():
        page.locator(f"[name='rate.{stage}']").fill(str(rate))
    page.locator(".plan-form button.first").click()
    found = needed(page)
    assert (found["Customer"], found["Opportunity"], found["SQL"]) == (120, 120, 160)
    assert (found["SAL"], found["MQL"]) == (160, 1_600)
    assert barriers(page) == []
    again = opened(page.url.removeprefix(page.url.partition("/plan")[0]), language=language)
    assert needed(again) == found


def test_what_is_no_number_is_said_at_its_field(opened: Opened) -> None:
    page = opened("/plan?revenue=lots&share=50&deal=10000")
    field = page.locator("[name=revenue]")
    assert (field.get_attribute("aria-invalid"), field.input_value()) == ("true", "lots")

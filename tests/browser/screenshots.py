"""Renews docs/screenshots: what people see, as the README shows it. Run by ``make screenshots``."""

from pathlib import Path

import pytest
from browsing import Opened
from running import Running, first_lead

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
CARD = 400  # pixels, as in a CRM's frame
DESK = 1_100
PLAN = "/plan?revenue=1200000&currency=EUR&unit=year&share=60&deal=10000"
PAGES = {
    "list": "/",
    "dashboard": "/dashboard",
    "plan": PLAN,
    "quadrant": "/quadrant",
    "agreement": "/agreement#fit",
    "model": "/model#good",
}


@pytest.mark.parametrize("name", PAGES)
def test_desk(opened: Opened, name: str) -> None:
    page = opened(PAGES[name], width=DESK)
    if name == "model":  # the registry is read meanwhile
        page.locator("#calibration svg").wait_for(timeout=60_000)
        page.locator("#good").scroll_into_view_if_needed()
    page.screenshot(path=FOLDER / f"{name}.png")


@pytest.mark.parametrize(("language", "dark"), [("en", False), ("de", True), ("zh", False)])
def test_card(opened: Opened, service: Running, language: str, dark: bool) -> None:
    lead = first_lead(service, stage="MQL", sla="running")
    page = opened(f"/crm/leads/{lead}", width=CARD, language=language, dark=dark)
    page.screenshot(path=FOLDER / f"card-{language}.png")

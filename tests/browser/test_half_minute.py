"""A rep's half minute: who is next, why, and "mine"; what follows from it, up to the next training."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from browsing import LANGUAGES, NARROW, WIDE, Opened, tenths
from playwright.sync_api import Page, expect
from receiver import Receiver
from running import Running
from standardwebhooks.webhooks import Webhook

from training.leads import Leads
from training.store_tables import Store

TRAIN = Path(__file__).parents[2] / "training" / "madeup" / "train.yaml"


class Crm:
    """What a CRM hears of stages, and the secret by which it knows that it is told the truth."""

    def __init__(self, service: Running, receiver: Receiver) -> None:
        wanted = {"url": receiver.url, "types": ["lead.stage_changed"]}
        made = httpx2.post(f"{service.url}/v1/webhooks", json=wanted, headers=service.headers)
        self.receiver, self._secret = receiver, made.json()["secret"]

    def heard(self, count: int) -> list[tuple[str, str, str]]:
        """The lead, the stage it left and the one it came to, of so many messages at least, in any order."""
        assert self.receiver.wait_for(count)
        told = [Webhook(self._secret).verify(got.body, got.headers) for got in self.receiver.got]
        return [(t["data"]["lead_id"], t["data"]["stage_was"], t["data"]["stage"]) for t in told]


@pytest.fixture
def crm(service: Running) -> Iterator[Crm]:
    receiver = Receiver([200])
    yield Crm(service, receiver)
    receiver.close()


@pytest.fixture
def lead(service: Running) -> str:
    """A lead of five months ago that today read prices and began a trial: sales is to decide on it."""
    now, name = datetime.now(UTC), f"kim-{uuid4().hex[:8]}"
    row = {"lead_id": name, "created_at": f"{now - timedelta(days=150):%Y-%m-%dT%H:%M:%SZ}", "job_title": "Head of IT"}
    row |= {"industry": "software", "employees": "320", "email": f"{name}@fjord.example", "company": "Fjord"}
    table = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
    headers = service.headers | {"Content-Type": "text/csv"}
    httpx2.post(f"{service.url}/v1/import/leads?wait=true", content=table, headers=headers).raise_for_status()
    for event in ("trial_started", "page_view", "page_view", "webinar_attended"):
        body = {"userId": name, "event": event, "properties": {"path": "/pricing"}}
        httpx2.post(f"{service.url}/v1/track", json=body, headers=service.headers).raise_for_status()
    return name


def first_to_decide_on(opened: Opened, language: str, width: int) -> Page:
    """From the list to a card with nothing but the keyboard; what the card shows adds up."""
    page = opened("/?waiting=SAL", language=language, width=width)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/crm/leads/**")
    parts = [tenths(text) for text in page.locator("td[data-tenths]").all_inner_texts()]
    assert sum(parts) == tenths(page.locator(".points").inner_text())
    return page


def step(page: Page) -> str:
    return page.locator(".steps .here span").first.inner_text()


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_half_minute_of_a_rep(opened: Opened, lead: str, home: Path, crm: Crm, language: str, width: int) -> None:
    page = first_to_decide_on(opened, language, width)
    assert page.url.partition("?")[0].endswith(f"/{lead}")
    assert step(page) == "MQL"

    page.locator("form.act button.first").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert step(page) == "SAL"
    expect(page.locator(".facts .tag.good")).to_be_visible()  # its clock runs
    assert (lead, "MQL", "SAL") in crm.heard(1)

    assert outcome(home, lead) is False
    page.locator("form[action$='/convert'] summary").click()
    page.locator("form[action$='/convert'] button").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert step(page) == "Customer"
    assert (lead, "SAL", "Customer") in crm.heard(2)
    assert outcome(home, lead) is True


def outcome(home: Path, lead: str) -> bool:
    """Whether the next training reads that the lead has converted."""
    data = Leads(TRAIN, Store(f"sqlite:///{home / 'store.db'}")).everything
    rows = dict(zip(data.lead_ids, data.converts_ever.tolist(), strict=True))
    return bool(rows[lead])


def test_a_lead_is_sent_back_with_an_agreed_reason_only(opened: Opened, lead: str) -> None:
    page = opened(f"/crm/leads/{lead}", width=NARROW)
    page.locator("form[action$='/reject'] summary").click()
    page.locator("form[action$='/reject'] button").click()
    assert page.evaluate("document.activeElement.name") == "reason"  # the browser itself asks for it
    assert step(page) == "MQL"
    page.locator("#reason-reject").select_option("no need now")
    page.locator("form[action$='/reject'] button").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert step(page) == "Lead"
    assert "no need now" in page.locator("section[aria-labelledby=history]").inner_text()

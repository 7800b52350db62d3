"""The card as a page: its sum, its acts, its languages, its frame."""

from collections.abc import Callable

import pytest
from browsing import tenths
from bs4 import BeautifulSoup
from desk import HEAD_OF_IT, HOUR, Desk
from fastapi.testclient import TestClient

from serving.leads.standing import save
from serving.store.schema import audit, stage_changes
from serving.words.catalogue import LANGUAGES

Page = Callable[..., BeautifulSoup]
CARD = "/crm/leads/kim-1"


def form(page: BeautifulSoup, action: str) -> dict[str, str]:
    """The hidden fields of an act's form."""
    found = page.select_one(f'form[action$="/{action}"]')
    assert found is not None, f"there is no form to {action}"
    return {str(i["name"]): str(i["value"]) for i in found.select("input[type=hidden]")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_in_the_column_adds_up_to_what_stands_under_it(desk: Desk, card: Page, language: str) -> None:
    for path in ("/pricing", "/careers", "/product"):
        desk.track("kim-1", "page_view", path=path)
        desk.later(HOUR * 31)
    page = card(language=language)
    parts = [tenths(td.text) for td in page.select("table.reasons td[data-tenths]")]
    groups = [tenths(td.text) for td in page.select("table.reasons td[data-group]")]
    whole = page.select_one("table.reasons td.total")
    headline = page.select_one(".points")
    assert whole is not None
    assert headline is not None
    assert sum(parts) == tenths(whole.text) == tenths(headline.text)
    assert parts[0] + sum(groups) == tenths(whole.text)


@pytest.mark.parametrize(("language", "says"), [("en", "Why this score"), ("de", "Warum"), ("zh", "评分依据")])
def test_it_speaks_the_language_of_the_browser(card: Page, language: str, says: str) -> None:
    page = card(language=language)
    assert page.html is not None
    assert page.html["lang"] == language
    assert says in page.text


def test_the_reasons_are_in_the_language_of_the_browser(card: Page) -> None:
    said = {row.get_text(strip=True) for row in card(language="de").select("table.reasons th[scope=row]")}
    assert "Branche: software" in said


def test_a_rep_takes_a_lead_and_its_clock_begins(desk: Desk, browser: TestClient, card: Page) -> None:
    desk.track("kim-1", "page_view", path="/pricing")
    desk.track("kim-1", "webinar_attended")
    fields = form(card(), "accept")
    answer = browser.post(f"{CARD}/accept", data=fields | {"assigned_to": "jonas"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CARD}?done=accept")
    standing = desk.standing("kim-1")
    assert (standing.stage, standing.assigned_to, standing.sla_state) == ("SAL", "jonas", "running")


def test_an_act_is_written_in_the_audit_with_who_did_it(desk: Desk, browser: TestClient, card: Page) -> None:
    browser.post(f"{CARD}/reject", data=form(card(), "reject") | {"reason": "no need now", "note": "in spring"})
    (entry,) = [row for row in desk.rows(audit) if row["act"] == "lead.reject"]
    assert (entry["about"], entry["by"].partition(":")[0]) == ("kim-1", "cli")
    assert [(r["reason"], r["note"]) for r in desk.rows(stage_changes) if r["action"] == "reject"] == [
        ("no need now", "in spring")
    ]


def test_what_is_sent_twice_is_done_once(desk: Desk, browser: TestClient, card: Page) -> None:
    """The second click finds the lead moved on, and must not accept it into the stage after."""
    desk.track("kim-1", "demo_requested")
    fields = form(card(), "recycle") | {"reason": "no need now"}
    browser.post(f"{CARD}/recycle", data=fields)
    again = browser.post(f"{CARD}/recycle", data=fields)
    assert again.status_code == 409
    assert "somebody has moved this lead meanwhile: it is now Lead" in again.text
    assert len([r for r in desk.rows(stage_changes) if r["action"] == "recycle"]) == 1


def test_an_act_without_an_agreed_reason_is_refused_with_the_reasons(browser: TestClient, card: Page) -> None:
    answer = browser.post(f"{CARD}/reject", data=form(card(), "reject") | {"reason": "bored"})
    assert answer.status_code == 409
    assert "no budget, duplicate" in answer.text


@pytest.mark.parametrize(
    "told",
    [{"assigned_to": "x" * 201}, {"note": "x" * 2_001}, {"note": "no\0budget"}, {"assigned_to": "jo\0nas"}],
    ids=["long name", "long note", "NUL in the note", "NUL in the name"],
)
def test_a_text_that_the_api_would_refuse_moves_nothing(
    desk: Desk, browser: TestClient, card: Page, told: dict[str, str]
) -> None:
    fields = form(card(), "reject") | {"reason": "no budget"}
    answer = browser.post(f"{CARD}/reject", data=fields | told)
    assert (answer.status_code, desk.standing("kim-1").stage) == (422, "MQL")
    assert browser.post(f"{CARD}/reject", data=fields | {"note": "x" * 2_000}).status_code == 303


def test_a_form_that_is_not_ours_moves_nothing(desk: Desk, browser: TestClient, card: Page) -> None:
    answer = browser.post(f"{CARD}/reject", data=form(card(), "reject") | {"csrf": "guess", "reason": "no budget"})
    assert answer.status_code == 403
    assert desk.standing("kim-1").stage == "MQL"


def test_a_lead_that_is_not_there_is_an_error_page(browser: TestClient) -> None:
    answer = browser.get("/crm/leads/nobody")
    assert answer.status_code == 404
    assert "There is no such lead" in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_closed_lead_that_was_never_scored_has_a_card_without_a_sum(desk: Desk, card: Page) -> None:
    """As leads that were imported as lost, which nobody scores."""
    none = desk.standing("kim-1")._replace(
        stage="Lost", open=False, score=None, grade="", scored_at=None, score_id=None, checksum=None
    )
    desk.store.write(lambda c: save(c, none))
    page = card()
    assert page.select(".points, table.reasons") == []
    assert page.select_one('form[action$="/recycle"]') is not None


def test_only_the_named_frames_may_show_it(browser: TestClient) -> None:
    policy = browser.get(CARD).headers["content-security-policy"]
    assert "frame-ancestors https://crm.example" in policy
    assert "unsafe" not in policy


def test_one_field_short_is_said_first(desk: Desk, card: Page) -> None:
    desk.identify(
        "no-staff", **{k: v for k, v in HEAD_OF_IT.items() if k != "employees"} | {"email": "a@plant.example"}
    )
    for path in ("/pricing", "/pricing/eu", "/pricing/us"):
        desk.track("no-staff", "page_view", path=path)
    desk.track("no-staff", "webinar_attended")
    page = card("no-staff")
    assert "One field short: learn “employees”" in page.text


HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def test_nothing_that_is_stored_becomes_markup(desk: Desk, browser: TestClient, card: Page) -> None:
    """Ids, names, titles, companies, types of events, paths, notes."""
    told = HEAD_OF_IT | {"name": HOSTILE, "job_title": HOSTILE, "company": HOSTILE, "industry": HOSTILE}
    desk.identify(HOSTILE, **told)
    desk.identify("other", **told | {"name": HOSTILE})
    desk.track(HOSTILE, "page_view", path="/pricing" + HOSTILE, title=HOSTILE)
    desk.track(HOSTILE, HOSTILE)
    page = card(HOSTILE, done=HOSTILE, language=HOSTILE)
    assert page.select("script") == []
    assert page.select("img") == []
    assert page.text.count(HOSTILE) >= 5  # name, title, reason, company, timeline


def test_the_language_of_an_address_is_kept_through_an_act(browser: TestClient, card: Page) -> None:
    """In a CRM's frame the browser keeps no cookie of it."""
    fields = form(card(), "reject") | {"reason": "no need now"}
    page = BeautifulSoup(browser.get(f"{CARD}?language=de").text, "html.parser")
    address = page.select_one("form[action*='/reject']")
    assert address is not None
    answer = browser.post(str(address["action"]), data=fields)
    assert answer.headers["location"] == f"{CARD}?language=de&done=reject"

"""The prioritised list as a browser gets it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from desk import HEAD_OF_IT, HOUR, Desk
from fastapi.testclient import TestClient
from histories import put_lead
from sqlalchemy import Connection

from serving.desk.listed import PAGE
from serving.store.schema import accounts, identities
from serving.store.schema import leads as lead_table
from serving.words.labels import labels_in
from serving.words.words import words_of

Page = Callable[..., BeautifulSoup]

STAGES = ("MQL", "SAL", "SQL")


def fill(desk: Desk, count: int, **columns: Any) -> None:
    """Leads L-000 on, each with one point more than the one before."""

    def work(connection: Connection) -> None:
        for i in range(count):
            put_lead(connection, f"L-{i:03d}", **({"score": float(i), "grade": "D", "stage": STAGES[i % 3]} | columns))

    desk.store.write(work)


def names(page: BeautifulSoup) -> list[str]:
    return [link.text for link in page.select("a.lead")]


def test_the_highest_score_is_first(desk: Desk, page: Page) -> None:
    fill(desk, 5)
    assert names(page("/")) == ["L-004", "L-003", "L-002", "L-001", "L-000"]


def test_a_page_ends_where_the_next_one_begins(desk: Desk, page: Page) -> None:
    fill(desk, PAGE + 7)
    first = page("/")
    second = page(str(first.select_one("#next")["href"]))
    assert names(first) + names(second) == [f"L-{i:03d}" for i in reversed(range(PAGE + 7))]
    assert second.select_one("#next") is None
    assert names(page(str(second.select_one("a[rel=first]")["href"]))) == names(first)


def test_later_pages_keep_the_filters(desk: Desk, page: Page) -> None:
    fill(desk, PAGE + 1, stage="MQL")
    following = urlsplit(str(page("/", stage="MQL").select_one("#next")["href"]))
    assert parse_qs(following.query)["stage"] == ["MQL"]


def test_the_number_of_leads_is_said(desk: Desk, page: Page) -> None:
    fill(desk, 3)
    assert "3 leads" in page("/").select_one("p[role=status]").text
    assert "1 lead " in page("/", stage="MQL").select_one("p[role=status]").text


def test_a_row_links_to_the_card(desk: Desk, page: Page) -> None:
    desk.store.write(lambda c: put_lead(c, "a/b c?#", score=1.0))
    assert page("/").select_one("a.lead")["href"] == "/crm/leads/a%2Fb%20c%3F%23"


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ({"stage": "SAL"}, {"stage": "SAL"}),
        ({"owner": "sales"}, {"owner": "sales"}),
        ({"assigned": "Kim"}, {"assigned_to": "Kim"}),
        ({"persona": "decider"}, {"persona": "decider"}),
        ({"phase": "deciding"}, {"phase": "deciding"}),
        ({"quadrant": "now"}, {"quadrant": "now"}),
        ({"grade": "A"}, {"grade": "A"}),
        ({"sla": "breached"}, {"sla_state": "breached"}),
        ({"waiting": "SAL"}, {"waiting_for": "SAL"}),
        ({"disagreement": "any"}, {"disagreement": -10.0}),
        ({"disagreement": "rules_higher"}, {"disagreement": -10.0}),
        ({"disagreement": "history_higher"}, {"disagreement": 10.0}),
        ({"closed": "1"}, {"open": False}),
        ({"stage": "Customer"}, {"open": False, "stage": "Customer"}),
    ],
)
def test_a_filter_shows_those_that_fit_and_no_other(
    desk: Desk, page: Page, query: dict[str, str], columns: dict[str, Any]
) -> None:
    desk.store.write(lambda c: put_lead(c, "fits", score=1.0, **columns))
    desk.store.write(lambda c: put_lead(c, "other", score=2.0, disagreement=0.0, assigned_to="Lee"))
    assert names(page("/", **query)) == ["fits"]


def test_nobody_has_taken_a_lead(desk: Desk, page: Page) -> None:
    desk.store.write(lambda c: put_lead(c, "free", score=1.0))
    desk.store.write(lambda c: put_lead(c, "taken", score=2.0, assigned_to="Kim"))
    assert names(page("/", assigned="-")) == ["free"]


def test_filters_combine(desk: Desk, page: Page) -> None:
    for i, (stage, grade) in enumerate((("MQL", "A"), ("MQL", "B"), ("SAL", "A"))):
        desk.store.write(lambda c, i=i, s=stage, g=grade: put_lead(c, f"L-{i}", score=1.0, stage=s, grade=g))
    assert names(page("/", stage="MQL", grade="A")) == ["L-0"]


def test_a_filter_in_use_is_shown_and_can_be_taken_away(desk: Desk, page: Page) -> None:
    fill(desk, 3)
    chips = page("/", stage="MQL", grade="D").select("ul.chips a")
    assert [chip.text.split(" ×")[0] for chip in chips] == ["Stage: MQL", "Grade: D", "Clear all filters"]
    assert [chip["href"] for chip in chips] == ["/?grade=D", "/?stage=MQL", "/"]


def test_the_form_keeps_what_was_chosen(desk: Desk, page: Page) -> None:
    assert page("/", stage="SAL").select_one("#f-stage option[selected]")["value"] == "SAL"


def test_the_filters_offer_what_was_agreed(desk: Desk, page: Page) -> None:
    desk.store.write(lambda c: put_lead(c, "L-1", score=1.0, assigned_to="Kim"))
    shown = page("/")

    def offered(name: str) -> list[str]:
        return [str(option["value"]) for option in shown.select(f"#f-{name} option")][1:]

    assert offered("stage") == ["Prospect", "Lead", "MQL", "SAL", "SQL", "Opportunity", "Customer", "Lost"]
    assert offered("waiting") == ["SAL", "SQL", "Opportunity", "Customer"]
    assert offered("grade") == ["A", "B", "C", "D"]
    assert offered("quadrant") == ["now", "nurture", "look closer", "leave"]
    assert offered("assigned") == ["-", "Kim"]


def test_the_clock_is_told_in_words(desk: Desk, page: Page) -> None:
    for name, due, state in (("late", -HOUR, "breached"), ("soon", HOUR, "due"), ("time", 30 * HOUR, "running")):
        clock = {"sla_state": state, "sla_due_at": desk.now + due}
        desk.store.write(lambda c, n=name, k=clock: put_lead(c, n, score=1.0, **k))
    cells = {row.select_one("a").text: row.select("td")[2].text for row in page("/").select("tbody tr")}
    assert {name: " ".join(text.split()) for name, text in cells.items()} == {
        "late": "overdue was due 1 hour ago",
        "soon": "due soon due in 1 hour",
        "time": "due in 1 day",
    }


def test_a_breach_that_nobody_has_noted_yet_is_said(desk: Desk, page: Page) -> None:
    clock = {"sla_state": "running", "sla_due_at": desk.now - 1}
    desk.store.write(lambda c: put_lead(c, "L-1", score=1.0, **clock))
    assert "overdue" in page("/").select_one("tbody tr").text


def test_a_scored_lead_is_shown_with_company_stage_and_main_reason(desk: Desk, page: Page) -> None:
    desk.identify("kim", **HEAD_OF_IT, company="Acme")
    row = " ".join(page("/").select_one("tbody tr").get_text(" ").split())
    assert row.startswith("Acme Head of IT 43.0")
    assert "MQL" in row
    assert "employees: 320 (+14.0)" in row  # the largest of its terms


def test_a_name_is_of_the_person_or_of_the_company(desk: Desk, page: Page) -> None:
    person = json.dumps({"first_name": "Kim", "last_name": "Berg", "job_title": "CTO", "company": "Acme"})
    desk.store.write(lambda c: put_lead(c, "L-1", person, score=1.0))
    row = page("/").select_one("tbody th")
    assert (row.select_one("a").text, row.select_one(".more").text) == ("Kim Berg", "CTO, Acme")


def test_the_company_may_be_known_by_its_account(desk: Desk, page: Page) -> None:
    def work(connection: Connection) -> None:
        connection.execute(accounts.insert().values(account="group:7", traits='{"name": "Acme"}', moment=0))
        put_lead(connection, "L-1", score=1.0)
        connection.execute(lead_table.update().values(account="group:7"))

    desk.store.write(work)
    assert names(page("/")) == ["Acme"]


def test_the_reason_is_called_as_the_agreement_says_in_the_readers_language(desk: Desk, page: Page) -> None:
    desk.identify("kim", **HEAD_OF_IT)
    (employees,) = (f for f in desk.programs.leads.card.features if f.name == "employees")
    called = labels_in(words_of("de"), [employees])["employees"]
    assert f"{called}: 320 (+14,0)" in " ".join(page("/", "de").select_one("tbody tr").text.split())


HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(1)">'


def test_what_others_sent_is_text_and_nothing_else(desk: Desk, page: Page) -> None:
    profile = json.dumps({"name": HOSTILE, "job_title": HOSTILE, "company": HOSTILE})
    columns = {"stage": HOSTILE, "owner": HOSTILE, "assigned_to": HOSTILE, "waiting_for": HOSTILE, "grade": HOSTILE}
    desk.store.write(lambda c: put_lead(c, HOSTILE, profile, score=1.0, **columns))
    shown = page("/", assigned=HOSTILE)
    assert [script["src"].split(".")[0] for script in shown.find_all("script")] == ["/static/desk"]
    assert shown.find_all("img") == []
    assert names(shown) == [HOSTILE]


def test_a_look_up_that_finds_one_opens_its_card(desk: Desk, browser: TestClient) -> None:
    desk.identify("kim", **HEAD_OF_IT)
    for query in ("kim", "Kim@Acme.example ", "acme.example", "www.ACME.example", "@acme.example"):
        answer = browser.get("/", params={"query": query})
        assert (answer.status_code, answer.headers["location"]) == (303, "/crm/leads/kim"), query


def test_a_look_up_finds_leads_by_other_ids(desk: Desk, browser: TestClient) -> None:
    def work(connection: Connection) -> None:
        put_lead(connection, "L-1", score=1.0)
        connection.execute(identities.insert().values(kind="user", id="U-1", lead_id="L-1", since=0))

    desk.store.write(work)
    assert browser.get("/", params={"query": "U-1"}).headers["location"] == "/crm/leads/L-1"


def test_a_look_up_that_finds_several_lists_them_unscored_ones_too(desk: Desk, page: Page) -> None:
    for lead, score in (("L-1", 1.0), ("L-2", None)):
        desk.store.write(lambda c, i=lead, s=score: put_lead(c, i, score=s))
    desk.store.write(lambda c: c.execute(lead_table.update().values(domain="acme.example")))
    assert set(names(page("/", query="acme.example"))) == {"L-1", "L-2"}


def test_a_free_mailbox_is_no_company(desk: Desk, page: Page) -> None:
    desk.identify("kim", email="kim@gmail.com")
    assert "No lead is known by “gmail.com”" in page("/", query="gmail.com").text


def test_without_leads_the_page_says_what_to_do(page: Page) -> None:
    assert "Import a table of leads" in page("/").select_one(".empty").text


def test_where_none_fits_the_filters_can_be_cleared(desk: Desk, page: Page) -> None:
    fill(desk, 1)
    empty = page("/", grade="A").select_one(".empty")
    assert (empty.select_one("h2").text, empty.select_one("a")["href"]) == ("No lead fits these filters", "/")


def test_leads_that_wait_for_their_first_score_are_counted(desk: Desk, page: Page) -> None:
    desk.store.write(lambda c: put_lead(c, "L-1"))
    assert "1 lead waits for its first score" in page("/").select_one(".empty").text


def test_a_cursor_of_another_list_is_refused_with_what_to_do(browser: TestClient) -> None:
    answer = browser.get("/", params={"cursor": "bm8="})
    assert answer.status_code == 422
    assert "begin again without a cursor" in answer.text


def test_a_program_that_is_not_there_is_refused(browser: TestClient) -> None:
    assert browser.get("/", params={"program": "nobody"}).status_code == 404


def test_no_text_of_an_address_breaks_the_page(page: Page) -> None:
    for name in ("stage", "assigned", "sla", "query", "disagreement"):
        assert page("/", **{name: "\0'\"<&%ß\u2028" * 40})


@pytest.mark.parametrize(("language", "heading"), [("de", "Wen als Nächstes anrufen"), ("zh", "接下来联系谁")])
def test_the_list_speaks_the_readers_language(desk: Desk, page: Page, language: str, heading: str) -> None:
    desk.identify("kim", **HEAD_OF_IT)
    shown = page("/", language)
    assert shown.select_one("h1").text == heading
    assert shown.html["lang"] == language


def test_every_field_has_a_label(desk: Desk, page: Page) -> None:
    fill(desk, 1)
    shown = page("/")
    labelled = {label["for"] for label in shown.select("label[for]")}
    fields = shown.select("select, input:not([type=hidden]):not([type=checkbox])")
    assert {field["id"] for field in fields} <= labelled


def test_programs_get_json_at_the_same_address(browser: TestClient) -> None:
    answer = browser.get("/", headers={"Accept": "application/json"})
    assert answer.json()["score a lead"] == "POST /v1/score"


def test_the_page_has_no_script_or_style_of_its_own(desk: Desk, page: Page) -> None:
    fill(desk, 2)
    shown = page("/")
    assert all(script.get("src") and not script.text for script in shown.find_all("script"))
    assert shown.find_all("style") == []
    assert [
        tag for tag in shown.find_all(True) if isinstance(tag, Tag) and ("style" in tag.attrs or "onclick" in tag.attrs)
    ] == []


def test_where_a_score_is_heading_is_said(desk: Desk, page: Page) -> None:
    for trend in ("improving", "declining", "steady"):
        desk.store.write(lambda c, t=trend: put_lead(c, t, score=1.0, trend=t))
    said = {row.select_one("a").text: row.select_one("td .more") for row in page("/").select("tbody tr")}
    assert {name: more.text if more else "" for name, more in said.items()} == {
        "improving": "improving",
        "declining": "declining",
        "steady": "",
    }

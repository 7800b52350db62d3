"""The explanation that a person gets: the procedure, the data, the facts that counted."""

from typing import Any

import pytest
from desk import Desk
from kim import KIM

from serving.leads.errors import NoSuchLead
from serving.people.explanation import Controller, explanation
from serving.people.plaintext import WIDTH, plain
from serving.people.retention import Retention


def told(desk: Desk, lead_id: str = KIM, controller: Controller | None = None) -> dict[str, Any]:
    service = desk.programs.leads
    return desk.store.read(lambda c: explanation(c, service, lead_id, desk.now, controller or Controller()))


def test_the_facts_that_counted_add_up_to_the_score(desk: Desk) -> None:
    found = told(desk)
    total = found["result"]["base"] + sum(fact["points"] for fact in found["facts"])
    assert found["result"]["score"] == pytest.approx(total, abs=1e-9)
    assert found["result"]["score"] == desk.standing(KIM).score


def test_it_is_of_the_score_that_holds_now(desk: Desk) -> None:
    before = told(desk)
    desk.later(3_600_000_000)
    assert told(desk)["as_of"] == before["as_of"]


def test_every_fact_says_where_it_is_read(desk: Desk) -> None:
    by_name = {fact["fact"]: fact for fact in told(desk)["facts"]}
    assert by_name["employees"]["read_from"] == "employees"
    assert by_name["demo_requests"]["read_from"] == "demo_requested events, in 30 days"


def test_what_is_held_but_not_used_is_named(desk: Desk) -> None:
    assert told(desk)["not_used"] == {"fields": ["city", "hobby"], "events": ["newsletter_read"]}


def test_data_are_told_by_category_with_their_values(desk: Desk) -> None:
    by_category = {data["category"]: data["used"] for data in told(desk)["data"]}
    assert by_category["who you are"]["job_title"] == "Head of IT"
    assert by_category["what you did"]["page_view"]["times"] == 3
    assert by_category["your company"] == {"account": "acme-group"}


def test_every_stage_says_whether_a_person_decides(desk: Desk) -> None:
    by_stage = {decision["stage"]: decision["by"] for decision in told(desk)["decisions"]}
    assert by_stage["MQL"] == "the score and the fields, automatically"
    assert by_stage["SAL"] == "a person: sales accepts"


def test_programs_that_were_told_are_named_without_their_secrets(desk: Desk) -> None:
    assert told(desk)["recipients"] == [
        {"host": "crm.example", "description": "the CRM"},
        {"host": "hubspot", "description": "the CRM that scores are written into"},
    ]


def test_how_long_data_are_kept_is_what_is_set(desk: Desk) -> None:
    found = told(desk, controller=Controller(Retention(events=400, scores=None)))
    by_kind = {kept["what"].partition(",")[0]: kept["how_long"] for kept in found["kept"]}
    assert by_kind["what you did"] == "400 days"
    assert by_kind["scores"] == "until you have it erased"


def test_it_says_whom_to_ask(desk: Desk) -> None:
    rights = told(desk, controller=Controller(contact="privacy@acme.example"))["rights"]
    assert rights[-1] == "Ask: privacy@acme.example."


def test_it_is_said_when_nothing_was_learned_from_others(desk: Desk) -> None:
    assert any("nothing in it was learned from other people's data" in text for text in told(desk)["procedure"])


def test_a_lead_that_cannot_be_scored_is_told_why(desk: Desk) -> None:
    desk.identify("L-9", employees="very many")
    found = told(desk, "L-9")
    assert (found["result"], found["facts"]) == (None, [])
    assert "employees" in found["fault"]
    assert "There is no score" in plain(found)


def test_the_text_says_all_of_it_in_lines_that_a_mail_can_hold(desk: Desk) -> None:
    text = plain(told(desk))
    for said in ("employees: 320", "+14.0 points", "hobby", "a person: sales accepts", "crm.example", "Art. 21"):
        assert said in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_nobody_is_explained_who_is_not_known(desk: Desk) -> None:
    with pytest.raises(NoSuchLead):
        told(desk, "nobody")

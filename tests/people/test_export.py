"""Everything that is held of somebody, and nothing of anybody else."""

import orjson
import pytest
from desk import HEAD_OF_IT, Desk
from kim import KIM, LEE
from sqlalchemy import select
from traces import document

from features.errors import LeadError
from serving.leads.errors import NoSuchLead
from serving.people import held
from serving.store.schema import leads, scores


def test_every_row_of_every_table_is_in_it(desk: Desk) -> None:
    (kim,) = document(desk, lead_id=KIM)["people"]
    for table in held.TABLES:
        rows = [row for row in desk.rows(table) if row["lead_id"] == KIM]
        assert len(kim["profile" if table is leads else table.name]) == len(rows) > 0


def test_moments_are_readable_and_json_is_what_it_says(desk: Desk) -> None:
    (kim,) = document(desk, lead_id=KIM)["people"]
    first = min(kim["events"], key=lambda event: event["seq"])
    assert (first["at"], first["properties"]) == ("2026-11-02T09:00:00Z", {"path": "/pricing"})
    assert kim["profile"][0]["profile"]["hobby"] == "chess"


def test_a_score_says_which_facts_its_points_are_of(desk: Desk) -> None:
    (kim,) = document(desk, lead_id=KIM)["people"]
    last = max(kim["scores"], key=lambda score: score["score_id"])
    demo = next(term for term in last["terms"] if term["fact"] == "demo_requests")
    assert (demo["value"], demo["points"]) == (1.0, 20.0)


def test_what_others_were_told_is_in_it_with_whom(desk: Desk) -> None:
    (kim,) = document(desk, lead_id=KIM)["people"]
    message = kim["webhook_messages"][0]
    assert message["payload"]["data"]["lead_id"] == KIM
    assert message["sent_to"] == [{"host": "crm.example", "description": "the CRM", "state": "pending", "last_at": ""}]


def test_acts_and_refused_rows_are_in_it(desk: Desk) -> None:
    (kim,) = document(desk, lead_id=KIM)["people"]
    assert [act["act"] for act in kim["acts"]] == ["lead.recycle"]
    assert [row["row"] for row in kim["refused_rows"]] == [2]


def test_nothing_of_a_colleague_is_in_it(desk: Desk) -> None:
    text = orjson.dumps(document(desk, lead_id=KIM)).decode()
    assert LEE not in text
    assert "lee.stone" not in text.lower()


def test_an_address_finds_everybody_who_has_it_however_it_is_spelled(desk: Desk) -> None:
    desk.identify("kim-again", **HEAD_OF_IT | {"email": "KIM.berg@acme.example"})
    found = document(desk, email=" Kim.Berg@ACME.example ")["people"]
    assert [one["lead_id"] for one in found] == ["kim-again", KIM]


def test_nobody_is_found_by_what_nobody_is_called(desk: Desk) -> None:
    with pytest.raises(NoSuchLead):
        document(desk, email="nobody@acme.example")


def test_somebody_must_be_asked_for(desk: Desk) -> None:
    with pytest.raises(LeadError, match="nobody was asked for"):
        document(desk)


def test_it_changes_nothing(desk: Desk) -> None:
    before = desk.store.read(lambda c: c.execute(select(scores)).all())
    document(desk, lead_id=KIM)
    assert desk.store.read(lambda c: c.execute(select(scores)).all()) == before

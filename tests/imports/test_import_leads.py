"""What a table of leads becomes in the store."""

import orjson
import pytest
from brought import bring
from desk import HEAD_OF_IT, HOUR, START, Desk

from features.moments import DAY, moment
from serving.leads.due import rescore_due
from serving.leads.facts import profile_at
from serving.leads.record import Record, find
from serving.leads.replay import replay
from serving.store.schema import events, profile_versions, scores, stage_changes, webhook_messages

KIM = {"lead_id": "L-1", "created_at": "2026-10-01T08:00:00Z"} | HEAD_OF_IT
CREATED = moment(KIM["created_at"])


def lead(desk: Desk, lead_id: str = "L-1") -> Record:
    found = desk.store.read(lambda c: find(c, lead_id))
    assert found is not None
    return found


def profile(desk: Desk, at: int, lead_id: str = "L-1") -> dict[str, object]:
    return desk.store.read(lambda c: profile_at(c, lead_id, at))


def test_a_new_lead_gets_the_past_that_the_file_tells(desk: Desk) -> None:
    assert bring(desk, "leads", [KIM]).totals == (1, 1, 0, 0)
    assert lead(desk).created_at == CREATED
    assert profile(desk, CREATED - 1) == {}
    assert profile(desk, CREATED) == {name: str(value) for name, value in HEAD_OF_IT.items()}


def test_cells_of_parquet_keep_their_types(desk: Desk) -> None:
    bring(desk, "leads", [KIM], "parquet")
    assert profile(desk, CREATED) == HEAD_OF_IT


def test_an_empty_cell_says_nothing(desk: Desk) -> None:
    bring(desk, "leads", [KIM | {"industry": None}])
    assert "industry" not in profile(desk, CREATED)


def test_an_imported_lead_waits_for_its_score_in_the_first_stage(desk: Desk) -> None:
    bring(desk, "leads", [KIM])
    standing = desk.standing("L-1")
    assert (standing.stage, standing.stage_since, standing.score, standing.open) == ("Prospect", CREATED, None, True)
    assert desk.rows(stage_changes) == []


def test_the_job_that_scores_what_is_due_scores_an_imported_lead(desk: Desk) -> None:
    bring(desk, "leads", [KIM])
    assert rescore_due(desk.store, desk.programs, desk.now) == 1
    assert (desk.standing("L-1").score, desk.standing("L-1").stage) == (43.0, "MQL")


def test_an_import_announces_nothing(desk: Desk) -> None:
    bring(desk, "leads", [KIM])
    assert desk.rows(webhook_messages) == []


def test_messages_find_an_imported_lead_by_its_id(desk: Desk) -> None:
    bring(desk, "leads", [KIM])
    desk.track("L-1", "page_view", path="/pricing")
    assert desk.standing("L-1").score == pytest.approx(43 + 5)
    assert [row["lead_id"] for row in desk.rows(events)] == ["L-1"]


def test_each_version_holds_from_its_own_moment(desk: Desk) -> None:
    later = KIM | {"valid_from": "2026-10-05T00:00:00Z", "employees": 5}
    bring(desk, "leads", [later, KIM | {"valid_from": None}])
    assert profile(desk, CREATED)["employees"] == "320.0"
    assert profile(desk, moment("2026-10-05"))["employees"] == "5"
    assert lead(desk).profile["employees"] == "5"


def test_the_same_file_again_stores_nothing(desk: Desk) -> None:
    rows = [KIM | {"valid_from": f"2026-10-0{day}", "created_at": "2026-10-01", "employees": day} for day in (1, 2, 3)]
    bring(desk, "leads", rows)
    before = desk.rows(profile_versions)
    assert bring(desk, "leads", rows).totals == (3, 0, 3, 0)
    assert desk.rows(profile_versions) == before


def test_the_same_file_again_stores_nothing_after_the_lead_was_scored(desk: Desk) -> None:
    bring(desk, "leads", [KIM])
    rescore_due(desk.store, desk.programs, desk.now)
    desk.later(HOUR)
    assert bring(desk, "leads", [KIM]).totals == (1, 0, 1, 0)


def test_a_lead_that_was_scored_gets_fields_as_of_now(desk: Desk) -> None:
    bring(desk, "leads", [KIM])
    rescore_due(desk.store, desk.programs, desk.now)
    desk.later(HOUR)
    bring(desk, "leads", [KIM | {"employees": 5, "industry": None}])
    assert profile(desk, desk.now - 1)["employees"] == "320.0"
    assert (profile(desk, desk.now)["employees"], profile(desk, desk.now)["industry"]) == ("5", "software")


def test_what_is_imported_later_changes_no_score_of_before(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    desk.later(HOUR)
    bring(desk, "leads", [KIM | {"employees": 5}])
    bring(desk, "events", [{"event_id": "e", "lead_id": "L-1", "at": "2026-10-20", "type": "demo_requested"}])
    first = desk.rows(scores)[0]["score_id"]
    assert desk.store.read(lambda c: replay(c, first)).same


def test_a_lead_that_was_scored_and_is_told_anew_is_scored_again(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    desk.later(HOUR)
    bring(desk, "leads", [KIM | {"employees": 5}])
    assert rescore_due(desk.store, desk.programs, desk.now) == 1
    assert desk.standing("L-1").score == 43 - (14 + 5)


def test_a_lead_that_could_not_be_scored_is_tried_again_once_it_is_mended(desk: Desk) -> None:
    bring(desk, "leads", [KIM | {"employees": "many"}])
    rescore_due(desk.store, desk.programs, desk.now)
    assert desk.standing("L-1").fault != ""
    desk.later(HOUR)
    bring(desk, "leads", [KIM])
    rescore_due(desk.store, desk.programs, desk.now)
    assert (desk.standing("L-1").fault, desk.standing("L-1").score) == ("", 43.0)


def test_the_past_of_a_scored_lead_is_not_told_anew(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    told = bring(desk, "leads", [KIM | {"valid_from": "2026-10-02", "created_at": "2026-10-01", "employees": 5}])
    assert told.why() == [(2, "valid_from", "the lead was scored since; its past is not changed")]


def test_a_lead_that_stands_twice_with_other_fields_is_refused_the_second_time(desk: Desk) -> None:
    told = bring(desk, "leads", [KIM, KIM, KIM | {"employees": 5}], batch=1)
    assert told.totals == (3, 1, 1, 1)
    assert told.why() == [(4, "", "the lead stands twice, with other fields")]


def test_two_versions_from_one_moment_on_are_refused(desk: Desk) -> None:
    told = bring(desk, "leads", [KIM | {"valid_from": KIM["created_at"], "employees": n} for n in (1, 2)])
    assert told.why() == [(3, "valid_from", "the lead has two versions from one moment on")]


def test_ten_thousand_rows_of_one_lead_are_one_lead(desk: Desk) -> None:
    rows = [KIM | {"valid_from": second(n), "employees": n} for n in range(10_000)]
    assert bring(desk, "leads", rows, batch=5_000).totals == (10_000, 10_000, 0, 0)
    assert profile(desk, CREATED + 7_000 * 1_000_000)["employees"] == "7000"


def second(seconds: int) -> str:
    return f"2026-10-01T{8 + seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z"


def test_the_account_is_the_column_or_the_domain_of_the_address(desk: Desk) -> None:
    bring(desk, "leads", [KIM | {"account": "acme"}, KIM | {"lead_id": "L-2", "account": None}])
    assert [lead(desk, i).account for i in ("L-1", "L-2")] == ["group:acme", "domain:acme.example"]
    assert lead(desk).account_from == CREATED


def test_fields_that_an_account_has_hold_for_a_new_lead_from_now_on(desk: Desk) -> None:
    desk.group("L-0", "acme", size="large")
    desk.later(DAY)
    bring(desk, "leads", [KIM | {"account": "acme"}])
    assert "size" not in profile(desk, START)
    assert profile(desk, desk.now + 1)["size"] == "large"


def test_the_column_of_the_id_can_be_another_one(desk: Desk) -> None:
    row = {name: value for name, value in KIM.items() if name != "lead_id"} | {"Lead Number": "L-1"}
    bring(desk, "leads", [row], id_column="Lead Number")
    assert "Lead Number" not in profile(desk, CREATED)


def test_properties_of_an_event_are_kept_in_one_order(desk: Desk) -> None:
    row = {"event_id": "e", "lead_id": "L-1", "at": "2026-10-20", "type": "x", "properties": '{"b": 1, "a": [2.50]}'}
    bring(desk, "events", [row], create=True)
    assert desk.rows(events)[0]["properties"] == orjson.dumps({"a": [2.5], "b": 1}).decode()

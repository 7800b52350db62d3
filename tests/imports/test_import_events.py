"""What tables of events and outcomes become in the store."""

import pytest
from brought import bring
from desk import HEAD_OF_IT, HOUR, START, Desk

from features.moments import DAY, iso, moment
from serving.leads.due import rescore_due
from serving.leads.record import find
from serving.store.schema import events, stage_changes

KIM = {"lead_id": "L-1", "created_at": "2026-10-01T08:00:00Z"} | HEAD_OF_IT
VISIT = {"lead_id": "L-1", "at": "2026-10-30T10:00:00Z", "type": "page_view", "properties": '{"path": "/pricing"}'}
MQL = {"lead_id": "L-1", "at": "2026-10-20T10:00:00Z", "stage": "MQL", "reason": "", "by": "kim"}


@pytest.fixture
def kim(desk: Desk) -> Desk:
    """A lead of the past that was never scored."""
    bring(desk, "leads", [KIM])
    return desk


def known_from(desk: Desk) -> list[int]:
    return [row["known_from"] for row in desk.rows(events)]


def test_what_a_lead_did_before_it_was_scored_was_known_when_it_happened(kim: Desk) -> None:
    bring(kim, "events", [VISIT])
    assert known_from(kim) == [moment(VISIT["at"])]


def test_what_came_to_be_known_late_is_known_from_then(kim: Desk) -> None:
    bring(kim, "events", [VISIT | {"known_from": "2026-10-31T00:00:00Z"}])
    assert known_from(kim) == [moment("2026-10-31")]


def test_what_a_scored_lead_did_is_known_from_now(kim: Desk) -> None:
    rescore_due(kim.store, kim.programs, kim.now)
    kim.later(HOUR)
    bring(kim, "events", [VISIT])
    assert known_from(kim) == [kim.now]
    assert rescore_due(kim.store, kim.programs, kim.now) == 1
    assert kim.standing("L-1").interest_points > 0


def test_what_a_scored_lead_did_is_known_later_than_its_last_score_whatever_the_clock_says(kim: Desk) -> None:
    kim.later(DAY)
    rescore_due(kim.store, kim.programs, kim.now)
    kim.later(-DAY)
    bring(kim, "events", [VISIT])
    assert known_from(kim)[0] > kim.standing("L-1").scored_at


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
def test_the_same_events_without_ids_are_stored_once_and_as_often_as_they_stand(kim: Desk, kind: str) -> None:
    rows = [VISIT, VISIT, VISIT | {"type": "email_clicked"}]
    assert bring(kim, "events", rows, kind).totals == (3, 3, 0, 0)
    assert bring(kim, "events", rows, kind, batch=1).totals == (3, 0, 3, 0)


def test_a_longer_export_adds_only_what_is_new(kim: Desk) -> None:
    rows = [VISIT | {"at": f"2026-10-{day}"} for day in range(10, 30)]
    bring(kim, "events", rows[:12])
    assert bring(kim, "events", rows).totals == (20, 8, 12, 0)


def test_an_event_sent_again_later_is_the_first_one(kim: Desk) -> None:
    again = VISIT | {"event_id": "e", "at": "2026-10-30T11:00:00Z"}
    assert bring(kim, "events", [again, VISIT | {"event_id": "e"}]).totals == (2, 1, 1, 0)
    assert [row["at"] for row in kim.rows(events)] == [moment(VISIT["at"])]


def test_an_event_that_came_as_a_message_is_not_stored_again(kim: Desk) -> None:
    kim.track("L-1", "page_view", path="/pricing")
    (row,) = kim.rows(events)
    told = bring(kim, "events", [VISIT | {"event_id": row["message_id"], "at": iso(row["at"])}])
    assert told.totals == (1, 0, 1, 0)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"lead_id": "L-2"}, "another lead's event has this event_id"),
        ({"at": "2026-10-29T10:00:00Z"}, "the event with this event_id is known to have happened later"),
        ({"type": "email_clicked"}, "another event of this moment has this event_id"),
    ],
)
def test_an_event_id_that_means_another_event_is_refused(kim: Desk, other: dict[str, str], what: str) -> None:
    bring(kim, "leads", [KIM | {"lead_id": "L-2"}])
    bring(kim, "events", [VISIT | {"event_id": "e"}])
    assert bring(kim, "events", [VISIT | {"event_id": "e"} | other]).why() == [(2, "event_id", what)]


def test_events_of_nobody_known_are_refused(desk: Desk) -> None:
    told = bring(desk, "events", [VISIT])
    assert told.why() == [(2, "lead_id", "there is no such lead")]
    assert "leads first" in told.refused[0].do


def test_or_make_leads_that_begin_with_the_first_of_them(desk: Desk) -> None:
    earlier = VISIT | {"at": "2026-10-02T10:00:00Z"}
    assert bring(desk, "events", [VISIT, earlier], batch=1, create=True).totals.stored == 2
    found = desk.store.read(lambda c: find(c, "L-1"))
    assert (found.created_at, found.profile) == (moment(earlier["at"]), {})
    bring(desk, "leads", [KIM])
    assert desk.store.read(lambda c: find(c, "L-1")).created_at == moment(KIM["created_at"])


def test_an_outcome_puts_a_lead_into_its_stage(kim: Desk) -> None:
    assert bring(kim, "outcomes", [MQL]).totals == (1, 1, 0, 0)
    (row,) = kim.rows(stage_changes)
    assert (row["was"], row["stage"], row["action"], row["by"], row["at"]) == (
        "", "MQL", "import", "kim", moment(MQL["at"]),
    )  # fmt: skip
    assert (kim.standing("L-1").stage, kim.standing("L-1").stage_since) == ("MQL", moment(MQL["at"]))


def test_the_latest_outcome_holds_in_whatever_order_they_stand(kim: Desk) -> None:
    won = MQL | {"at": "2026-10-25", "stage": "Customer"}
    lead = MQL | {"at": "2026-10-05", "stage": "Lead"}
    bring(kim, "outcomes", [row | {"at": row["at"][:10]} for row in (won, MQL, lead)], batch=2)
    standing = kim.standing("L-1")
    assert (standing.stage, standing.open, standing.owner) == ("Customer", False, "customer success")
    assert min((row["at"], row["was"], row["stage"]) for row in kim.rows(stage_changes))[1:] == ("", "Lead")


def test_a_stage_is_found_however_it_is_spelled(kim: Desk) -> None:
    bring(kim, "outcomes", [MQL | {"stage": "  mql "}])
    assert kim.standing("L-1").stage == "MQL"


def test_a_stage_that_was_not_agreed_is_refused_with_the_nearest_one(kim: Desk) -> None:
    told = bring(kim, "outcomes", [MQL | {"stage": "MQ"}])
    assert told.why() == [(2, "stage", "no stage of the agreement")]
    assert told.refused[0].do == "did you mean 'MQL'?"


def test_lost_closes_a_lead_whose_owner_stays(kim: Desk) -> None:
    bring(kim, "outcomes", [MQL, MQL | {"at": "2026-10-22T10:00:00Z", "stage": "lost", "reason": "no budget"}])
    standing = kim.standing("L-1")
    assert (standing.stage, standing.open, standing.owner) == ("Lost", False, "marketing")


def test_the_same_outcomes_again_change_nothing(kim: Desk) -> None:
    bring(kim, "outcomes", [MQL])
    assert bring(kim, "outcomes", [MQL, MQL]).totals == (2, 0, 2, 0)


def test_a_clock_runs_from_the_change_if_it_has_not_run_out(kim: Desk) -> None:
    an_hour_ago = MQL | {"at": iso(START - HOUR)}  # 09:00 in Berlin; 24 business hours are three days
    bring(kim, "outcomes", [an_hour_ago])
    assert (kim.standing("L-1").sla_state, kim.standing("L-1").sla_due_at) == (
        "running",
        moment("2026-11-04T16:00:00Z"),
    )


def test_a_clock_that_has_run_out_is_not_started(kim: Desk) -> None:
    bring(kim, "outcomes", [MQL])
    assert (kim.standing("L-1").sla_state, kim.standing("L-1").sla_due_at) == ("none", None)


def test_the_outcome_of_a_scored_lead_is_known_from_now(kim: Desk) -> None:
    rescore_due(kim.store, kim.programs, kim.now)
    kim.later(HOUR)
    bring(kim, "outcomes", [MQL])
    imported = next(row for row in kim.rows(stage_changes) if row["action"] == "import")
    assert (imported["at"], imported["known_from"]) == (moment(MQL["at"]), kim.now)


def test_an_outcome_from_before_the_lead_came_into_its_stage_leaves_it_there(kim: Desk) -> None:
    rescore_due(kim.store, kim.programs, kim.now)
    bring(kim, "outcomes", [MQL | {"stage": "Lead"}])
    assert kim.standing("L-1").stage == "MQL"

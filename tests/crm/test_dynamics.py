"""Dynamics 365: what it is sent, and what each of its answers leads to."""

from collections.abc import Callable

import pytest
from crmdesk import CrmDesk
from desk import HEAD_OF_IT
from vendors.dynamics import Dynamics
from vendors.server import garbled, lost, says

from features.moments import SECOND
from serving.crm.errors import RequestRefused, Throttled, Unauthorized, Unreachable
from serving.crm.opening import connected

Begin = Callable[..., CrmDesk]
KIM, LEE, ADA = "kim", "lee", "ada"
IDS = {KIM: "00aa00aa-bb11-cc22-dd33-44ee44ee44ee", LEE: "11bb11bb-cc22-dd33-ee44-55ff55ff55ff"}
IDS[ADA] = "22cc22cc-dd33-ee44-ff55-66aa66aa66aa"
AS_MQL = {"msdyn_score": 43, "msdyn_grade": 2, "msdyn_scoretrend": 3}
ON_LEADS = (
    "tenant: contoso-tenant\nfind_by: profile.dynamics_id\nobject: leads\nfields: {score: new_score, stage: new_stage}"
)
OTHER = lambda *_: None  # noqa: E731 - the request before: of a token


@pytest.fixture
def crm(begin: Begin) -> CrmDesk:
    return with_people(begin(Dynamics), KIM, LEE, ADA)


def with_people(crm: CrmDesk, *names: str) -> CrmDesk:
    for name in names:
        crm.lead(name, dynamics_id=IDS[name])
    return crm


def batches(crm: CrmDesk) -> int:
    return sum(asked.path.endswith("$batch") for asked in crm.vendor.asked)


def test_scores_are_patched_by_the_alternate_key_in_one_batch(crm: CrmDesk) -> None:
    assert crm.push().counts["sent"] == 3
    assert crm.vendor.records == dict.fromkeys(IDS.values(), AS_MQL)
    assert batches(crm) == 1


def test_a_score_beyond_a_hundred_is_a_hundred_and_one_below_nought_is_nought(begin: Begin) -> None:
    crm = begin(Dynamics)
    for _ in range(9):
        crm.desk.track(KIM, "demo_requested")
        crm.desk.track(KIM, "webinar_attended")
        crm.desk.later(60 * SECOND)
    crm.desk.identify(KIM, **HEAD_OF_IT, dynamics_id=IDS[KIM])
    crm.push()
    score = crm.desk.standing(KIM).score or 0.0
    assert crm.vendor.records[IDS[KIM]]["msdyn_score"] == min(max(round(score), 0), 100)


def test_a_trend_has_a_number(crm: CrmDesk) -> None:
    crm.desk.track(KIM, "demo_requested")
    crm.push()
    assert crm.desk.standing(KIM).trend == "improving"
    assert crm.vendor.records[IDS[KIM]]["msdyn_scoretrend"] == 0


def test_columns_of_leads_are_written_where_there_is_such_a_lead(begin: Begin) -> None:
    crm = with_people(begin(Dynamics, ON_LEADS), KIM, LEE)
    crm.vendor.records = {IDS[KIM]: {}}
    assert crm.push().counts == {"sent": 1, "missing": 1, "unchanged": 0}
    assert crm.vendor.records == {IDS[KIM]: {"new_score": 43.0, "new_stage": "MQL"}}


def test_what_is_no_guid_is_not_sent(begin: Begin) -> None:
    crm = begin(Dynamics)
    crm.lead(KIM, dynamics_id="x')/evil(")
    assert crm.push().counts == {"failed": 1, "unchanged": 0}
    assert crm.vendor.asked == []
    assert "no GUID" in crm.failures()[0].last_error


def test_a_lead_without_an_id_there_is_not_sent(begin: Begin) -> None:
    crm = begin(Dynamics)
    crm.lead(KIM)
    assert crm.push().counts == {"unchanged": 0}
    assert [(e.state, e.last_error) for e in crm.failures()] == [("no_key", "the lead has no dynamics_id")]


@pytest.mark.parametrize(
    ("status", "state"), [(400, "failed"), (404, "missing"), (412, "missing"), (500, "retry"), (503, "retry")]
)
def test_a_part_that_fails_is_noted_and_the_others_are_sent(crm: CrmDesk, status: int, state: str) -> None:
    crm.vendor.part_faults = {IDS[KIM]: [(status, {})]}  # type: ignore[attr-defined]
    assert crm.push().counts == {"sent": 2, state: 1, "unchanged": 0}
    assert [(e.lead_id, e.last_error) for e in crm.failures()] == [(KIM, f"it is {status}")]


def test_a_record_that_alone_may_not_be_written_does_not_keep_the_others(crm: CrmDesk) -> None:
    crm.vendor.part_faults = {IDS[KIM]: [(403, {})] * 2}  # type: ignore[attr-defined]
    turn = crm.push()
    assert (turn.fault, turn.counts) == (None, {"sent": 2, "failed": 1, "unchanged": 0})
    assert [(e.lead_id, e.last_error) for e in crm.failures()] == [(KIM, "it is 403")]


def test_where_none_may_be_written_it_is_the_credentials(crm: CrmDesk) -> None:
    crm.vendor.part_faults = {key: [(403, {})] for key in IDS.values()}  # type: ignore[attr-defined]
    turn = crm.push()
    assert isinstance(turn.fault, Unauthorized)
    assert turn.counts == {"unchanged": 0}


def test_a_part_that_is_throttled_ends_the_batch_and_what_came_before_counts(crm: CrmDesk) -> None:
    crm.vendor.part_faults = {IDS[KIM]: [(429, {"Retry-After": "20"})]}  # type: ignore[attr-defined]
    turn = crm.push()  # ada, kim, lee
    assert isinstance(turn.fault, Throttled)
    assert turn.fault.asked == 20 * SECOND
    assert turn.counts["sent"] == 1
    crm.desk.later(30 * SECOND)
    assert crm.push().counts["sent"] == 2
    assert [key for key, _ in crm.vendor.writes] == [IDS[ADA], IDS[KIM], IDS[LEE]]


def test_the_wait_that_it_asks_for_is_kept(crm: CrmDesk) -> None:
    crm.vendor.faults = [OTHER, says(429, {"error": {"code": "0x80072322", "message": "x"}}, Retry_After="300")]
    assert isinstance(crm.push().fault, Throttled)
    crm.desk.later(299 * SECOND)
    crm.push()
    assert batches(crm) == 1


def test_a_token_that_ran_out_is_fetched_again_once(crm: CrmDesk) -> None:
    with crm.pusher() as pusher:
        pusher.turn()
        crm.vendor.tokens.append("another, so that ours is void")  # type: ignore[attr-defined]
        crm.desk.track(KIM, "demo_requested")
        assert pusher.turn().counts["sent"] == 1


def test_an_app_that_is_not_known_is_said(crm: CrmDesk) -> None:
    (crm.path.parent / "secret").write_text("wrong")
    fault = crm.push().fault
    assert isinstance(fault, Unauthorized)
    assert fault.got == "invalid_client"


@pytest.mark.parametrize(("status", "kind"), [(403, Unauthorized), (400, RequestRefused), (404, RequestRefused)])
def test_a_batch_that_is_refused_stops_it(crm: CrmDesk, status: int, kind: type) -> None:
    crm.vendor.faults = [OTHER, says(status, {"error": {"code": "0x", "message": "no such segment"}})]
    fault = crm.push().fault
    assert isinstance(fault, kind)
    assert fault.got == "no such segment"


@pytest.mark.parametrize(
    "fault",
    [says(500), garbled, lost, says(200, {}), says(200, b"--x--\r\n", Content_Type="multipart/mixed; boundary=x")],
)
def test_whatever_breaks_is_tried_again_later(crm: CrmDesk, fault: object) -> None:
    crm.vendor.faults = [OTHER, fault]  # type: ignore[list-item]
    assert isinstance(crm.push().fault, Unreachable)
    crm.desk.later(10 * SECOND)
    assert crm.push().counts["sent"] == 3


def test_check_reads_the_columns(crm: CrmDesk) -> None:
    connector = connected(crm.config)
    assert connector.check() == ["msdyn_grade", "msdyn_score", "msdyn_scoretrend"]
    connector.close()

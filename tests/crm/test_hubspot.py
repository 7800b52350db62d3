"""HubSpot: what it is sent, and what each of its answers leads to."""

from collections.abc import Callable

import pytest
from crmdesk import CrmDesk
from vendors.hubspot import HubSpot
from vendors.server import garbled, lost, says

from features.moments import SECOND
from serving.crm.errors import RequestRefused, Throttled, Unauthorized, Unreachable
from serving.crm.opening import connected

Begin = Callable[..., CrmDesk]
KIM, LEE, ADA = "kim", "lee", "ada"
AS_MQL = {"leadscore_score": "43", "leadscore_grade": "C", "leadscore_stage": "MQL"}


def with_people(crm: CrmDesk, *names: str) -> CrmDesk:
    """People who are leads here and contacts there."""
    crm.leads(names)
    crm.vendor.records = {f"{name}@acme.example": {} for name in names}
    return crm


@pytest.fixture
def crm(begin: Begin) -> CrmDesk:
    return with_people(begin(HubSpot), KIM, LEE)


def test_contacts_are_updated_by_address_in_one_batch(crm: CrmDesk) -> None:
    turn = crm.push()
    assert turn.counts["sent"] == 2
    assert crm.vendor.records == {"kim@acme.example": AS_MQL, "lee@acme.example": AS_MQL}
    assert len(crm.vendor.asked) == 1


def test_what_did_not_change_is_not_sent_again(crm: CrmDesk) -> None:
    crm.push()
    crm.lead(KIM)
    crm.push()
    assert len(crm.vendor.asked) == 1


def test_what_changed_is_sent_alone(crm: CrmDesk) -> None:
    crm.push()
    crm.desk.track(KIM, "demo_requested")
    crm.push()
    assert [key for key, _ in crm.vendor.writes] == ["kim@acme.example", "lee@acme.example", "kim@acme.example"]
    assert crm.vendor.records["kim@acme.example"]["leadscore_stage"] != "MQL"


def test_a_contact_that_is_not_there_is_named_and_the_others_are_sent(crm: CrmDesk) -> None:
    del crm.vendor.records["lee@acme.example"]
    assert crm.push().counts == {"sent": 1, "missing": 1, "unchanged": 0}
    (failure,) = crm.failures()
    assert (failure.lead_id, failure.state) == (LEE, "missing")
    assert "they may be deleted or not exist" in failure.last_error


def test_by_its_own_id_no_property_is_named(begin: Begin) -> None:
    more = "find_by: profile.hubspot_id\nfields: {score: leadscore_score}"
    crm = begin(HubSpot, more, unique=None)
    crm.lead(KIM, hubspot_id=15105.0)
    crm.vendor.records["15105"] = {}
    crm.push()
    assert crm.vendor.records == {"15105": {"leadscore_score": "43"}}


def test_a_value_that_one_contact_does_not_take_does_not_keep_the_others(begin: Begin) -> None:
    names = [f"lead-{i}" for i in range(7)]
    crm = with_people(begin(HubSpot), *names)
    crm.vendor.refuses = {"lead-3@acme.example"}  # type: ignore[attr-defined]
    assert crm.push().counts == {"sent": 6, "failed": 1, "unchanged": 0}
    (failure,) = crm.failures()
    assert (failure.lead_id, "is not allowed" in failure.last_error) == ("lead-3", True)


def test_a_batch_that_is_too_large_is_split(begin: Begin) -> None:
    crm = with_people(begin(HubSpot), *[f"lead-{i}" for i in range(9)])
    crm.vendor.most = 3  # type: ignore[attr-defined]
    assert crm.push().counts["sent"] == 9
    assert crm.failures() == []


def test_more_than_a_hundred_are_sent_in_batches(begin: Begin) -> None:
    crm = with_people(begin(HubSpot), *[f"lead-{i}" for i in range(101)])
    assert crm.push().counts["sent"] == 101
    assert [len(asked.json()["inputs"]) for asked in crm.vendor.asked] == [100, 1]


def test_a_property_that_is_not_there_stops_everything_until_it_is_mended(begin: Begin) -> None:
    crm = with_people(begin(HubSpot, "fields: {score: leadscore_points}"), KIM, LEE)
    assert isinstance(crm.push().fault, RequestRefused)
    assert crm.push().paused_until > crm.desk.now
    assert len(crm.vendor.asked) == 1
    crm.path.write_text(crm.path.read_text().replace("leadscore_points", "leadscore_score"))
    assert crm.push().counts["sent"] == 2


def test_the_wait_that_it_asks_for_is_kept(crm: CrmDesk) -> None:
    crm.vendor.faults = [says(429, {"status": "error", "policyName": "SECONDLY"}, Retry_After="30")]
    turn = crm.push()
    assert isinstance(turn.fault, Throttled)
    crm.desk.later(29 * SECOND)
    assert crm.push().paused_until >= crm.desk.now
    assert len(crm.vendor.asked) == 1
    crm.desk.later(10 * SECOND)
    assert crm.push().counts["sent"] == 2


def test_when_its_interval_is_used_up_the_next_batch_waits_for_the_end_of_it(begin: Begin) -> None:
    crm = with_people(begin(HubSpot), *[f"lead-{i}" for i in range(101)])
    crm.vendor.limits["X-HubSpot-RateLimit-Remaining"] = "0"  # type: ignore[attr-defined]
    turn = crm.push()
    assert (turn.counts["sent"], turn.paused_until) == (100, crm.desk.now + 10 * SECOND)
    crm.desk.later(10 * SECOND)
    assert crm.push().counts["sent"] == 1


def test_a_token_that_was_changed_is_read_again_once(crm: CrmDesk) -> None:
    with crm.pusher() as pusher:
        pusher.turn()
        crm.vendor.token = "pat-na1-another"  # type: ignore[attr-defined]
        (crm.path.parent / "secret").write_text("pat-na1-another")
        crm.desk.track(KIM, "demo_requested")
        assert pusher.turn().counts["sent"] == 1
    assert len(crm.vendor.asked) == 3  # one refused, then the same again


def test_a_token_that_is_not_taken_pauses_it(crm: CrmDesk) -> None:
    (crm.path.parent / "secret").write_text("pat-na1-wrong")
    assert isinstance(crm.push().fault, Unauthorized)
    assert len(crm.vendor.asked) == 1


def test_a_missing_scope_is_said(crm: CrmDesk) -> None:
    crm.vendor.faults = [says(403, {"category": "MISSING_SCOPES", "message": "one or more of the following scopes"})]
    fault = crm.push().fault
    assert isinstance(fault, Unauthorized)
    assert "scopes" in fault.got


@pytest.mark.parametrize("fault", [says(500), says(502, {"message": "x"}), says(503), garbled, lost, says(521)])
def test_whatever_breaks_is_tried_again_later(crm: CrmDesk, fault: object) -> None:
    crm.vendor.faults = [fault]  # type: ignore[list-item]
    assert isinstance(crm.push().fault, Unreachable)
    crm.desk.later(10 * SECOND)
    assert crm.push().counts["sent"] == 2
    assert crm.vendor.records == {"kim@acme.example": AS_MQL, "lee@acme.example": AS_MQL}


@pytest.mark.parametrize("body", [[], {}, {"results": 3}, {"results": [], "errors": "x"}, "text", None, 7])
def test_an_answer_that_hubspot_never_gives_is_no_success(crm: CrmDesk, body: object) -> None:
    crm.vendor.faults = [says(200, body), says(200, body), says(200, body)]
    turn = crm.push()
    assert turn.counts.get("sent", 0) == 0
    assert isinstance(turn.fault, Unreachable) or {row.state for row in crm.failures()} == {"missing"}


def test_a_redirect_is_not_followed(crm: CrmDesk) -> None:
    crm.vendor.faults = [says(302, None, Location=f"{crm.vendor.url}/elsewhere")]
    assert isinstance(crm.push().fault, RequestRefused)
    assert len(crm.vendor.asked) == 1


def test_check_names_the_properties_that_can_be_written(crm: CrmDesk) -> None:
    connector = connected(crm.config)
    assert "leadscore_score" in connector.check()
    connector.close()


def test_nothing_is_an_empty_text(begin: Begin) -> None:
    crm = with_people(begin(HubSpot, "fields: {exclusion: leadscore_summary, score: leadscore_score}"), KIM)
    crm.push()
    assert crm.vendor.records["kim@acme.example"]["leadscore_summary"] == ""

"""Salesforce: what it is sent, and what each of its answers leads to."""

from collections.abc import Callable

import pytest
from crmdesk import CrmDesk
from vendors.salesforce import Salesforce
from vendors.server import garbled, lost, says

from features.moments import SECOND
from serving.crm.errors import RequestRefused, Throttled, Unauthorized, Unreachable
from serving.crm.opening import connected

Begin = Callable[..., CrmDesk]
KIM, LEE = "kim", "lee"
AS_MQL = {"Leadscore_score__c": 43.0, "Leadscore_grade__c": "C", "Leadscore_stage__c": "MQL"}
MINUTES = 60 * SECOND


@pytest.fixture
def crm(begin: Begin) -> CrmDesk:
    found = begin(Salesforce)
    found.leads([KIM, LEE])
    found.vendor.records = {KIM: {}, LEE: {}}
    return found


def upserts(crm: CrmDesk) -> int:
    return sum(asked.method == "PATCH" for asked in crm.vendor.asked)


def test_leads_are_upserted_by_their_external_id_with_one_token(crm: CrmDesk) -> None:
    assert crm.push().counts["sent"] == 2
    assert crm.vendor.records == {KIM: AS_MQL, LEE: AS_MQL}
    assert [asked.method for asked in crm.vendor.asked] == ["POST", "PATCH"]


def test_a_lead_that_would_have_to_be_made_is_missing(crm: CrmDesk) -> None:
    del crm.vendor.records[LEE]
    assert crm.push().counts == {"sent": 1, "missing": 1, "unchanged": 0}


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("UNABLE_TO_LOCK_ROW", "retry"),
        ("SERVER_UNAVAILABLE", "retry"),
        ("ENTITY_IS_DELETED", "missing"),
        ("STRING_TOO_LONG", "failed"),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "failed"),
        ("CANNOT_UPDATE_CONVERTED_LEAD", "failed"),
    ],
)
def test_a_record_that_is_refused_is_kept_with_what_salesforce_says(crm: CrmDesk, code: str, state: str) -> None:
    crm.vendor.errors = {KIM: code}  # type: ignore[attr-defined]
    assert crm.push().counts == {"sent": 1, state: 1, "unchanged": 0}
    (failure,) = crm.failures()
    assert (failure.lead_id, failure.state, failure.last_error) == (KIM, state, f"{code}: kim: it cannot be")


def test_a_row_that_was_locked_is_sent_again_after_a_minute(crm: CrmDesk) -> None:
    crm.vendor.errors = {KIM: "UNABLE_TO_LOCK_ROW"}  # type: ignore[attr-defined]
    crm.push()
    crm.vendor.errors = {}  # type: ignore[attr-defined]
    crm.desk.later(59 * SECOND)
    assert crm.push().counts.get("sent", 0) == 0
    crm.desk.later(14 * SECOND)
    assert crm.push().counts["sent"] == 1
    assert crm.failures() == []


def test_a_session_that_ended_is_begun_again_once(crm: CrmDesk) -> None:
    with crm.pusher() as pusher:
        pusher.turn()
        crm.vendor.tokens.append("another, so that ours is void")  # type: ignore[attr-defined]
        crm.desk.track(KIM, "demo_requested")
        assert pusher.turn().counts["sent"] == 1
    assert [asked.path.rpartition("/")[2] for asked in crm.vendor.asked[2:]] == [
        "Leadscore_Id__c",
        "token",
        "Leadscore_Id__c",
    ]


def test_a_session_that_is_void_at_once_pauses_it(crm: CrmDesk) -> None:
    crm.vendor.faults = [lambda *_: None, says(401), lambda *_: None, says(401)]
    assert isinstance(crm.push().fault, Unauthorized)
    assert upserts(crm) == 2


def test_a_secret_that_is_wrong_pauses_it_and_is_not_repeated(crm: CrmDesk) -> None:
    (crm.path.parent / "secret").write_text("wrong")
    fault = crm.push().fault
    assert isinstance(fault, Unauthorized)
    assert fault.got == "invalid_client"
    assert "wrong" not in str(fault)


def test_when_the_requests_of_the_day_are_used_it_waits_a_quarter_of_an_hour(crm: CrmDesk) -> None:
    told = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    crm.vendor.faults = [lambda *_: None, says(403, told)]
    assert isinstance(crm.push().fault, Throttled)
    crm.desk.later(15 * MINUTES - SECOND)
    crm.push()
    assert upserts(crm) == 1
    crm.desk.later(4 * MINUTES)
    assert crm.push().counts["sent"] == 2


def test_it_stops_by_itself_before_the_limit_is_passed(begin: Begin) -> None:
    crm = begin(Salesforce)
    names = [f"lead-{i:03}" for i in range(201)]
    crm.leads(names)
    crm.vendor.records = {name: {} for name in names}
    crm.vendor.usage = "api-usage=15000/15000"  # type: ignore[attr-defined]
    turn = crm.push()
    assert (turn.counts["sent"], turn.paused_until) == (200, crm.desk.now + 15 * MINUTES)


def test_a_permission_that_is_missing_is_said(crm: CrmDesk) -> None:
    told = [{"message": "You do not have access to the Apex class", "errorCode": "INSUFFICIENT_ACCESS"}]
    crm.vendor.faults = [lambda *_: None, says(403, told)]
    fault = crm.push().fault
    assert isinstance(fault, Unauthorized)
    assert "INSUFFICIENT_ACCESS" in fault.got


def test_a_request_that_is_wrong_stops_it(crm: CrmDesk) -> None:
    told = [{"message": "Provided external ID field does not exist", "errorCode": "NOT_FOUND"}]
    crm.vendor.faults = [lambda *_: None, says(404, told)]
    assert isinstance(crm.push().fault, RequestRefused)


@pytest.mark.parametrize(
    "fault", [says(500), says(503), garbled, lost, says(200, {}), says(200, [{}]), says(200, [1, 2])]
)
def test_whatever_breaks_is_tried_again_later(crm: CrmDesk, fault: object) -> None:
    crm.vendor.faults = [lambda *_: None, fault]  # type: ignore[list-item]
    assert isinstance(crm.push().fault, Unreachable)
    crm.desk.later(10 * SECOND)
    assert crm.push().counts["sent"] == 2
    assert crm.vendor.records == {KIM: AS_MQL, LEE: AS_MQL}


@pytest.mark.parametrize("where", ["http://crm.example", "https://user@crm.example", 7, None, ""])
def test_a_token_that_leads_elsewhere_without_tls_is_not_followed(crm: CrmDesk, where: object) -> None:
    crm.vendor.faults = [says(200, {"access_token": "t", "instance_url": where})]
    assert isinstance(crm.push().fault, Unreachable)
    assert upserts(crm) == 0


def test_check_wants_an_external_id(crm: CrmDesk) -> None:
    connector = connected(crm.config)
    assert "Leadscore_score__c" in connector.check()
    connector.close()
    crm.path.write_text(f"{crm.path.read_text()}find_in: Other_Id__c\n")
    connector = connected(crm.config)
    with pytest.raises(RequestRefused, match="no external id"):
        connector.check()
    connector.close()

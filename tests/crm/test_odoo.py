"""Odoo: what it is sent, and what each of its answers leads to. Against what it documents, not a real one."""

from collections.abc import Callable

import pytest
from crmdesk import CrmDesk
from vendors.odoo import Odoo
from vendors.server import garbled, lost, says

from features.moments import SECOND
from serving.crm.errors import RequestRefused, Throttled, Unauthorized, Unreachable
from serving.crm.opening import connected

Begin = Callable[..., CrmDesk]
KIM, LEE = "kim", "lee"
AS_MQL = {"x_leadscore_score": 43.0, "x_leadscore_grade": "C", "x_leadscore_stage": "MQL"}


@pytest.fixture
def crm(begin: Begin) -> CrmDesk:
    return with_people(begin(Odoo))


def with_people(crm: CrmDesk) -> CrmDesk:
    crm.leads([KIM, LEE])
    crm.vendor.records = {f"{name}@acme.example": {} for name in (KIM, LEE)}
    return crm


def methods(crm: CrmDesk) -> list[str]:
    return [asked.path.rpartition("/")[2] for asked in crm.vendor.asked]


def test_leads_are_looked_up_together_and_written_one_by_one(crm: CrmDesk) -> None:
    assert crm.push().counts["sent"] == 2
    assert crm.vendor.records == {f"{name}@acme.example": AS_MQL for name in (KIM, LEE)}
    assert methods(crm) == ["search_read", "write", "write"]


def test_by_odoos_own_id_nothing_is_looked_up(begin: Begin) -> None:
    more = "database: acme\nfind_by: profile.odoo_id\nfields: {score: x_leadscore_score}"
    crm = begin(Odoo, more)
    crm.lead(KIM, odoo_id=1.0)
    crm.vendor.records = {"kim": {}}
    crm.push()
    assert (crm.vendor.records, methods(crm)) == ({"kim": {"x_leadscore_score": 43.0}}, ["write"])


def test_a_moment_has_no_zone_and_nothing_is_false(begin: Begin) -> None:
    more = "database: acme\nfields: {scored_at: x_leadscore_scored_at, exclusion: x_leadscore_summary}"
    crm = with_people(begin(Odoo, more))
    crm.push()
    written = crm.vendor.records["kim@acme.example"]
    assert written == {"x_leadscore_scored_at": "2026-11-02 09:00:00", "x_leadscore_summary": False}


def test_a_lead_that_is_not_there_is_missing(crm: CrmDesk) -> None:
    del crm.vendor.records["lee@acme.example"]
    assert crm.push().counts == {"sent": 1, "missing": 1, "unchanged": 0}


def test_a_record_that_was_deleted_is_missing(begin: Begin) -> None:
    crm = begin(Odoo, "database: acme\nfind_by: profile.odoo_id\nfields: {score: x_leadscore_score}")
    crm.lead(KIM, odoo_id=77.0)
    crm.push()
    assert [(e.state, e.last_error) for e in crm.failures()] == [
        ("missing", "Record does not exist or has been deleted.")
    ]


def test_a_value_that_is_refused_does_not_keep_the_others(crm: CrmDesk) -> None:
    crm.vendor.refuses = {"kim@acme.example"}  # type: ignore[attr-defined]
    assert crm.push().counts == {"sent": 1, "failed": 1, "unchanged": 0}
    assert crm.failures()[0].last_error == "the value is not allowed"


def test_a_record_that_somebody_else_writes_is_tried_again(crm: CrmDesk) -> None:
    crm.vendor.busy = ["kim@acme.example"]  # type: ignore[attr-defined]
    assert crm.push().counts == {"sent": 1, "retry": 1, "unchanged": 0}
    crm.desk.later(75 * SECOND)
    assert crm.push().counts["sent"] == 1


def test_what_was_written_before_a_fault_is_not_written_again(crm: CrmDesk) -> None:
    crm.vendor.faults = [lambda *_: None, lambda *_: None, says(429, {}, Retry_After="5")]
    turn = crm.push()
    assert isinstance(turn.fault, Throttled)
    assert turn.counts["sent"] == 1
    crm.desk.later(10 * SECOND)
    crm.push()
    assert [key for key, _ in crm.vendor.writes] == ["kim@acme.example", "lee@acme.example"]


def test_a_field_that_is_not_there_stops_it(begin: Begin) -> None:
    crm = with_people(begin(Odoo, "database: acme\nfields: {score: x_other}"))
    fault = crm.push().fault
    assert isinstance(fault, RequestRefused)
    assert "Invalid field 'x_other'" in fault.got


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Unauthorized), (403, Unauthorized), (404, RequestRefused), (500, RequestRefused)]
)
def test_a_search_that_is_refused_stops_it(crm: CrmDesk, status: int, kind: type) -> None:
    crm.vendor.faults = [says(status, {"name": "werkzeug.exceptions.X", "message": "no"})] * 2
    assert isinstance(crm.push().fault, kind)


@pytest.mark.parametrize("fault", [says(502), says(503), garbled, lost, says(200, {}), says(200, [{}]), says(200, [1])])
def test_whatever_breaks_is_tried_again_later(crm: CrmDesk, fault: object) -> None:
    crm.vendor.faults = [fault]  # type: ignore[list-item]
    assert isinstance(crm.push().fault, Unreachable)
    crm.desk.later(10 * SECOND)
    assert crm.push().counts["sent"] == 2


def test_check_names_the_fields_that_can_be_written(crm: CrmDesk) -> None:
    connector = connected(crm.config)
    assert "x_leadscore_score" in connector.check()
    connector.close()

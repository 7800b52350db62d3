"""What the CRM may or may not have taken: whoever is again as before is sent all the same, as nobody knows."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from crmdesk import CrmDesk
from vendors.hubspot import HubSpot
from vendors.server import Asked, Fault, Reply, Vendor, lost, says

from features.moments import DAY, SECOND
from serving.crm.ledger import IN_DOUBT
from serving.crm.progress import Place, Read
from serving.leads.acts import act
from serving.process.moves import Why

Begin = Callable[..., CrmDesk]
KIM, KEY = "kim", "kim@acme.example"
HOUR = DAY // 24


class Killed(BaseException):
    """The worker ends here."""


@pytest.fixture
def crm(begin_on: Begin) -> CrmDesk:
    """A CRM that holds what is true."""
    found = begin_on(HubSpot)
    found.lead(KIM)
    found.vendor.records = {KEY: {}}
    found.push()
    return found


def again_as_before(crm: CrmDesk) -> None:
    crm.desk.later(60 * SECOND)
    crm.lead(KIM)
    crm.push(whatever=True)


def test_a_lead_whose_answer_was_lost_and_that_is_again_as_before_is_sent_again(crm: CrmDesk) -> None:
    before = dict(crm.vendor.records[KEY])
    crm.lead(KIM, employees=20.0)
    crm.vendor.faults = [lost]
    crm.push()
    assert crm.vendor.records[KEY] != before
    again_as_before(crm)
    assert crm.vendor.records[KEY] == before


def test_so_is_one_whose_worker_was_killed_before_it_noted_the_answer(
    crm: CrmDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> int:
        raise Killed

    before = dict(crm.vendor.records[KEY])
    crm.lead(KIM, employees=20.0)
    with monkeypatch.context() as patched, suppress(Killed):
        patched.setattr("serving.crm.push.Pusher._note", die)
        crm.push()
    assert crm.vendor.records[KEY] != before
    again_as_before(crm)
    assert crm.vendor.records[KEY] == before


def test_so_is_one_that_was_refused_as_it_is_again(crm: CrmDesk) -> None:
    crm.vendor.refuses = {KEY}  # type: ignore[attr-defined]
    crm.lead(KIM, employees=20.0)
    crm.push()
    crm.vendor.refuses = set()  # type: ignore[attr-defined]
    crm.lead(KIM, employees=2_000.0)
    crm.vendor.faults = [lost]
    crm.push()
    crm.desk.later(60 * SECOND)
    crm.lead(KIM, employees=20.0)
    crm.push()
    assert crm.vendor.records[KEY]["leadscore_score"] == f"{crm.desk.standing(KIM).score:g}"


@pytest.mark.parametrize("fault", [says(429, {}, Retry_After="1"), says(401, {}), says(302, None, Location="/")])
def test_what_was_refused_before_it_was_looked_at_is_not(crm: CrmDesk, fault: Fault) -> None:
    crm.lead(KIM, employees=20.0)
    crm.vendor.faults = [fault]
    crm.push()
    assert crm.row(KIM)["digest"] != IN_DOUBT
    again_as_before(crm)
    assert len(crm.vendor.writes) == 1


def test_who_may_have_been_told_of_is_kept_up_to_date_whatever_stage_comes_next(begin: Begin) -> None:
    crm = begin(HubSpot, "stages: [MQL]\nfields: {stage: leadscore_stage}")
    crm.lead(KIM)
    crm.vendor.records = {KEY: {}}
    crm.vendor.faults = [lost]
    crm.push()
    crm.desk.later(60 * SECOND)
    crm.desk.store.write(lambda c: act(c, crm.desk.programs, KIM, "reject", Why("rep", "no need now"), crm.desk.now))
    crm.push(whatever=True)
    assert crm.vendor.records[KEY]["leadscore_stage"] == crm.desk.standing(KIM).stage != "MQL"


def test_a_batch_that_breaks_the_crm_each_time_does_not_keep_the_others(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.crm.hubspot.HubSpot.most", 1)
    crm = begin(HubSpot)
    crm.leads(["ada", KIM])
    crm.vendor.records = {"ada@acme.example": {}, KEY: {}}

    def breaks(vendor: Vendor, asked: Asked) -> Reply | None:
        vendor.faults.append(breaks)
        return Reply(500) if b"ada" in asked.body else None

    crm.vendor.faults = [breaks]
    for _ in range(2):
        assert crm.push().fault is not None
        crm.desk.later(HOUR)
    assert [key for key, _ in crm.vendor.writes] == [KEY]


def test_numbers_that_were_not_yet_seen_at_the_last_time_are_read_however_long_ago_that_was() -> None:
    """A transaction that was under way then may have lower ones than were read."""
    place = Place(0, 0).read_to(Read(HOUR, 10_000, 10_000)).read_to(Read(2 * HOUR, 20_000, 20_000))
    assert place.start(9 * HOUR).score <= 10_000

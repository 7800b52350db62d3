"""Which leads are looked at and sent, when, by whom; on both databases."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from brought import bring
from crmdesk import CrmDesk
from desk import HOUR, START, programs_of
from sqlalchemy import delete, update
from vendors.hubspot import HubSpot
from vendors.server import says

from features.moments import DAY, SECOND
from serving.access.caller import SYSTEM
from serving.crm import ledger
from serving.crm.push import Pusher
from serving.leads.acts import act, assign
from serving.leads.due import rescore_due
from serving.people.erase import erase
from serving.process.moves import Why
from serving.store.database import Store
from serving.store.schema import crm_connectors, crm_sent, leases, scores
from training.scorecard import Scorecard

Begin = Callable[..., CrmDesk]
KIM, LEE, ADA = "kim", "lee", "ada"
WHY = Why("rep", "no need now")


@pytest.fixture
def crm(begin: Begin) -> CrmDesk:
    return _with_two(begin(HubSpot))


@pytest.fixture
def on_either(begin_on: Begin) -> CrmDesk:
    """The same, for what the databases do themselves."""
    return _with_two(begin_on(HubSpot))


def _with_two(found: CrmDesk) -> CrmDesk:
    found.leads([KIM, LEE])
    found.vendor.records = {f"{name}@acme.example": {} for name in (KIM, LEE, ADA)}
    return found


def sent_to(crm: CrmDesk) -> list[str]:
    """Who was sent, in order."""
    return [key.partition("@")[0] for key, _ in crm.vendor.writes]


def test_leads_that_were_there_before_the_connection_are_sent(crm: CrmDesk) -> None:
    crm.push()
    assert sent_to(crm) == [KIM, LEE]


def test_a_lead_that_comes_later_is_sent(crm: CrmDesk) -> None:
    crm.push()
    crm.lead(ADA)
    crm.push()
    assert sent_to(crm) == [KIM, LEE, ADA]


def test_an_act_of_sales_is_sent(on_either: CrmDesk) -> None:
    crm = on_either
    crm.push()
    crm.desk.track(KIM, "demo_requested")
    crm.desk.store.write(lambda c: act(c, crm.desk.programs, KIM, "recycle", WHY, crm.desk.now))
    crm.push()
    assert sent_to(crm)[2:] == [KIM]
    assert crm.vendor.records["kim@acme.example"]["leadscore_stage"] == crm.desk.standing(KIM).stage


def test_a_stage_that_an_import_brings_is_sent(on_either: CrmDesk) -> None:
    crm = on_either
    crm.push()
    crm.desk.later(HOUR)
    bring(crm.desk, "outcomes", [{"lead_id": KIM, "stage": "Customer", "at": "2026-11-02T09:30:00Z"}])
    crm.push()
    assert crm.vendor.records["kim@acme.example"]["leadscore_stage"] == "Customer"


def test_a_score_that_changes_by_less_than_is_shown_is_not_sent(crm: CrmDesk) -> None:
    crm.push()
    exact = crm.desk.standing(KIM).score
    crm.desk.later(2 * DAY)
    assert rescore_due(crm.desk.store, crm.desk.programs, crm.desk.now) == 2
    assert crm.desk.standing(KIM).score == exact
    assert crm.push().counts == {"unchanged": 2}
    assert len(crm.vendor.asked) == 1


def test_the_time_of_scoring_alone_is_no_reason_to_send(begin: Begin) -> None:
    crm = begin(HubSpot, "fields: {score: leadscore_score, scored_at: leadscore_scored_at}")
    crm.lead(KIM)
    crm.vendor.records = {"kim@acme.example": {}}
    crm.push()
    crm.desk.later(2 * DAY)
    rescore_due(crm.desk.store, crm.desk.programs, crm.desk.now)
    crm.push()
    assert len(crm.vendor.asked) == 1


def test_nothing_is_asked_of_the_database_twice_for_leads_without_news(crm: CrmDesk) -> None:
    crm.push()
    assert crm.due() == []
    with crm.pusher() as pusher:
        assert pusher.turn().counts == {}


def test_whoever_was_given_a_person_follows_with_the_next_score(begin: Begin) -> None:
    crm = begin(HubSpot, "fields: {assigned_to: leadscore_summary}")
    crm.lead(KIM)
    crm.vendor.records = {"kim@acme.example": {}}
    crm.push()
    crm.desk.store.write(lambda c: assign(c, crm.desk.programs, KIM, "rep-7", crm.desk.now))
    crm.desk.track(KIM, "page_view")
    crm.push()
    assert crm.vendor.records["kim@acme.example"] == {"leadscore_summary": "rep-7"}


def test_only_leads_of_the_stages_begin_to_be_told_and_then_are_kept_up_to_date(begin: Begin) -> None:
    crm = begin(HubSpot, "stages: [MQL]\nfields: {stage: leadscore_stage}")
    crm.vendor.records = {f"{name}@acme.example": {} for name in (KIM, LEE)}
    crm.lead(KIM)
    crm.desk.identify(LEE, email="lee@acme.example")
    crm.push()
    assert (sent_to(crm), crm.row(LEE)["state"]) == ([KIM], "apart")
    crm.desk.store.write(lambda c: act(c, crm.desk.programs, KIM, "reject", WHY, crm.desk.now))
    crm.push()
    assert crm.desk.standing(KIM).stage != "MQL"
    assert crm.vendor.records["kim@acme.example"]["leadscore_stage"] == crm.desk.standing(KIM).stage


def test_another_mapping_has_all_leads_compared_and_sent(crm: CrmDesk) -> None:
    crm.push()
    crm.path.write_text(crm.path.read_text().replace(", grade: leadscore_grade", ""))
    crm.push()
    assert sent_to(crm) == [KIM, LEE, KIM, LEE]
    crm.push()
    assert len(sent_to(crm)) == 4


def test_all_compares_all_and_sends_what_differs_alone(on_either: CrmDesk) -> None:
    crm = on_either
    crm.push()
    with crm.pusher() as pusher:
        pusher.walk()
        assert pusher.turn().counts == {"unchanged": 2}


def test_a_walk_over_many_leads_goes_on_where_it_was(on_either: CrmDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = on_either
    crm.lead(ADA)
    monkeypatch.setattr("serving.crm.noticing.WALK", 1)
    with crm.pusher() as pusher:
        assert [pusher.turn().more for _ in range(4)] == [True, True, True, False]
    assert sent_to(crm) == [ADA, KIM, LEE]


def test_texts_are_in_the_language_that_the_file_says(begin: Begin) -> None:
    crm = _with_two(begin(HubSpot, "language: de\nfields: {summary: leadscore_summary}"))
    crm.push()
    assert "Punkte" in crm.vendor.records["kim@acme.example"]["leadscore_summary"]


def test_another_address_is_another_record_there(crm: CrmDesk) -> None:
    crm.push()
    crm.lead(KIM, email="ada@acme.example")
    crm.push()
    assert sent_to(crm) == [KIM, LEE, ADA]


def test_of_two_leads_with_one_address_the_first_is_sent_and_the_other_named(on_either: CrmDesk) -> None:
    crm = on_either
    crm.desk.later(SECOND)
    crm.lead("twin", email="Kim@acme.example")
    crm.push()
    assert sent_to(crm) == [KIM, LEE]
    assert [(e.lead_id, e.last_error) for e in crm.failures()] == [("twin", "the lead kim has the same address")]


def test_who_had_the_same_address_is_sent_a_day_after_the_other_has_another_one(crm: CrmDesk) -> None:
    crm.desk.later(SECOND)
    crm.lead("twin", email="kim@acme.example")
    crm.push()
    crm.lead(KIM, email="ada@acme.example")
    crm.push()
    assert sent_to(crm) == [KIM, LEE, ADA]
    crm.desk.later(DAY)
    crm.push()
    assert (sent_to(crm)[3:], crm.failures()) == ([KIM], [])


def test_a_lead_that_is_not_there_is_looked_for_after_an_hour_a_day_and_a_week_and_then_no_more(crm: CrmDesk) -> None:
    del crm.vendor.records["kim@acme.example"]
    crm.push()
    asked = []
    for hours in (0.5, 0.8, 20, 10, 100, 120, 24 * 60):
        crm.desk.later(round(hours * HOUR))
        before = len(crm.vendor.asked)
        crm.push()
        asked.append(len(crm.vendor.asked) - before)
    assert asked == [0, 1, 0, 1, 0, 1, 0]
    assert (crm.row(KIM)["attempts"], crm.row(KIM)["next_at"]) == (4, None)


def test_a_new_score_is_no_reason_to_look_for_a_lead_that_is_not_there(crm: CrmDesk) -> None:
    del crm.vendor.records["kim@acme.example"]
    crm.push()
    crm.desk.track(KIM, "page_view")
    crm.push()
    assert len(crm.vendor.asked) == 1


def test_another_stage_is_one(crm: CrmDesk) -> None:
    del crm.vendor.records["kim@acme.example"]
    crm.push()
    crm.vendor.records["kim@acme.example"] = {}
    crm.desk.track(KIM, "demo_requested")
    assert crm.desk.standing(KIM).stage != "MQL"
    assert crm.push().counts["sent"] == 1


def test_what_is_refused_is_sent_again_when_it_changes_and_not_before(on_either: CrmDesk) -> None:
    crm = on_either
    crm.vendor.refuses = {"kim@acme.example"}  # type: ignore[attr-defined]
    crm.push()
    count = len(crm.vendor.asked)
    crm.desk.track(KIM, "newsletter_read")
    crm.push()
    assert len(crm.vendor.asked) == count
    crm.vendor.refuses = set()  # type: ignore[attr-defined]
    crm.desk.track(KIM, "demo_requested")
    assert crm.push().counts["sent"] == 1
    assert crm.failures() == []


def test_failures_can_be_sent_again(on_either: CrmDesk) -> None:
    crm = on_either
    crm.vendor.refuses = {"kim@acme.example"}  # type: ignore[attr-defined]
    crm.push()
    crm.vendor.refuses = set()  # type: ignore[attr-defined]
    assert crm.desk.store.write(lambda c: ledger.send_again(c, crm.config, ["nobody"])) == 0
    assert crm.desk.store.write(lambda c: ledger.send_again(c, crm.config)) == 1
    assert crm.push().counts["sent"] == 1


def test_a_pause_grows_with_each_fault_and_ends_with_success(on_either: CrmDesk) -> None:
    crm = on_either
    crm.vendor.faults = [says(503)] * 3
    waits = []
    for _ in range(3):
        crm.push()
        (row,) = crm.desk.rows(crm_connectors)
        waits.append(round((row["paused_until"] - crm.desk.now) / SECOND))
        crm.desk.now = row["paused_until"]
    assert [5 * 2**n <= wait <= 6 * 2**n for n, wait in enumerate(waits)] == [True] * 3
    assert crm.push().counts["sent"] == 2
    (row,) = crm.desk.rows(crm_connectors)
    assert (row["paused_until"], row["pauses"], row["because"]) == (0, 0, "")


def test_erasure_removes_what_was_sent(crm: CrmDesk) -> None:
    crm.push()
    crm.desk.store.write(lambda c: erase(c, SYSTEM, KIM, crm.desk.now))
    assert [row["lead_id"] for row in crm.desk.rows(crm_sent)] == [LEE]


def test_a_lead_that_is_erased_while_it_is_sent_leaves_nothing(on_either: CrmDesk) -> None:
    crm = on_either
    crm.vendor.faults = [lambda *_: crm.desk.store.write(lambda c: erase(c, SYSTEM, KIM, crm.desk.now)) and None]
    assert crm.push().counts["sent"] == 2
    assert [row["lead_id"] for row in crm.desk.rows(crm_sent)] == [LEE]


def test_a_score_whose_number_was_given_before_is_seen(on_either: CrmDesk) -> None:
    """SQLite gives the highest number again once its row is erased."""
    crm = on_either
    crm.push()
    last = max(row["score_id"] for row in crm.desk.rows(scores))
    crm.desk.later(HOUR)
    crm.push()
    crm.desk.store.write(lambda c: c.execute(delete(scores).where(scores.c.score_id == last)))
    crm.desk.track(KIM, "demo_requested")
    crm.push()
    assert sent_to(crm)[2:] == [KIM]


def test_a_score_that_is_seen_later_than_a_higher_one_is_noticed(on_either: CrmDesk) -> None:
    crm = on_either
    crm.push()
    crm.desk.track(KIM, "webinar_attended")
    crm.lead(ADA)
    first, *_, last = sorted(row["score_id"] for row in crm.desk.rows(scores) if row["lead_id"] in (KIM, ADA))[1:]
    hidden = update(scores).where(scores.c.score_id == first)
    crm.desk.store.write(lambda c: c.execute(hidden.values(program="elsewhere")))
    crm.push()
    assert (first < last, sent_to(crm)[2:]) == (True, [ADA])
    crm.desk.store.write(lambda c: c.execute(hidden.values(program="leads")))
    crm.desk.later(50 * SECOND)
    crm.push()
    assert sent_to(crm)[2:] == [ADA, KIM]


def test_two_workers_do_not_send_at_a_time(on_either: CrmDesk) -> None:
    crm = on_either
    with crm.pusher() as one, crm.pusher() as two:
        assert one.turn().counts["sent"] == 2
        crm.desk.track(KIM, "demo_requested")
        assert two.turn().is_held_elsewhere
        crm.desk.later(4 * 60 * SECOND)
        assert two.turn().counts["sent"] == 1
    assert sent_to(crm) == [KIM, LEE, KIM]


def test_workers_at_once_send_each_lead_once(
    begin_on: Begin, opened: Callable[[], Store], rules_card: Scorecard, tmp_path: Path
) -> None:
    crm = begin_on(HubSpot)
    names = [f"lead-{i}" for i in range(30)]
    crm.leads(names)
    crm.vendor.records = {f"{name}@acme.example": {} for name in names}
    (tmp_path / "others").mkdir()
    programs = programs_of(crm.desk.store, tmp_path / "others", leads=rules_card)
    workers = [Pusher(opened(), programs, crm.config, clock=lambda: START) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        for _ in range(4):
            list(pool.map(lambda worker: worker.turn(), workers))
    for worker in workers:
        worker.close()
    assert Counter(sent_to(crm)) == dict.fromkeys(names, 1)


def test_whoever_lost_the_lease_meanwhile_notes_nothing(on_either: CrmDesk) -> None:
    crm = on_either

    def taken(*_: object) -> None:
        row = {"holder": "another", "until": crm.desk.now + 60 * SECOND}
        crm.desk.store.write(lambda c: c.execute(update(leases).values(row)))

    crm.vendor.faults = [taken]
    assert crm.push().is_held_elsewhere
    assert {row["state"] for row in crm.desk.rows(crm_sent)} == {"waiting"}


def test_a_lead_that_breaks_the_code_does_not_keep_the_others(crm: CrmDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving.crm import records

    real = records.record_of

    def broken(connection: object, service: object, config: object, standing: object, key: str) -> object:
        if key == "kim@acme.example":
            raise ZeroDivisionError
        return real(connection, service, config, standing, key)  # type: ignore[arg-type]

    monkeypatch.setattr(records, "record_of", broken)
    assert crm.push().counts["sent"] == 1
    assert [(e.lead_id, e.state) for e in crm.failures()] == [(KIM, "failed")]


def test_a_card_address_is_signed_and_kept_nowhere(begin: Begin) -> None:
    crm = begin(
        HubSpot, "public_url: https://leads.example\nfields: {card_url: leadscore_summary, stage: leadscore_stage}"
    )
    crm.lead(KIM)
    crm.vendor.records = {"kim@acme.example": {}}
    crm.push()
    url = crm.vendor.records["kim@acme.example"]["leadscore_summary"]
    assert url.startswith("https://leads.example/crm/leads/kim?")
    token = url.rpartition("=")[2]
    assert token not in str(crm.desk.rows(crm_sent))
    with crm.pusher() as pusher:
        pusher.walk()
        assert pusher.turn().counts == {"unchanged": 1}

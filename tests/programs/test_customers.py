"""The second program: who has bought is scored by another agreement, for what they might buy next."""

import pytest
from desk import HEAD_OF_IT
from office import Office, won

from features.agreement import Agreement
from features.moments import DAY
from serving.access.caller import SYSTEM
from serving.leads.acts import act
from serving.leads.due import rescore_due, watch_clocks
from serving.leads.errors import NoSuchLead
from serving.leads.replay import replay
from serving.leads.standing import Standing, standings_of
from serving.process.moves import Why
from serving.programs.adopting import adopt_first
from serving.programs.beginning import welcome
from serving.programs.follower import Follower
from serving.programs.home import card_path
from serving.programs.programs import Programs
from serving.store.schema import scores, stage_changes


@pytest.fixture
def both(office: Office, customers: Agreement) -> Office:
    """An office with a program for leads and one for customers."""
    adopt_first(office.service, "customers", customers, SYSTEM)
    office.service.programs.look()
    return office


def customer(office: Office, lead: str = "L-1") -> Standing:
    return office.desk.standing(lead, "customers")


def test_a_lead_that_is_not_won_is_no_customer(both: Office) -> None:
    both.desk.identify("L-1", **HEAD_OF_IT)
    assert set(both.store.read(lambda c: standings_of(c, "L-1"))) == {"leads"}


def test_who_is_won_begins_as_a_customer(both: Office) -> None:
    won(both.desk, "L-1")
    standing = customer(both)
    # 10 size + 6 director; the plan is not known yet
    assert (standing.stage, standing.score, standing.owner) == ("Customer", 10.0 + 6, "customer success")
    assert both.desk.standing("L-1").stage == "Customer"
    assert not both.desk.standing("L-1").open


def test_what_customers_do_moves_them_through_their_stages(both: Office) -> None:
    desk, seen = both.desk, []
    won(desk, "L-1")

    def look() -> None:
        standing = customer(both)
        seen.append((standing.stage, round(standing.score or 0.0, 1)))

    desk.later(DAY)
    desk.identify("L-1", plan="team")
    look()  # 16 + 10 team plan: growing
    for _ in range(2):
        desk.track("L-1", "feature_limit_reached")
    look()  # 26 + 2 x 6: ready, which customer success calls about
    desk.track("L-1", "offer_requested")
    look()  # a fast-track to the talk
    desk.store.write(lambda c: act(c, desk.programs, "L-1", "convert", Why("rep"), desk.now, "customers"))
    look()
    assert seen == [("Growing", 26.0), ("Ready", 38.0), ("Talk", 38.0), ("Upsold", 38.0)]
    assert not customer(both).open


def test_each_program_has_its_own_clock_and_history(both: Office) -> None:
    won(both.desk, "L-1")
    both.desk.identify("L-1", plan="team")
    for _ in range(2):
        both.desk.track("L-1", "feature_limit_reached")
    assert (customer(both).sla_state, both.desk.standing("L-1").sla_state) == ("running", "none")
    told = [(row["program"], row["stage"]) for row in both.desk.rows(stage_changes) if row["program"] == "customers"]
    assert [stage for _, stage in told] == ["Customer", "Growing", "Ready"]


def test_scores_of_both_programs_replay(both: Office) -> None:
    won(both.desk, "L-1")
    both.desk.track("L-1", "seats_used", share=0.95)
    rows = both.desk.rows(scores)
    assert {row["program"] for row in rows} == {"leads", "customers"}
    assert [both.store.read(lambda c, i=r["score_id"]: replay(c, i)).differences for r in rows] == [[]] * len(rows)


def test_unused_seats_and_trouble_count_against_them(both: Office) -> None:
    won(both.desk, "L-1")
    both.desk.track("L-1", "seats_used", share=0.3)
    for _ in range(6):
        both.desk.track("L-1", "ticket_opened")
    assert customer(both).score == pytest.approx(10 + 6 - 8 - 16)


def test_customers_scores_are_kept_young(both: Office) -> None:
    won(both.desk, "L-1")
    both.desk.later(2 * DAY)
    assert rescore_due(both.store, both.service.programs, both.desk.now) == 1
    assert customer(both).scored_at == pytest.approx(both.desk.now, abs=10)


def test_who_was_won_before_the_program_began_is_welcomed(office: Office, customers: Agreement) -> None:
    for lead in ("L-1", "L-2", "L-3"):
        won(office.desk, lead)
    office.desk.identify("L-4", **HEAD_OF_IT)
    adopt_first(office.service, "customers", customers, SYSTEM)
    office.service.programs.look()
    office.desk.later(1)
    done = [welcome(office.store, office.service.programs, office.desk.now, most=2) for _ in range(3)]
    assert done == [2, 1, 0]
    assert customer(office, "L-3").stage == "Customer"
    with pytest.raises(AssertionError):
        customer(office, "L-4")


def test_without_customers_nobody_is_welcomed(office: Office) -> None:
    won(office.desk, "L-1")
    assert welcome(office.store, office.service.programs, office.desk.now) == 0


def test_a_customer_is_not_acted_on_before_it_is_one(both: Office) -> None:
    both.desk.identify("L-1", **HEAD_OF_IT)
    with pytest.raises(NoSuchLead, match="no lead 'L-1'"):
        both.store.write(
            lambda c: act(c, both.service.programs, "L-1", "accept", Why("rep"), both.desk.now, "customers")
        )


def test_clocks_of_leads_go_on_where_the_program_of_customers_is_not_served(both: Office) -> None:
    won(both.desk, "A-customer")  # the first that is found late
    both.desk.identify("A-customer", plan="team")
    for _ in range(2):
        both.desk.track("A-customer", "feature_limit_reached")
    both.desk.identify("B-lead", **HEAD_OF_IT)
    both.desk.later(30 * DAY)
    without = Programs({"leads": Follower("leads", card_path(both.home, "leads"), 0.0)})
    assert watch_clocks(both.store, without, both.desk.now) == 1
    assert both.desk.standing("B-lead").sla_state == "breached"
    assert customer(both, "A-customer").sla_state == "running"

import pytest
from desk import HEAD_OF_IT, HOUR, START, Desk
from sqlalchemy import Connection, update

from features.moments import DAY
from serving.leads.act import score_again
from serving.leads.acts import act
from serving.leads.due import rescore_due, watch_clocks
from serving.leads.errors import NoSuchLead
from serving.leads.standing import standing_in
from serving.process.moves import Action, IllegalMove, Why
from serving.store.schema import (
    feedback,
    profile_versions,
    scores,
    stage_changes,
    standings,
    webhook_deliveries,
    webhook_messages,
)
from serving.webhooks import endpoints
from serving.webhooks.filters import Filters


def do(desk: Desk, lead: str, action: Action, reason: str = "") -> str:
    why = Why("rep@sales", reason)
    desk.store.write(lambda c: act(c, desk.programs, lead, action, why, desk.now))
    return desk.standing(lead).stage


@pytest.fixture
def mql(desk: Desk) -> Desk:
    """A desk with one MQL of 43 + 10 points, enough for sales to accept."""
    desk.identify("L-1", **HEAD_OF_IT)
    desk.track("L-1", "webinar_attended")
    return desk


def test_sales_accepts_a_lead_that_waits(mql: Desk) -> None:
    assert mql.standing("L-1").waiting_for == "SAL"
    assert do(mql, "L-1", "accept") == "SAL"
    assert mql.standing("L-1").owner == "sales development"


def test_a_lead_that_is_not_good_enough_is_not_accepted(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    with pytest.raises(IllegalMove, match=r"7\.0 points are missing for SAL") as error:
        do(desk, "L-1", "accept")
    assert "reject (to Lead)" in error.value.allowed


def test_who_sends_a_lead_back_says_why_in_agreed_words(mql: Desk) -> None:
    with pytest.raises(IllegalMove, match="needs a reason") as error:
        do(mql, "L-1", "reject")
    assert "no budget" in error.value.allowed
    assert do(mql, "L-1", "reject", "no budget") == "Lead"


def test_a_lead_that_was_sent_back_rests(mql: Desk) -> None:
    do(mql, "L-1", "reject", "no budget")
    mql.later(HOUR)
    mql.track("L-1", "page_view", path="/product")
    assert mql.standing("L-1").stage == "Lead"
    mql.later(31 * DAY)
    mql.identify("L-1", employees=321.0)
    assert mql.standing("L-1").stage == "MQL"


def test_a_new_demo_request_ends_the_rest(mql: Desk) -> None:
    do(mql, "L-1", "reject", "no budget")
    mql.later(HOUR)
    mql.track("L-1", "demo_requested")
    assert mql.standing("L-1").stage == "SAL"


def test_every_move_says_who_when_why_and_at_which_score(mql: Desk) -> None:
    do(mql, "L-1", "accept")
    row = mql.rows(stage_changes)[-1]
    assert (row["was"], row["stage"], row["action"], row["by"]) == ("MQL", "SAL", "accept", "rep@sales")
    assert row["score"] == pytest.approx(53.0)
    assert row["score_id"] in {score["score_id"] for score in mql.rows(scores)}


def test_a_customer_is_closed(mql: Desk) -> None:
    do(mql, "L-1", "accept")
    assert do(mql, "L-1", "convert") == "Customer"
    assert not mql.standing("L-1").open
    with pytest.raises(IllegalMove, match="closed"):
        do(mql, "L-1", "lose", "no budget")


def test_a_lost_lead_may_be_taken_up_again(mql: Desk) -> None:
    assert do(mql, "L-1", "lose", "no budget") == "Lost"
    assert do(mql, "L-1", "recycle", "no budget") == "Lead"


def test_what_sales_does_is_kept_as_a_verdict(mql: Desk) -> None:
    do(mql, "L-1", "reject", "wrong person")
    row = mql.rows(feedback)[0]
    assert (row["verdict"], row["reason"], row["by"]) == ("poor", "wrong person", "rep@sales")


def test_a_stranger_cannot_be_acted_on(desk: Desk) -> None:
    with pytest.raises(NoSuchLead, match="no lead 'L-9'"):
        do(desk, "L-9", "accept")


def test_the_owner_is_reminded_and_a_breach_is_seen(mql: Desk) -> None:
    seen = []
    for hours in (0, 18, 24):  # the SLA of an MQL: 24 business hours of 8 a day; a reminder after 3/4 of them
        days, rest = divmod(hours, 8)
        mql.now = START + days * DAY + rest * HOUR + HOUR // 60
        watch_clocks(mql.store, mql.programs, mql.now)
        seen.append(mql.standing("L-1").sla_state)
    assert seen == ["running", "due", "breached"]


def test_a_clock_is_marked_once(mql: Desk) -> None:
    mql.later(30 * DAY)
    assert [watch_clocks(mql.store, mql.programs, mql.now) for _ in range(2)] == [1, 0]


def test_a_stage_left_in_time_has_kept_its_sla(mql: Desk) -> None:
    do(mql, "L-1", "accept")
    assert mql.rows(stage_changes)[-1]["sla"] == "kept"


def test_a_stage_left_too_late_is_told_as_a_breach_before_the_move(mql: Desk) -> None:
    mql.store.write(lambda c: endpoints.create(c, 0, "https://crm.example", filters=Filters()))
    mql.later(30 * DAY)  # while nobody watched the clock
    do(mql, "L-1", "lose", "no budget")
    types = {row["message_id"]: row["type"] for row in mql.rows(webhook_messages)}
    told = [types[row["message_id"]] for row in mql.rows(webhook_deliveries)]
    assert told[-2:] == ["lead.sla_breached", "lead.stage_changed"]
    assert watch_clocks(mql.store, mql.programs, mql.now) == 0


def test_a_breach_that_was_told_is_not_told_again(mql: Desk) -> None:
    mql.store.write(lambda c: endpoints.create(c, 0, "https://crm.example", filters=Filters()))
    mql.later(30 * DAY)
    watch_clocks(mql.store, mql.programs, mql.now)
    do(mql, "L-1", "lose", "no budget")
    assert [row["type"] for row in mql.rows(webhook_messages)].count("lead.sla_breached") == 1


def test_scores_fade_and_are_kept_young(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    desk.track("L-1", "page_view", path="/pricing")
    desk.later(14 * DAY)
    assert [rescore_due(desk.store, desk.programs, desk.now) for _ in range(2)] == [1, 0]
    assert desk.standing("L-1").score == pytest.approx(43 + 5 / 2)


def test_a_lead_that_cannot_be_scored_keeps_its_score_and_says_why(mql: Desk) -> None:
    before = mql.standing("L-1").score
    mql.identify("L-1", employees="many")
    after = mql.standing("L-1")
    assert (after.score, "employees" in after.fault) == (before, True)
    mql.later(2 * DAY)
    assert rescore_due(mql.store, mql.programs, mql.now) == 0


def test_rescoring_many_does_what_scoring_each_does(desk: Desk) -> None:
    for i in range(4):
        desk.identify(f"L-{i}", **HEAD_OF_IT | {"employees": 100.0 * i})
        desk.track(f"L-{i}", "page_view", path="/pricing")
        desk.track(f"L-{i}", "demo_requested" if i == 3 else "webinar_attended", at=START - i * DAY)
    desk.identify("L-2", employees="many")
    desk.later(10 * DAY)
    one_by_one = [desk.store.write(lambda c, i=i: _scored(c, desk, f"L-{i}")) for i in range(4)]
    desk.later(DAY)
    for i in range(4):
        desk.store.write(lambda c, i=i: c.execute(update(standings).values(scored_at=START)))
    rescore_due(desk.store, desk.programs, desk.now - DAY)
    together = [_said(desk, f"L-{i}") for i in range(4)]
    assert together == [pytest.approx(said) if isinstance(said, float) else said for said in one_by_one]


def _scored(connection: Connection, desk: Desk, lead: str) -> tuple[object, ...]:
    score_again(connection, desk.programs, lead, desk.now, "asked")
    found = standing_in(connection, lead, "leads")
    return round(found.score, 6), found.stage, found.grade, found.fault, found.trend, found.sla_state


def _said(desk: Desk, lead: str) -> tuple[object, ...]:
    found = desk.standing(lead)
    return round(found.score, 6), found.stage, found.grade, found.fault, found.trend, found.sla_state


def test_one_lead_that_breaks_the_code_keeps_no_other_from_its_score(mql: Desk) -> None:
    mql.identify("L-2", **HEAD_OF_IT)
    broken = update(profile_versions).where(profile_versions.c.lead_id == "L-1").values(profile="{broken")
    mql.store.write(lambda c: c.execute(broken))
    mql.later(30 * DAY)
    assert [rescore_due(mql.store, mql.programs, mql.now) for _ in range(2)] == [2, 0]
    assert mql.standing("L-2").scored_at == mql.now
    assert mql.standing("L-1").fault == "an unexpected error, which was logged"

"""Who a lead's colleagues were at a moment stays as it was, whatever becomes of the accounts and of the clock."""

from pathlib import Path

import pytest
from crash.agreement import quick_agreement
from desk import HEAD_OF_IT, HOUR, Desk, programs_of

from features.moments import DAY
from serving.leads.replay import replay
from serving.store.database import Store
from serving.store.schema import profile_versions, scores
from training.scorecard import Scorecard, rules_only


@pytest.fixture(scope="module")
def card_of_teams() -> Scorecard:
    """Reads what colleagues do."""
    return rules_only(quick_agreement())


@pytest.fixture
def team(store: Store, card_of_teams: Scorecard, tmp_path: Path) -> Desk:
    """L-1 and L-2 of acme.example; L-2 has looked at the team twice, which L-1's score has seen."""
    desk = Desk(store, programs_of(store, tmp_path, leads=card_of_teams))
    desk.identify("L-1", **HEAD_OF_IT)
    desk.identify("L-2", **HEAD_OF_IT)
    for _ in range(2):
        desk.track("L-2", "page_view", path="/team")
    desk.track("L-1", "email_clicked")
    return desk


def not_the_same(desk: Desk) -> dict[int, list[str]]:
    """The scores that differ when they are computed again."""
    replayed = {
        row["score_id"]: desk.store.read(lambda c, i=row["score_id"]: replay(c, i)) for row in desk.rows(scores)
    }
    return {score_id: again.differences for score_id, again in replayed.items() if not again.same}


def visits_of_colleagues(desk: Desk, lead: str) -> float:
    again = desk.store.read(lambda c: replay(c, desk.standing(lead).score_id or 0))
    names = [feature.name for feature in again.service.card.features]
    return float(again.judged.state.values[names.index("colleague_visits")] or 0)


def test_what_colleagues_do_counts(team: Desk) -> None:
    assert visits_of_colleagues(team, "L-1") == 2
    assert not_the_same(team) == {}


def test_scores_from_before_a_lead_changed_its_account_stay_as_they_were(team: Desk) -> None:
    team.later(HOUR)
    team.group("L-1", "plant")
    assert visits_of_colleagues(team, "L-1") == 0
    assert not_the_same(team) == {}


def test_scores_from_before_a_colleague_left_stay_as_they_were(team: Desk) -> None:
    team.later(HOUR)
    team.group("L-2", "plant")
    team.track("L-1", "email_clicked")
    assert visits_of_colleagues(team, "L-1") == 0
    assert not_the_same(team) == {}


def test_a_lead_that_comes_back_to_an_account_was_away_meanwhile(team: Desk) -> None:
    for company in ("plant", "bakery", "plant"):
        team.later(HOUR)
        team.group("L-2", company)
        team.group("L-1", "plant")
        team.track("L-1", "email_clicked")
    assert visits_of_colleagues(team, "L-1") == 2
    assert not_the_same(team) == {}


@pytest.mark.parametrize("how", ["joins", "says who it is", "does something"])
def test_what_happens_when_the_clock_went_back_changes_no_earlier_score_of_a_colleague(team: Desk, how: str) -> None:
    team.track(None, "page_view", anonymous="a-1", path="/team")
    team.later(DAY)
    team.track("L-1", "email_clicked")  # scored at a moment that the clock then steps behind
    team.later(-20 * HOUR)
    if how == "joins":
        team.track("L-3", "page_view", path="/team")
        team.identify("L-3", **HEAD_OF_IT)
    elif how == "says who it is":
        team.identify("L-2", anonymous="a-1")
    else:
        team.track("L-2", "page_view", path="/team")
    assert not_the_same(team) == {}
    team.track("L-1", "email_clicked")
    assert visits_of_colleagues(team, "L-1") == 3
    assert not_the_same(team) == {}


def test_fields_of_an_account_that_was_left_are_the_leads_no_more(team: Desk) -> None:
    team.group("L-1", "plant", size="large")
    team.group("L-1", "bakery")
    newest = max((row for row in team.rows(profile_versions) if row["lead_id"] == "L-1"), key=lambda r: r["valid_from"])
    assert "large" not in newest["profile"]

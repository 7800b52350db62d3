"""What is imported changes no score of a colleague that was computed before."""

from pathlib import Path

import pytest
from brought import bring
from desk import HEAD_OF_IT, HOUR, Desk, programs_of

from serving.leads.due import rescore_due
from serving.leads.replay import replay
from serving.store.database import Store
from serving.store.schema import scores
from training.scorecard import Scorecard

KIM = {"created_at": "2026-10-01T08:00:00Z"} | HEAD_OF_IT
VISIT = {"at": "2026-10-30T10:00:00Z", "type": "page_view"}


@pytest.fixture
def team(store: Store, card_of_teams: Scorecard, tmp_path: Path) -> Desk:
    """L-1, scored by a fact of its whole account."""
    desk = Desk(store, programs_of(store, tmp_path, leads=card_of_teams))
    desk.identify("L-1", **HEAD_OF_IT)
    desk.later(HOUR)
    return desk


def team_visits(desk: Desk, score_id: int) -> float:
    again = desk.store.read(lambda c: replay(c, score_id))
    assert again.same
    names = [feature.name for feature in again.service.card.features]
    return float(again.judged.state.values[names.index("team_visits")] or 0)


def test_a_colleague_that_is_imported_is_one_from_now_on(team: Desk) -> None:
    bring(team, "leads", [KIM | {"lead_id": "L-2"}])
    bring(team, "events", [VISIT | {"lead_id": "L-2"}])
    assert team_visits(team, 1) == 0
    team.track("L-1", "email_clicked")
    assert team_visits(team, team.standing("L-1").score_id or 0) == 1


def test_what_an_unscored_colleague_did_is_known_from_now_where_a_score_could_have_read_it(team: Desk) -> None:
    bring(team, "leads", [KIM | {"lead_id": "L-2"}])
    team.track("L-1", "email_clicked")
    bring(team, "events", [VISIT | {"lead_id": "L-2"}])
    before = team.standing("L-1").score_id or 0
    team.track("L-1", "email_clicked")
    assert team_visits(team, before) == 0
    assert team_visits(team, team.standing("L-1").score_id or 0) == 1


def test_a_company_that_nobody_has_scored_yet_has_its_past(team: Desk) -> None:
    bring(team, "leads", [KIM | {"lead_id": f"L-{i}", "email": f"p{i}@plant.example"} for i in (3, 4)])
    bring(team, "events", [VISIT | {"lead_id": f"L-{i}"} for i in (3, 4)])
    rescore_due(team.store, team.programs, team.now)
    last = max(row["score_id"] for row in team.rows(scores))
    assert team_visits(team, last) == 2


def test_a_scored_lead_that_is_imported_with_another_account_changes_it_now(team: Desk) -> None:
    bring(team, "leads", [KIM | {"lead_id": "L-1", "account": "plant"}])
    rescore_due(team.store, team.programs, team.now)
    assert all(team.store.read(lambda c, i=row["score_id"]: replay(c, i)).same for row in team.rows(scores))

from base64 import urlsafe_b64encode

import pytest
from desk import HEAD_OF_IT, HOUR, START, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from features.errors import LeadError
from features.moments import DAY
from serving.leads.changes import changes
from serving.leads.detail import detail
from serving.leads.errors import NoSuchLead, NoSuchScore
from serving.leads.listing import Filters, page
from serving.leads.lookup import Asked, look_up
from serving.leads.replay import replay
from serving.store.schema import events, scores


def listed(desk: Desk, *, most: int = 50, **filters: object) -> list[str]:
    """All pages of the list."""
    cursor, found = "", []
    while True:
        got = desk.store.read(lambda c, at=cursor: page(c, Filters(**filters), at, most))
        found += [standing.lead_id for standing in got.leads]
        cursor = got.cursor
        if not cursor:
            return found


@pytest.fixture
def three(desk: Desk) -> Desk:
    """L-0 with 3, L-2 with 23 and L-1 with 43 points."""
    desk.identify("L-0", email="a@acme.example")
    desk.identify("L-1", **HEAD_OF_IT)
    desk.identify("L-2", **HEAD_OF_IT | {"employees": 5.0, "industry": None})
    return desk


def test_the_highest_score_comes_first(three: Desk) -> None:
    assert listed(three) == ["L-1", "L-2", "L-0"]


def test_pages_of_one_hold_every_lead_once(three: Desk) -> None:
    assert listed(three, most=1) == ["L-1", "L-2", "L-0"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"stage": "MQL"}, ["L-1"]),
        ({"owner": "marketing"}, ["L-1", "L-2", "L-0"]),
        ({"sla": "running"}, ["L-1"]),
        ({"closed": True}, []),
        ({"disagreement": "any"}, []),
        ({"grade": "C"}, ["L-1"]),
    ],
)
def test_the_list_can_be_narrowed(three: Desk, filters: dict[str, object], found: list[str]) -> None:
    assert listed(three, **filters) == found


@pytest.mark.parametrize("said", ["nonsense", '["nan","L-1"]', "[9]", "[9,{}]", '[9,"L\\u0000"]'])
def test_a_cursor_that_is_none_is_refused(three: Desk, said: str) -> None:
    with pytest.raises(LeadError, match="not a cursor"):
        three.store.read(lambda c: page(c, Filters(), urlsafe_b64encode(said.encode()).decode(), 10))


def test_a_lead_is_told_as_of_its_last_score(three: Desk) -> None:
    three.later(HOUR)
    told = three.store.read(lambda c: detail(c, three.programs.leads, "L-1", three.now))
    assert (told["score"], told["as_of"], told["stage"]) == (43.0, told["scored_at"], "MQL")
    assert [a["action"] for a in told["actions"] if a["allowed"]] == ["reject", "lose"]
    assert told["base"] + sum(t["points"] for t in told["terms"]) == pytest.approx(told["score"])


def test_a_stranger_is_not_told(three: Desk) -> None:
    with pytest.raises(NoSuchLead):
        three.store.read(lambda c: detail(c, three.programs.leads, "L-9", three.now))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked(email=" KIM@acme.example "), {"L-1", "L-2"}),
        (Asked(domain="www.acme.example"), {"L-0", "L-1", "L-2"}),
        (Asked(user_id="L-2"), {"L-2"}),
        (Asked(email="nobody@acme.example"), set()),
    ],
)
def test_leads_are_found_by_what_is_known_of_them(three: Desk, asked: Asked, found: set[str]) -> None:
    assert {lead["lead_id"] for lead in three.store.read(lambda c: look_up(c, asked))} == found


def test_a_free_mailbox_is_no_company(three: Desk) -> None:
    with pytest.raises(LeadError, match="free mailboxes"):
        three.store.read(lambda c: look_up(c, Asked(domain="gmail.com")))


def test_what_moved_a_score_adds_up(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    desk.track("L-1", "page_view", path="/pricing")
    since = desk.now + HOUR
    desk.later(14 * DAY)
    desk.track("L-1", "webinar_attended")
    desk.identify("L-1", employees=5.0)
    told = desk.store.read(lambda c: changes(c, "L-1", "leads", since))
    causes = {cause["cause"]: cause["points"] for cause in told["causes"]}
    assert causes == {
        "time": pytest.approx(5 / 2 - 5),
        "events": pytest.approx(10),
        "profile": pytest.approx(-5 - 14),
    }
    assert sum(causes.values()) == pytest.approx(told["change"])


def test_of_both_scores_the_stage_is_told_that_they_led_to(desk: Desk) -> None:
    desk.track("L-1", "page_view", path="/pricing")
    since = desk.now + HOUR
    desk.later(DAY)
    desk.track("L-1", "demo_requested")
    told = desk.store.read(lambda c: changes(c, "L-1", "leads", since))
    assert (told["from"]["stage"], told["to"]["stage"], desk.standing("L-1").stage) == ("Prospect", "SAL", "SAL")


def test_every_stored_score_can_be_replayed(desk: Desk) -> None:
    desk.track(None, "page_view", anonymous="a-1", path="/pricing")
    desk.later(DAY)
    desk.identify("L-1", anonymous="a-1", **HEAD_OF_IT)
    desk.track("L-1", "page_view", at=START - DAY, path="/product")
    desk.later(DAY)
    desk.group("L-1", "acme", industry="hospitality", country="DE")
    desk.track("L-1", "demo_requested")
    replayed = [desk.store.read(lambda c, i=row["score_id"]: replay(c, i)) for row in desk.rows(scores)]
    assert [r.differences for r in replayed] == [[]] * 4


def test_a_score_whose_inputs_were_changed_is_an_alarm(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    desk.track("L-1", "page_view", path="/pricing")
    desk.store.write(lambda c: c.execute(update(events).values(properties='{"path": "/"}')))
    assert "score" in desk.store.read(lambda c: replay(c, desk.standing("L-1").score_id)).differences


def test_a_score_that_is_not_there_cannot_be_replayed(desk: Desk) -> None:
    with pytest.raises(NoSuchScore):
        desk.store.read(lambda c: replay(c, 7))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["page_view", "webinar_attended", "demo_requested", "identify", "anonymous", "late"]),
        st.integers(0, 40 * DAY),
        st.sampled_from(["/pricing", "/product", "/careers"]),
    ),
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(steps=STEPS)
def test_whatever_happens_scores_replay_to_the_bit(desk: Desk, steps: list[tuple[str, int, str]]) -> None:
    lead = f"L-{desk.name()}"
    desk.identify(lead, **HEAD_OF_IT)
    for kind, later, path in steps:
        desk.later(later)
        if kind == "identify":
            desk.identify(lead, anonymous=f"a-{lead}", employees=float(later % 3000))
        elif kind == "anonymous":
            desk.track(None, "page_view", anonymous=f"a-{lead}", path=path)
        elif kind == "late":
            desk.track(lead, "page_view", at=desk.now - later, path=path)
        else:
            desk.track(lead, kind, path=path)
    mine = [row for row in desk.rows(scores) if row["lead_id"] == lead]
    assert [desk.store.read(lambda c, i=row["score_id"]: replay(c, i)).differences for row in mine] == [[]] * len(mine)

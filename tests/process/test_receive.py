import pytest
from desk import HEAD_OF_IT, HOUR, START, Desk

from features.moments import DAY
from serving.intake.messages import Alias, Group, Identify, Message, Track, Who
from serving.leads.replay import replay
from serving.store.schema import events, leads, profile_versions, scores, stage_changes


def test_an_event_is_stored_and_its_lead_scored(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    desk.track("L-1", "page_view", path="/pricing")
    assert desk.standing("L-1").score == pytest.approx(43 + 5)
    assert [row["type"] for row in desk.rows(events)] == ["page_view"]


def test_a_lead_enters_stages_by_its_points(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    assert desk.standing("L-1").stage == "MQL"
    moves = [(row["was"], row["stage"], row["action"], row["by"]) for row in desk.rows(stage_changes)]
    assert moves == [("", "Prospect", "created", "agreement"), ("Prospect", "MQL", "threshold", "agreement")]


def test_the_same_message_twice_counts_once(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    event = Track("m-once", Who("L-1", None), "page_view", START, '{"path": "/pricing"}')
    repeated = [desk.send(event).kept[0].repeated for _ in range(3)]
    assert (repeated, desk.standing("L-1").score, len(desk.rows(events))) == (
        [False, True, True],
        pytest.approx(43 + 5),
        1,
    )


def test_what_an_anonymous_visitor_did_becomes_the_leads(desk: Desk) -> None:
    desk.track(None, "page_view", anonymous="a-1", path="/pricing")
    assert desk.rows(events)[0]["lead_id"] is None
    desk.later(HOUR)
    desk.identify("L-1", anonymous="a-1", **HEAD_OF_IT)
    row = desk.rows(events)[0]
    assert (row["lead_id"], row["at"]) == ("L-1", START)
    assert row["known_from"] >= START + HOUR
    assert desk.standing("L-1").interest_points > 4.9


def test_a_profile_keeps_its_past(desk: Desk) -> None:
    desk.identify("L-1", **HEAD_OF_IT)
    desk.later(HOUR)
    desk.identify("L-1", employees=5.0)
    versions = desk.rows(profile_versions)
    assert ['"employees":320.0' in v["profile"] for v in versions] == [True, False]
    assert len(desk.rows(scores)) == 2


def test_a_companys_fields_hold_for_its_leads(desk: Desk) -> None:
    desk.identify("L-1", email="kim@acme.example", job_title="Head of IT")
    before = desk.standing("L-1").score
    desk.group("L-1", "acme", industry="software", employees=320.0)
    assert desk.standing("L-1").score == before + 10 + 14


def created_at(desk: Desk, lead: str) -> int:
    return next(row["created_at"] for row in desk.rows(leads) if row["lead_id"] == lead)


def test_a_lead_is_as_old_as_its_caller_says(desk: Desk) -> None:
    desk.send(Identify("m-1", Who("L-1", None), HEAD_OF_IT, created_at=START - DAY))
    assert created_at(desk, "L-1") == START - DAY


def test_a_lead_that_was_scored_does_not_grow_older_afterwards(desk: Desk) -> None:
    desk.track("L-1", "page_view")
    desk.send(Identify("m-1", Who("L-1", None), HEAD_OF_IT, created_at=START - DAY))
    assert created_at(desk, "L-1") == START


def web_visitor_and_u1(desk: Desk) -> None:
    """A visitor who became a lead by their device alone, and the lead U-1, not known to be the same person."""
    desk.track(None, "page_view", anonymous="web-1", path="/pricing")
    desk.identify(None, anonymous="web-1", email="kim@acme.example")
    desk.identify("U-1", **HEAD_OF_IT)
    desk.later(HOUR)


@pytest.mark.parametrize("how", ["identify", "track", "alias", "group"])
def test_somebody_who_turns_out_to_be_two_leads_is_told_of(desk: Desk, how: str) -> None:
    web_visitor_and_u1(desk)
    who = Who("U-1", "web-1")
    sent: dict[str, Message] = {
        "identify": Identify("m", who, {}),
        "track": Track("m", who, "page_view", desk.now, "{}"),
        "alias": Alias("m", Who("U-1", None), "web-1"),
        "group": Group("m", who, "acme", {}),
    }
    (kept,) = desk.send(sent[how]).kept
    assert kept.lead_id == "U-1"
    assert "was the lead 'anonymous:web-1' until now" in kept.note
    (after,) = desk.track("U-1", "page_view", anonymous="web-1").kept
    assert after.note == ""


def test_both_leads_of_one_person_keep_what_they_did_and_their_scores(desk: Desk) -> None:
    web_visitor_and_u1(desk)
    before = desk.standing("anonymous:web-1")
    desk.identify("U-1", anonymous="web-1")
    assert desk.rows(events)[0]["lead_id"] == "anonymous:web-1"
    assert desk.standing("anonymous:web-1") == before
    desk.track(None, "page_view", anonymous="web-1")
    assert [row["lead_id"] for row in desk.rows(events)] == ["anonymous:web-1", "U-1"]
    assert desk.store.read(lambda c: replay(c, before.score_id or 0)).same


def test_a_visitor_who_says_who_they_are_for_the_first_time_is_one_lead_without_a_note(desk: Desk) -> None:
    desk.identify(None, anonymous="web-1", email="kim@acme.example")
    (kept,) = desk.identify("U-1", anonymous="web-1").kept
    assert (kept.lead_id, kept.note) == ("anonymous:web-1", "")


def test_a_second_person_at_a_device_is_no_second_lead_of_the_first(desk: Desk) -> None:
    desk.identify("U-1", anonymous="web-1")
    desk.identify("U-2")
    (kept,) = desk.identify("U-2", anonymous="web-1").kept
    assert (kept.lead_id, kept.note) == ("U-2", "")

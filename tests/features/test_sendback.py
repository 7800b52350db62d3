"""Where a rejected or recycled lead goes, and for how long it is not lifted up again by itself."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from features.agreement import AUTOMATIC, Agreement, Conversion, FastTrack, Stage
from features.catalog import Where
from features.moments import DAY
from features.processkeys import Process
from features.sendback import (
    FastTrackEvents,
    SentBack,
    hand_over,
    held,
    recycle_stage,
    rests_until,
    stage_while_held,
)
from features.tables import Event

PEOPLE = "people decide"
BACK = SentBack("MQL", at=100 * DAY, score=45.0)
PROCESS = Process(rest_days=30.0, again_points=10.0)


def agreement(*gates: str, process: Process = PROCESS) -> Agreement:
    """Stages called 0, 1, 2, ... with these gates."""
    return Agreement(
        agreement="Acme",
        version="1",
        agreed_on=date(2026, 1, 1),
        conversion=Conversion(definition="signed", stage="0", horizon_days=90.0),
        points_double_odds=10.0,
        stages=tuple(Stage(stage=str(i), definition="", owner="", gate=gate) for i, gate in enumerate(gates)),
        process=process,
    )


USUAL = agreement(AUTOMATIC, AUTOMATIC, AUTOMATIC, PEOPLE, AUTOMATIC, PEOPLE)  # handed over in 2


@pytest.mark.parametrize(
    ("gates", "place", "back_to"),
    [
        ((AUTOMATIC, AUTOMATIC, AUTOMATIC, PEOPLE), 2, "1"),
        ((AUTOMATIC, AUTOMATIC, PEOPLE, AUTOMATIC, AUTOMATIC, PEOPLE), 1, "0"),
        ((AUTOMATIC, PEOPLE), 0, "0"),
        ((PEOPLE, AUTOMATIC, PEOPLE), 1, "0"),
        ((AUTOMATIC, AUTOMATIC, AUTOMATIC), 2, "1"),
        ((AUTOMATIC,), 0, "0"),
    ],
    ids=["usual", "automatic again later", "people at once", "the first has no gate", "no people", "one stage"],
)
def test_leads_go_back_to_the_stage_before_the_hand_over(gates: tuple[str, ...], place: int, back_to: str) -> None:
    agreed = agreement(*gates)
    assert (hand_over(agreed), recycle_stage(agreed)) == (place, back_to)


def test_leads_go_back_to_the_stage_that_is_agreed() -> None:
    assert recycle_stage(replace(USUAL, process=Process(recycle_to="0"))) == "0"


@pytest.mark.parametrize(
    ("days", "score", "fast_track_event_at", "expected"),
    [
        (0.0, 45.0, None, True),
        (29.9, 54.9, None, True),
        (30.0, 45.0, None, False),
        (1.0, 45.0 + 10.0, None, False),
        (1.0, 45.0, BACK.at + 1, False),
        (1.0, 45.0, BACK.at, True),
        (1.0, 45.0, BACK.at - DAY, True),
    ],
    ids=[
        "at once",
        "almost rested",
        "rested",
        "risen",
        "a new fast-track",
        "a fast-track at the same moment",
        "the old fast-track",
    ],
)
def test_a_lead_that_was_sent_back_is_held(
    days: float, score: float, fast_track_event_at: int | None, expected: bool
) -> None:
    assert held(PROCESS, BACK, BACK.at + round(days * DAY), score, fast_track_event_at) is expected


scores = st.floats(-1e6, 1e6)
moments = st.integers(0, 400 * DAY)
processes = st.builds(Process, rest_days=st.floats(0.0, 365.0), again_points=st.floats(0.01, 1000.0))
sent_backs = st.builds(SentBack, stage=st.just("2"), at=moments, score=scores)


@given(processes, sent_backs, moments, moments, scores, st.none() | moments)
def test_once_rested_a_lead_is_never_held_again(
    process: Process, back: SentBack, now: int, later: int, score: float, event_at: int | None
) -> None:
    if not held(process, back, now, score, event_at):
        assert not held(process, back, now + later, score, event_at)


@given(processes, sent_backs, moments, scores, scores, st.none() | moments)
def test_more_points_never_hold_a_lead(
    process: Process, back: SentBack, now: int, score: float, more: float, event_at: int | None
) -> None:
    if not held(process, back, now, score, event_at):
        assert not held(process, back, now, score + abs(more), event_at)


@given(processes, sent_backs, scores, st.none() | moments)
def test_nobody_is_held_when_the_rest_is_over(
    process: Process, back: SentBack, score: float, event_at: int | None
) -> None:
    assert not held(process, back, rests_until(process, back), score, event_at)


@given(processes, sent_backs, moments)
def test_without_a_rise_and_a_fast_track_a_lead_is_held_until_then(process: Process, back: SentBack, now: int) -> None:
    assert held(process, back, now, back.score, None) == (now < rests_until(process, back))


@pytest.mark.parametrize(
    ("sent_back_from", "stage_now", "decided", "stays_in"),
    [
        ("2", "1", "2", "1"),
        ("3", "1", "2", "1"),
        ("5", "1", "4", "1"),
        ("2", "0", "1", "1"),
        ("2", "1", "1", "1"),
        ("2", "3", "4", "3"),
        ("1", "1", "1", "1"),
        ("gone", "1", "2", "1"),
        ("2", "gone", "4", "1"),
    ],
    ids=[
        "not to where it is handed over",
        "nor when sales had taken it",
        "nor by a fast-track",
        "up to there",
        "where it is",
        "where a person has put it",
        "not below where leads go back to",
        "sent back from a stage that is gone",
        "in a stage that is gone",
    ],
)
def test_where_a_held_lead_may_be(sent_back_from: str, stage_now: str, decided: str, stays_in: str) -> None:
    assert stage_while_held(USUAL, BACK._replace(stage=sent_back_from), stage_now, decided) == stays_in


def test_a_lead_that_goes_back_to_the_hand_over_itself_is_not_lifted_beyond_it() -> None:
    agreed = replace(USUAL, process=Process(recycle_to="2"))
    assert stage_while_held(agreed, BACK._replace(stage="3"), "2", "4") == "2"


places = st.integers(0, len(USUAL.stages) - 1)


@given(places, places, places)
def test_holding_lifts_nobody_and_takes_nobody_down(sent_back_from: int, now: int, decided: int) -> None:
    kept = int(stage_while_held(USUAL, BACK._replace(stage=str(sent_back_from)), str(now), str(decided)))
    assert now <= kept <= max(now, decided)


DEMO = FastTrack(name="demo", event="demo", where={"plan": Where(equals="team")}, to="3")
TRIAL = FastTrack(name="trial", event="trial", to="2")
ASKED = FastTrack(name="asked", field="asked", to="2")
TRACKED = replace(USUAL, fast_tracks=(DEMO, TRIAL, ASKED))
KNOWN = (
    Event("trial", 1 * DAY),
    Event("demo", 2 * DAY, {"plan": "team"}),
    Event("demo", 3 * DAY, {"plan": "Team"}),
    Event("demo", 4 * DAY, {"plan": "firm"}),
    Event("visit", 5 * DAY),
)


@pytest.mark.parametrize(("track", "at"), [(DEMO, 3 * DAY), (TRIAL, 1 * DAY), (ASKED, None)], ids=lambda v: str(v)[:20])
def test_the_last_event_that_a_fast_track_is_about(track: FastTrack, at: int | None) -> None:
    assert FastTrackEvents(TRACKED).last(track, KNOWN) == at


def test_a_fast_track_without_an_event() -> None:
    assert FastTrackEvents(TRACKED).last(TRIAL, KNOWN[1:]) is None

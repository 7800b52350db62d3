"""Which stage a lead's points, fields and doings put it in."""

from datetime import date

import msgspec
import pytest
from msgspec.structs import replace

from features.agreement import Agreement, Condition, Conversion, Exclusion, FastTrack, Stage
from features.moments import DAY
from features.stages import Decision, Scores, StageRules, grade
from features.tables import Event, Lead

NOW = 100 * DAY
RULES = Agreement(
    agreement="Acme",
    version="1",
    agreed_on=date(2026, 1, 1),
    conversion=Conversion(definition="signed", stage="Customer", horizon_days=90.0),
    points_double_odds=10.0,
    stages=(
        Stage(stage="Prospect", definition="a name", owner="marketing"),
        Stage(stage="Lead", definition="an address", owner="marketing", required=("email",)),
        Stage(stage="MQL", definition="fits", owner="marketing", threshold=40.0, required=("email", "title")),
        Stage(stage="SAL", definition="taken", owner="sales", threshold=50.0, gate="sales accepts"),
        Stage(stage="SQL", definition="qualified", owner="sales", threshold=60.0),
        Stage(stage="Customer", definition="signed", owner="sales", gate="sales decides"),
    ),
    exclusions=(Exclusion(name="rival", field="email", derive="email_domain", when=Condition(equals="rival.example")),),
    fast_tracks=(
        FastTrack(name="trial", event="trial", to="MQL", window_days=30.0),
        FastTrack(name="demo", event="demo", to="SAL", window_days=30.0),
    ),
)
KNOWN = {"email": "kim@acme.example", "title": "Head of IT"}


def decide(
    points: float = 0.0,
    profile: dict[str, str | None] = KNOWN,  # type: ignore[assignment]
    events: tuple[str, ...] = (),
    rules: Agreement = RULES,
    stage_now: str | None = None,
) -> Decision:
    known = [Event(type=t, at=NOW - DAY) for t in events]
    scores = Scores(score=points, agreed=points, fit=points / 2, interest=points / 2)
    return StageRules(rules).decide(Lead("L-1", profile), known, NOW, scores, stage_now)


@pytest.mark.parametrize(("points", "stage"), [(-100.0, "Lead"), (39.9, "Lead"), (40.0, "MQL"), (49.9, "MQL")])
def test_a_threshold_is_reached_at_its_points(points: float, stage: str) -> None:
    assert decide(points).stage == stage


def test_a_gate_stops_before_its_stage_whatever_the_points() -> None:
    assert decide(1000.0).stage == "MQL"


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_required_field_must_be_known(blank: str | None) -> None:
    decision = decide(45.0, {"email": "kim@acme.example", "title": blank})
    assert (decision.stage, decision.standings[2].missing) == ("Lead", ("title",))


def test_a_stage_is_not_entered_past_one_that_is_not_reached() -> None:
    assert decide(45.0, {"title": "Head of IT"}).stage == "Prospect"


def test_a_text_that_means_unknown_is_unknown() -> None:
    scores = Scores(45.0, 45.0, 45.0, 0.0)
    rules = StageRules(RULES, missing=("Select",))
    assert rules.decide(Lead("L-1", {**KNOWN, "title": "select"}), [], NOW, scores).stage == "Lead"


def test_the_next_stage_and_the_points_to_it() -> None:
    decision = decide(30.0)
    assert (decision.stage_next, decision.points_to_next) == ("MQL", 40.0 - 30.0)


def test_behind_the_last_stage_there_is_no_next() -> None:
    decision = decide(30.0, stage_now="Customer")
    assert (decision.stage, decision.stage_next, decision.points_to_next) == ("Customer", "", 0.0)


def test_a_fast_track_leads_straight_to_its_stage() -> None:
    decision = decide(0.0, {}, ("demo",))
    assert decision.stage == "SAL"
    assert decision.fast_track is not None
    assert decision.fast_track.name == "demo"


def test_of_two_fast_tracks_the_further_one_counts() -> None:
    assert decide(0.0, events=("trial", "demo")).stage == "SAL"


def test_points_lead_on_from_a_fast_track() -> None:
    assert decide(60.0, events=("demo",)).stage == "SQL"


def test_a_fast_track_never_leads_back() -> None:
    assert decide(0.0, events=("trial",), stage_now="SQL").stage == "SQL"


def test_an_exclusion_beats_a_fast_track_and_the_points() -> None:
    decision = decide(1000.0, {**KNOWN, "email": "spy@rival.example"}, ("demo",))
    assert decision.stage == "Prospect"
    assert decision.exclusion is not None
    assert decision.exclusion.name == "rival"


def test_a_lead_let_through_a_gate_stays_there() -> None:
    assert decide(0.0, stage_now="SAL").stage == "SAL"


def test_points_lead_on_from_where_a_person_let_the_lead_through() -> None:
    assert decide(60.0, stage_now="SAL").stage == "SQL"


def test_a_stage_that_the_agreement_does_not_have_counts_as_none() -> None:
    assert decide(45.0, stage_now="Recycled").stage == "MQL"


def reached(decision: Decision) -> list[str]:
    return [s.stage.stage for s in decision.standings if s.reached]


@pytest.mark.parametrize(("events", "stage_now"), [(("demo",), None), ((), "SAL")])
def test_every_stage_up_to_that_of_the_lead_is_reached(events: tuple[str, ...], stage_now: str | None) -> None:
    assert reached(decide(0.0, {}, events, stage_now=stage_now)) == ["Prospect", "Lead", "MQL", "SAL"]


def test_what_a_reached_stage_would_have_asked_for_stays_a_fact() -> None:
    mql = decide(15.0, {"email": "kim@acme.example"}, ("demo",)).standings[2]
    assert (mql.points_short, mql.missing) == (40.0 - 15.0, ("title",))


def test_beyond_the_stage_of_the_lead_the_gate_is_left_aside() -> None:
    assert reached(decide(50.0)) == ["Prospect", "Lead", "MQL", "SAL"]


def test_an_excluded_lead_reaches_nothing_beyond_the_first_stage() -> None:
    assert reached(decide(1000.0, {**KNOWN, "email": "spy@rival.example"}, ("demo",), stage_now="SQL")) == ["Prospect"]


@pytest.mark.parametrize(("on", "short"), [("score", 0.0), ("agreed", 0.0), ("fit", 20.0), ("interest", 20.0)])
def test_a_threshold_looks_at_the_points_it_names(on: str, short: float) -> None:
    mql = replace(RULES.stages[2], on=on)
    rules = replace(RULES, stages=(*RULES.stages[:2], mql, *RULES.stages[3:]))
    assert decide(40.0, rules=rules).standings[2].points_short == short


@pytest.mark.parametrize(("score", "letter"), [(75.0, "A"), (74.9, "B"), (25.0, "C"), (24.9, "D"), (-9.0, "D")])
def test_grades(score: float, letter: str) -> None:
    assert grade(RULES, score) == letter


def test_below_grades_with_signs_comes_the_next_letter() -> None:
    assert grade(replace(RULES, grades={"A+": 90.0, "A": 80.0, "B": 50.0}), 10.0) == "C"


@pytest.mark.parametrize(("score", "letter"), [(95.0, "A+"), (85.0, "A"), (75.0, "A-"), (65.0, "B")])
def test_grades_are_the_same_after_save_and_load(score: float, letter: str) -> None:
    rules = replace(RULES, grades={"A+": 90.0, "A": 80.0, "A-": 70.0})
    loaded = msgspec.json.decode(msgspec.json.encode(rules, order="sorted"), type=Agreement)
    assert list(loaded.grades) == ["A", "A+", "A-"]
    assert grade(rules, score) == grade(loaded, score) == letter


def test_without_grades_all_are_of_the_first() -> None:
    assert grade(replace(RULES, grades={}), 10.0) == "A"

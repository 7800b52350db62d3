"""Which stage a lead is in, and what keeps it from the next one."""

from pathlib import Path
from typing import Any

import pytest

from features.agreement import Agreement
from features.errors import LeadError
from features.loading import example_lead, load_agreement
from features.moments import DAY
from features.tables import Event, Lead
from serving.scorer import Scorer
from training.scorecard import Scorecard, rules_only

NOW = 20_000 * DAY  # the moment of worked examples
REPO = Path(__file__).parents[2]
AGREEMENTS = [*sorted(REPO.glob("examples/*/agreement.yaml")), REPO / "training/madeup/agreement.yaml"]
HEAD_OF_IT = {"email": "kim@acme.example", "job_title": "Head of IT", "industry": "software", "employees": 320}
DEMO = Event("demo_requested", NOW)
WEBINAR = Event("webinar_attended", NOW)


def stage_of(answer: dict[str, Any], name: str) -> dict[str, Any]:
    return next(s for s in answer["stages"] if s["stage"] == name)


def worked_examples() -> list[Any]:
    agreements = [(path.parent.name, load_agreement(path)) for path in AGREEMENTS]
    return [
        pytest.param(agreement, i, id=f"{name}: {example.name}")
        for name, agreement in agreements
        for i, example in enumerate(agreement.examples)
    ]


@pytest.mark.parametrize(("agreement", "i"), worked_examples())
def test_by_the_rules_alone_worked_examples_come_out_as_agreed(agreement: Agreement, i: int) -> None:
    example = agreement.examples[i]
    answer = Scorer(rules_only(agreement)).answer(example_lead(example), NOW)
    assert (answer["stage"], answer["score"]) == (example.stage, pytest.approx(example.score, abs=0.05))


def test_all_stages_are_answered_in_their_order(scorer: Scorer, card: Scorecard) -> None:
    answer = scorer.answer(Lead("L-1"), NOW)
    assert [s["stage"] for s in answer["stages"]] == [s.stage for s in card.agreement.stages]


def test_points_short_are_what_the_threshold_asks_for_beyond_the_score(
    scorer: Scorer, leads: list[Lead], as_of: int
) -> None:
    for lead in leads[:300]:
        answer = scorer.answer(lead, as_of, with_moves=False)
        for stage in answer["stages"]:
            short = 0.0 if stage["threshold"] is None else max(0.0, stage["threshold"] - answer["score"])
            assert stage["points_short"] == pytest.approx(short, abs=1e-9)


def test_the_next_stage_is_the_one_after(rules: Scorer) -> None:
    answer = rules.answer(Lead("L-1", HEAD_OF_IT), NOW)  # 10 + 14 + 10 + 6 + 3 points
    assert (answer["stage"], answer["stage_next"], answer["points_to_next"]) == ("MQL", "SAL", 50 - 43)


def test_a_required_field_that_is_unknown_keeps_a_lead_out(rules: Scorer) -> None:
    answer = rules.answer(Lead("L-1", HEAD_OF_IT | {"email": " "}, (WEBINAR,)), NOW)  # 50 points
    assert answer["stage"] == "Prospect"
    assert stage_of(answer, "Lead")["missing"] == ["email"]
    assert stage_of(answer, "SQL")["missing"] == ["email", "budget", "need"]
    assert not stage_of(answer, "Lead")["reached"]


def test_the_summary_names_what_is_missing(rules: Scorer) -> None:
    answer = rules.answer(Lead("L-1", HEAD_OF_IT | {"email": None}, (WEBINAR,)), NOW)
    assert "missing for Lead: email" in answer["summary"]


def test_a_gate_holds_a_lead_that_has_the_points(rules: Scorer) -> None:
    answer = rules.answer(Lead("L-1", HEAD_OF_IT, (WEBINAR,)), NOW)  # 53 points, and SAL needs 50
    assert (answer["stage"], stage_of(answer, "SAL")["reached"]) == ("MQL", True)
    assert "ready for SAL (sales accepts)" in answer["summary"]


def test_a_person_has_let_the_lead_through(rules: Scorer) -> None:
    assert rules.answer(Lead("L-1"), NOW, "SAL")["stage"] == "SAL"


def test_stage_now_is_a_stage_of_the_agreement(rules: Scorer) -> None:
    with pytest.raises(LeadError, match="'Oportunity' is no stage") as error:
        rules.answer(Lead("L-1"), NOW, "Oportunity")
    assert (error.value.where, error.value.do) == ("stage_now", "did you mean 'Opportunity'?")


def test_a_fast_track_goes_straight_to_its_stage(rules: Scorer) -> None:
    answer = rules.answer(Lead("L-1", {}, (DEMO,)), NOW)
    assert (answer["stage"], answer["fast_track"]) == ("SAL", "a demo request")


def test_a_fast_track_ends_with_its_window(rules: Scorer) -> None:
    answer = rules.answer(Lead("L-1", {}, (DEMO,)), NOW + 30 * DAY)
    assert (answer["stage"], answer["fast_track"]) == ("Prospect", "")


def test_an_exclusion_beats_points_fast_tracks_and_people(rules: Scorer) -> None:
    lead = Lead("L-1", HEAD_OF_IT | {"email": "spy@rival.example"}, (DEMO,))
    answer = rules.answer(lead, NOW, "SQL")
    assert (answer["stage"], answer["exclusion"]) == ("Prospect", "competitor (works for a competitor)")
    assert "not to be worked: competitor" in answer["summary"]


def test_an_excluded_lead_keeps_its_score(rules: Scorer) -> None:
    spy = HEAD_OF_IT | {"email": "spy@rival.example"}
    assert rules.answer(Lead("L-1", spy), NOW)["score"] == rules.answer(Lead("L-1", HEAD_OF_IT), NOW)["score"]


@pytest.mark.parametrize(("score", "grade"), [(39, "C"), (53, "B"), (63, "B"), (73, "A"), (-6, "D")])
def test_the_grade_is_the_best_whose_score_is_reached(rules: Scorer, score: int, grade: str) -> None:
    leads = {
        -6: Lead("L-1", {"email": "lee@university.edu"}),
        39: Lead("L-1", {"email": "a@b.example", "job_title": "CEO", "industry": "software", "employees": 500}),
        53: Lead("L-1", HEAD_OF_IT, (WEBINAR,)),
        63: Lead("L-1", HEAD_OF_IT, (DEMO,)),
        73: Lead("L-1", HEAD_OF_IT, (DEMO, WEBINAR)),
    }
    answer = rules.answer(leads[score], NOW)
    assert (answer["score"], answer["grade"]) == (score, grade)

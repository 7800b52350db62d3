"""The sentences in which two versions of an agreement are compared."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from features.agreement import Agreement, Fact, FastTrack, Stage
from features.catalog import Labels
from features.diff import differences
from features.loading import load_agreement

OLD = load_agreement(Path(__file__).parents[1] / "agreement" / "accepted.yaml")
TRIALS = Fact(fact="trials", label="trials started in 30 days", event="trial", points_each=8.0, cap=16.0)

Mend = Callable[[Fact], Fact]


def with_fact(name: str, mend: Mend) -> Agreement:
    return replace(
        OLD,
        fit=tuple(mend(f) if f.fact == name else f for f in OLD.fit),
        interest=tuple(mend(f) if f.fact == name else f for f in OLD.interest),
    )


def with_stage(name: str, **changed: object) -> Agreement:
    return replace(OLD, stages=tuple(replace(s, **changed) if s.stage == name else s for s in OLD.stages))


def test_points_of_one_value() -> None:
    def mend(fact: Fact) -> Fact:
        first, *rest = fact.points
        software = replace(first, one_of=("software",), points=8.0)
        return replace(fact, points=(software, replace(first, one_of=("financial services",)), *rest))

    assert differences(OLD, with_fact("industry", mend)) == ["industry: software gives 8 points instead of 10"]


def test_a_new_rule() -> None:
    assert differences(OLD, replace(OLD, interest=(*OLD.interest, TRIALS))) == [
        "new rule: trials started in 30 days, 8 points each up to 16"
    ]


def test_a_rule_that_is_gone() -> None:
    kept = tuple(f for f in OLD.interest if f.fact != "webinars")
    assert differences(OLD, replace(OLD, interest=kept)) == ["the rule 'webinars' is gone"]


def test_a_rule_that_moves_from_fit_to_interest() -> None:
    address = next(f for f in OLD.fit if f.fact == "address")
    moved = replace(OLD, fit=tuple(f for f in OLD.fit if f != address), interest=(*OLD.interest, address))
    assert differences(OLD, moved) == ["class of the mail address now counts as interest instead of fit"]


def test_labels_in_other_languages() -> None:
    german = with_fact("pricing_visits", lambda f: replace(f, labels=Labels(de="Besuche der Preisseite")))
    assert differences(OLD, german) == [
        "the label of pricing visits in 30 days in other languages is de 'Besuche der Preisseite' instead of none"
    ]


def test_a_half_life() -> None:
    assert differences(OLD, with_fact("pricing_visits", lambda f: replace(f, half_life_days=30.0))) == [
        "half-life of pricing visits in 30 days is 30 days instead of 14"
    ]


def test_a_cap_that_is_taken_out() -> None:
    assert differences(OLD, with_fact("product_visits", lambda f: replace(f, cap=None))) == [
        "cap of product pages in 30 days is none instead of 6 points"
    ]


def test_a_threshold() -> None:
    assert differences(OLD, with_stage("MQL", threshold=45.0)) == ["MQL now needs 45 points instead of 40"]


def test_required_fields() -> None:
    assert differences(OLD, with_stage("MQL", required=("email", "employees"))) == [
        "the fields that MQL requires are email, employees instead of email, job_title"
    ]


def test_a_new_stage() -> None:
    partner = Stage(stage="Partner", definition="sells for us", owner="sales", gate="sales decides")
    assert differences(OLD, replace(OLD, stages=(*OLD.stages, partner))) == ["new stage: Partner, sales decides"]


def test_a_new_fast_track_says_where_it_leads() -> None:
    trial = FastTrack(name="a trial", event="trial", window_days=30.0, to="MQL")
    assert differences(OLD, replace(OLD, fast_tracks=(*OLD.fast_tracks, trial))) == [
        "new fast-track: 'a trial', trial events, in 30 days is at least 1, leads to the stage MQL"
    ]


def test_the_order_of_stages_is_a_difference() -> None:
    first, second, *rest = OLD.stages
    (sentence,) = differences(OLD, replace(OLD, stages=(second, first, *rest)))
    assert sentence.startswith("the order of the stages is Lead, Prospect, MQL")


def test_the_order_in_which_classes_are_tried_is_a_difference() -> None:
    after = with_fact("department", lambda f: replace(f, points=f.points[::-1]))
    assert differences(OLD, after) == [
        "department by job title: the order in which classes are tried is people, operations, it"
        " instead of it, operations, people"
    ]


def test_a_signature() -> None:
    _, second = OLD.signatures
    assert differences(replace(OLD, signatures=(second,)), OLD) == [
        "signed by Ada Berg, Head of Marketing, on 2026-10-01"
    ]


def test_a_worked_example() -> None:
    first, *rest = OLD.examples
    assert differences(OLD, replace(OLD, examples=(replace(first, score=50.0), *rest))) == [
        "the worked example 'the head of IT who reads prices' now expects 50 instead of 53"
    ]


def test_the_lead_of_a_worked_example() -> None:
    first, *rest = OLD.examples
    after = replace(OLD, examples=(replace(first, lead={**first.lead, "employees": 300.0}), *rest))
    assert differences(OLD, after) == [
        "the worked example 'the head of IT who reads prices': employees is 300 instead of 320"
    ]


@pytest.mark.parametrize("field", ["fit", "interest", "exclusions", "fast_tracks", "examples", "signatures"])
def test_the_order_of_things_with_names_is_no_difference(field: str) -> None:
    assert differences(OLD, replace(OLD, **{field: getattr(OLD, field)[::-1]})) == []


def test_the_order_of_ranges_is_no_difference() -> None:
    assert differences(OLD, with_fact("employees", lambda f: replace(f, points=f.points[::-1]))) == []


def test_nothing_changed() -> None:
    assert differences(OLD, OLD) == []

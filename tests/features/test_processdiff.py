"""The sentences on what two versions of an agreement say otherwise about the process, segments and the quadrant."""

from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from features.agreement import Agreement, Condition
from features.diff import differences
from features.loading import load_agreement
from features.processkeys import BusinessHours, Process, Quadrant, Reasons
from features.segmentkeys import Content, Persona, Phase, Segments

OLD = load_agreement(Path(__file__).parents[1] / "agreement" / "accepted.yaml")
BOSS = Persona(name="boss", field="job_title", derive="seniority", when=Condition(equals="executive"))
BUYER = Persona(name="buyer", field="job_title", when=Condition(matches=("buyer",)))
DECIDING = Phase(name="deciding", stages=("SAL", "SQL"))
LEARNING = Phase(name="learning", event="page_view", window_days=30.0)
PRICES = Content(persona="boss", title="Prices", url="https://acme.example/prices")
SEGMENTS = Segments(personas=(BOSS, BUYER), phases=(DECIDING, LEARNING), content=(PRICES,))
SEGMENTED = replace(OLD, segments=SEGMENTS)


def with_process(**changed: object) -> Agreement:
    return replace(OLD, process=Process(**changed))  # type: ignore[arg-type]


def with_segments(**changed: object) -> Agreement:
    return replace(SEGMENTED, segments=replace(SEGMENTS, **changed))


def with_stage(name: str, **changed: object) -> Agreement:
    return replace(OLD, stages=tuple(replace(s, **changed) if s.stage == name else s for s in OLD.stages))


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (with_process(recycle_to="Lead"), "leads are sent back to Lead instead of 'the stage before the hand-over'"),
        (with_process(rest_days=1.0), "the rest of a lead that was sent back is 1 day instead of 30"),
        (with_process(again_points=15.0), "what ends that rest earlier is a rise by 15 points instead of 10"),
        (with_process(score_age_hours=12.0), "the largest age of a stored score is 12 hours instead of 24"),
        (with_process(changed_points=3.0), "the change of a score that is told is 3 points instead of 5"),
        (
            with_process(remind_share=0.5),
            "the share of an SLA's hours after which its owner is reminded is 0.5 instead of 0.75",
        ),
        (with_process(business_hours=BusinessHours(closes="18:00")), "work ends at 18:00 instead of 17:00"),
        (
            with_process(business_hours=BusinessHours(days=("mon", "tue"))),
            "the business days are mon, tue instead of mon, tue, wed, thu, fri",
        ),
        (
            with_process(business_hours=BusinessHours(zone="Europe/Berlin")),
            "business hours are those of the time zone Europe/Berlin instead of UTC",
        ),
        (
            with_process(business_hours=BusinessHours(holidays=(date(2026, 12, 25),))),
            "holidays are 2026-12-25 instead of none",
        ),
        (with_stage("MQL", target=0.4), "the target of MQL is 0.4 instead of none"),
        (with_stage("MQL", most_days=14.0), "the longest time in MQL is 14 days instead of none"),
        (replace(OLD, covers="customers"), "the agreement is about customers instead of leads"),
        (
            replace(OLD, quadrant=Quadrant(fit=20.0, interest=1.0)),
            "new quadrant: fit is high from 20 points, interest from 1 point",
        ),
    ],
    ids=lambda v: v[:40] if isinstance(v, str) else "",
)
def test_a_change_of_the_process(after: Agreement, sentence: str) -> None:
    assert differences(OLD, after) == [sentence]


def test_reasons_that_are_gone_and_new() -> None:
    reasons = (*(r for r in Reasons().reject if r != "duplicate"), "no time")
    assert differences(OLD, with_process(reasons=Reasons(reject=reasons))) == [
        "'duplicate' is no longer a reason to reject a lead",
        "'no time' is a reason to reject a lead",
    ]


def test_the_order_in_which_reasons_are_offered_is_a_difference() -> None:
    before, after = (with_process(reasons=Reasons(lose=order)) for order in (("a", "b"), ("b", "a")))
    assert differences(before, after) == ["the order of the reasons to lose a lead is b, a instead of a, b"]


def test_a_cut_of_the_quadrant() -> None:
    before, after = (replace(OLD, quadrant=Quadrant(fit=fit, interest=10.0)) for fit in (20.0, 25.0))
    assert differences(before, after) == ["high fit begins at 25 points instead of 20"]


def test_the_name_of_a_quarter() -> None:
    before = Quadrant(fit=20.0, interest=10.0)
    after = replace(before, both_low="wait")
    assert differences(replace(OLD, quadrant=before), replace(OLD, quadrant=after)) == [
        "low fit with low interest is called wait instead of leave"
    ]


def test_a_quadrant_that_is_taken_out() -> None:
    assert differences(replace(OLD, quadrant=Quadrant(fit=20.0, interest=10.0)), OLD) == ["the quadrant is gone"]


def test_segments_where_there_were_none() -> None:
    assert differences(OLD, SEGMENTED) == [
        "new persona: 'boss', job_title (seniority) is executive",
        "new persona: 'buyer', job_title holds: buyer",
        "new phase: 'deciding', in the stage SAL or SQL",
        "new phase: 'learning', page_view events, in 30 days is at least 1",
        "new content: 'Prices' for boss, any, https://acme.example/prices",
    ]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"personas": (BUYER, BOSS)}, "the order of the personas is buyer, boss instead of boss, buyer"),
        ({"phases": (DECIDING,)}, "the phase 'learning' is gone"),
        (
            {"phases": (replace(DECIDING, stages=("SAL",)), LEARNING)},
            "the stages of the phase 'deciding' are SAL instead of SAL, SQL",
        ),
        (
            {"content": (replace(PRICES, url="https://acme.example/new"),)},
            "the url of 'Prices' for boss, any is https://acme.example/new instead of https://acme.example/prices",
        ),
    ],
    ids=["order", "gone", "stages", "address"],
)
def test_a_change_of_the_segments(changed: dict[str, object], sentence: str) -> None:
    assert differences(SEGMENTED, with_segments(**changed)) == [sentence]

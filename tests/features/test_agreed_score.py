"""The score and stage by the agreement alone."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from features.agreement import Bounds, Example
from features.loading import EXAMPLE_MOMENT, AgreedScore, example_lead, load_agreement
from features.tables import Lead

AGREEMENT = load_agreement(Path(__file__).parents[1] / "agreement" / "accepted.yaml")
SOFTWARE, ADDRESS = 10.0, 3.0


def score(low: float = -1000.0, high: float = 1000.0, **profile: str) -> float:
    rules = AgreedScore(replace(AGREEMENT, bounds=Bounds(low=low, high=high)))
    return rules.score(Lead("L-1", profile), as_of=0)[0]


def test_a_lead_of_whom_nothing_is_known_has_no_points() -> None:
    assert AgreedScore(AGREEMENT).score(Lead("L-1"), as_of=0)[0] == 0.0


def test_points_of_facts_add_up() -> None:
    assert score(industry="software", email="kim@acme.example") == SOFTWARE + ADDRESS


def test_bounds_cut_the_score_at_the_top() -> None:
    assert score(high=8.0, industry="software") == 8.0


def test_bounds_cut_the_score_at_the_bottom() -> None:
    assert score(low=0.0, industry="public sector") == 0.0


def test_a_threshold_looks_at_the_cut_score() -> None:
    example = AGREEMENT.examples[0]
    cut = replace(AGREEMENT, bounds=Bounds(low=0.0, high=45.0))
    whole, decision = AgreedScore(cut).score(example_lead(example), EXAMPLE_MOMENT)
    sal = decision.standings[3]
    assert (example.score, whole, sal.points_short) == (53.0, 45.0, 50.0 - 45.0)


@pytest.mark.parametrize("example", AGREEMENT.examples, ids=lambda e: e.name)
def test_a_worked_example_has_the_score_and_stage_it_says(example: Example) -> None:
    total, decision = AgreedScore(AGREEMENT).score(example_lead(example), EXAMPLE_MOMENT)
    assert (total, decision.stage) == (example.score, example.stage)

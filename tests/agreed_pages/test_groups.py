"""Values in groups, and two agreements compared: every value has one group, every difference is said."""

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from features.agreement import Agreement, Fact, Points
from features.catalog import Feature
from features.rulekeys import feature_of
from serving.agreed.comparing import changes
from serving.agreed.groups import called, groups_of
from serving.words.words import words_of

SIZES = Fact(
    fact="size",
    field="size",
    unit="people",
    points=(Points(below=20.0, points=-5.0), Points(at_least=50.0, points=8.0)),
)
VISITS = Fact(fact="visits", event="visit", points_each=5.0, cap=15.0)
FADING = Fact(fact="visits", event="visit", points_each=5.0, cap=15.0, half_life_days=14.0)
LEARNED = Feature(name="age", label="age", kind="fit", type="number", source=feature_of(SIZES, "fit").source)


def named(fact: Fact, language: str = "en") -> list[str]:
    feature = feature_of(fact, "fit")
    return [called(words_of(language), feature, group) for group in groups_of(feature, fact, [], [])]


def test_brackets_are_those_of_the_agreement_and_the_gaps_between() -> None:
    assert named(SIZES) == ["below 20 people", "at least 20 and below 50 people", "at least 50 people", "unknown"]


def test_what_counts_each_time_is_shown_up_to_its_cap() -> None:
    assert named(VISITS) == ["0", "1", "2", "at least 3"]  # 15 / 5 = 3
    assert named(FADING) == [
        "0",
        "over 0 and below 1",
        "at least 1 and below 2",
        "at least 2 and below 3",
        "at least 3",
    ]


@given(st.lists(st.floats(-1e6, 1e6), max_size=30), st.lists(st.floats(-1e6, 1e6), max_size=30), st.floats(-1e9, 1e9))
def test_every_number_is_in_one_group(cuts: list[float], today: list[float], value: float) -> None:
    for feature, fact in ((LEARNED, None), (feature_of(SIZES, "fit"), SIZES), (feature_of(FADING, "interest"), FADING)):
        groups = groups_of(feature, fact, sorted(cuts), today)
        assert sum(group.holds(value) for group in groups) == 1
        ranges = [(group.low, group.high) for group in groups if group.is_range]
        assert (ranges[0][0], ranges[-1][1]) == (-inf, inf)
        assert all(a[1] == b[0] for a, b in pairwise(ranges))


def test_the_same_agreement_has_no_changes(agreement: Agreement) -> None:
    assert changes(words_of("de"), agreement, agreement) == []


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_each_part_that_differs_is_a_change(agreement: Agreement, language: str) -> None:
    first, *others = agreement.fit
    stages = [replace(s, threshold=45.0, owner="sales") if s.stage == "MQL" else s for s in agreement.stages]
    fit = (replace(first, why="because"), *others[:-1])
    later = replace(agreement, version="2026-11", fit=fit, stages=tuple(stages), exclusions=())
    found = changes(words_of(language), agreement, later)
    assert next((c.before, c.after) for c in found if c.thing == "MQL") == ("marketing", "sales")
    assert ("2026-10", "2026-11") in [(c.before, c.after) for c in found]
    assert ("", "because") in [(c.before, c.after) for c in found]
    gone = [c for c in found if not c.after and not c.part]
    assert len(gone) == 2  # the last fact, and the exclusion


def test_a_fact_that_is_called_otherwise_is_the_same_fact(agreement: Agreement) -> None:
    first, *others = agreement.fit
    later = replace(agreement, fit=(replace(first, label="branch"), *others))
    found = changes(words_of("en"), agreement, later)
    assert [(c.thing, c.part, c.before, c.after) for c in found] == [("branch", "Label", "industry", "branch")]

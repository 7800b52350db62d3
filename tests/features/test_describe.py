"""Rules in plain words."""

import pytest

from features.agreement import Condition, Fact, Points
from features.catalog import Pair, Source, Where
from features.describe import condition_words, points_words, rule_words, source_words, where_words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition(at_least=50.0, below=200.0), "at least 50 and below 200 people"),
        (Condition(below=20.0), "below 20 people"),
        (Condition(at_least=2000.0), "at least 2000 people"),
        (Condition(equals=0.0), "0 people"),
        (Condition(equals="director"), "director"),
        (Condition(one_of=("a", "b", "c")), "a, b or c"),
        (Condition(matches=("it", "engineer*")), "holds: it, engineer*"),
        (Condition(missing=True), "unknown"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_conditions(condition: Condition, words: str) -> None:
    assert condition_words(condition, "people") == words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source(field="industry"), "industry"),
        (Source(field="job_title", derive="seniority"), "job_title (seniority)"),
        (Source(event="any"), "events of any type"),
        (Source(event="visit", window_days=1.0), "visit events, in 1 day"),
        (Source(pair=Pair(first="a", second="b")), "a × b"),
        (
            Source(pair=Pair(first="a", first_cuts=(0.5,), second="b", second_cuts=(3.0, 8.0))),
            "a (below 0.5, from 0.5) × b (below 3, 3 to 8, from 8)",
        ),
        (Source(event="visit", measure="distinct", property="path"), "distinct path of visit events"),
        (Source(event="visit", measure="days_since_last"), "days since the last of visit events"),
        (
            Source(
                event="page_view",
                where={"path": Where(starts_with="/pricing")},
                window_days=30.0,
                half_life_days=14.0,
            ),
            "page_view events with path starting with /pricing, in 30 days, halving every 14 days",
        ),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_sources(source: Source, words: str) -> None:
    assert source_words(source) == words


def test_tests_on_properties() -> None:
    where = {"plan": Where(one_of=("team", "firm")), "path": Where(contains="price"), "paid": False, "id": Where()}
    assert where_words(where) == "plan team or firm and path containing price and paid false and id known"


def test_rows_of_points_keep_their_reasons() -> None:
    points = (Points(below=20.0, points=-5.0, why="too small"), Points(missing=True, points=-1.0))
    fact = Fact(fact="staff", field="staff", unit="people", points=points)
    assert points_words(fact) == [("below 20 people", -5.0, "too small"), ("unknown", -1.0, "")]


@pytest.mark.parametrize(
    ("each", "cap", "words"), [(5.0, 15.0, "each, at most 15"), (-6.0, -12.0, "each, at least -12")]
)
def test_points_for_each_make_one_row(each: float, cap: float, words: str) -> None:
    fact = Fact(fact="visits", event="visit", points_each=each, cap=cap, why="a project")
    assert points_words(fact) == [(words, each, "a project")]


def test_a_rule_with_negative_points_goes_down_to_its_cap() -> None:
    fact = Fact(fact="careers", event="visit", points_each=-6.0, cap=-12.0)
    assert rule_words(fact) == "careers, -6 points each down to -12"

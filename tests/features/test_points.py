"""How many points were agreed for a value."""

import math

import pytest

from features.agreement import Condition, Fact, Points
from features.catalog import Value
from features.points import agreed_points, extremes, holds, total_extremes

STAFF = Fact(
    fact="staff",
    field="staff",
    points=(
        Points(below=20.0, points=-5.0),
        Points(at_least=50.0, below=200.0, points=8.0),
        Points(at_least=200.0, points=14.0),
        Points(missing=True, points=-1.0),
    ),
)
BRANCH = Fact(fact="branch", field="branch", points=(Points(one_of=("Software", "Retail"), points=10.0),))


def each(points: float, cap: float | None = None, **source: str) -> Fact:
    return Fact(fact="visits", points_each=points, cap=cap, **(source or {"event": "visit"}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "points"),
    [
        (19.999, -5.0),
        (20.0, 0.0),
        (49.999, 0.0),
        (50.0, 8.0),
        (199.999, 8.0),
        (200.0, 14.0),
        (1e300, 14.0),
        (-1e300, -5.0),
        (None, -1.0),
    ],
)
def test_from_is_included_and_below_is_not(value: Value, points: float) -> None:
    assert agreed_points(STAFF)(value) == points


@pytest.mark.parametrize(("value", "points"), [("software", 10.0), ("retail", 10.0), ("other", 0.0), (None, 0.0)])
def test_values_are_compared_in_normal_form(value: Value, points: float) -> None:
    assert agreed_points(BRANCH)(value) == points


@pytest.mark.parametrize(("value", "points"), [(0.0, 0.0), (2.0, 10.0), (2.5, 12.5), (3.0, 15.0), (9.0, 15.0)])
def test_a_cap_is_the_most_that_each_adds_up_to(value: float, points: float) -> None:
    assert agreed_points(each(5.0, 15.0))(value) == points


@pytest.mark.parametrize(("value", "points"), [(0.0, 0.0), (1.0, -6.0), (2.0, -12.0), (9.0, -12.0)])
def test_a_negative_cap_is_the_least(value: float, points: float) -> None:
    assert agreed_points(each(-6.0, -12.0))(value) == points


def test_without_a_cap_every_one_counts() -> None:
    assert agreed_points(each(5.0))(100.0) == 5.0 * 100


def test_an_unknown_number_gives_nothing_each() -> None:
    assert agreed_points(each(5.0, field="visits"))(None) == 0.0


def test_points_for_the_unknown_value_alone() -> None:
    points = agreed_points(Fact(fact="phone", field="phone", points=(Points(missing=True, points=-3.0),)))
    assert [points(None), points("123")] == [-3.0, 0.0]


def test_the_class_of_a_matched_text_has_its_points() -> None:
    fact = Fact(fact="team", field="title", points=(Points(matches=("it", "data"), named="IT", points=6.0),))
    assert [agreed_points(fact)(v) for v in ("it", "other", None)] == [6.0, 0.0, 0.0]


def test_a_matched_class_without_a_name_has_its_first_word() -> None:
    fact = Fact(fact="team", field="title", points=(Points(matches=("Data", "it"), points=6.0),))
    assert agreed_points(fact)("data") == 6.0


@pytest.mark.parametrize(
    ("fact", "least_and_most"),
    [
        (STAFF, (-5.0, 14.0)),
        (BRANCH, (0.0, 10.0)),
        (each(5.0, 15.0), (0.0, 15.0)),
        (each(-6.0, -12.0), (-12.0, 0.0)),
        (each(5.0), (0.0, math.inf)),
        (each(0.0), (0.0, 0.0)),
        (each(5.0, 15.0, field="balance"), (-15.0, 15.0)),
    ],
)
def test_extremes(fact: Fact, least_and_most: tuple[float, float]) -> None:
    assert extremes(fact) == least_and_most


def test_total_extremes_are_the_sums() -> None:
    assert total_extremes([STAFF, BRANCH, each(-6.0, -12.0)]) == (-5.0 + 0 - 12, 14.0 + 10 + 0)


@pytest.mark.parametrize(
    ("condition", "hits", "misses"),
    [
        (Condition(equals="Yes"), ["yes"], ["no", None]),
        (Condition(equals=3.0), [3.0], [2.0, "3", None]),
        (Condition(equals=True), ["true"], ["false", 1.0]),
        (Condition(one_of=("a", 2.0)), ["a", 2.0], ["b", 3.0]),
        (Condition(at_least=1.0), [1.0, 2.0], [0.999, None]),
        (Condition(below=1.0), [0.999], [1.0, None]),
        (Condition(missing=True), [None], ["", 0.0]),
        (Condition(matches=("vp", "head of *")), ["vp sales", "head of it"], ["mvp", "headhunter", None]),
    ],
)
def test_holds(condition: Condition, hits: list[Value], misses: list[Value]) -> None:
    assert [holds(condition)(v) for v in hits] == [True] * len(hits)
    assert [holds(condition)(v) for v in misses] == [False] * len(misses)

"""The shown parts add up to the shown whole, always."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from features.catalog import BOUNDS
from features.points import added
from serving.card.rounding import rounded, tenths
from serving.card.sums import sum_of

POINTS = st.floats(-100, 100, allow_subnormal=False)
TENTH = 0.1


@given(st.lists(POINTS, max_size=40))
@example([0.05] * 3)
@example([0.25, 0.25, -0.5])
@example([])
def test_parts_add_up_to_the_rounded_whole(parts: list[float]) -> None:
    whole = tenths(added(parts))
    assert sum(rounded(parts, whole)) == whole


@given(st.lists(POINTS, min_size=1, max_size=40))
def test_no_part_is_a_tenth_or_more_from_the_exact_one(parts: list[float]) -> None:
    shown = rounded(parts, tenths(added(parts)))
    assert max(abs(s / 10 - p) for s, p in zip(shown, parts, strict=True)) < TENTH + 1e-9


def test_what_needs_no_rounding_is_left_as_it_is() -> None:
    assert rounded([14.0, -6.0, 0.5], tenths(14.0 - 6.0 + 0.5)) == [140, -60, 5]


def test_equal_parts_that_cannot_be_shown_equal_differ_by_a_tenth() -> None:
    assert rounded([1.25, 1.25, 1.25], tenths(3.75)) == [13, 13, 12]  # round(3.75, 1) is 3.8


def answer(fit: list[float], interest: list[float], base: float, bounds: tuple[float, float] | None) -> dict[str, Any]:
    """An answer whose score is its base and its terms, cut to bounds where there are some."""

    def term(kind: str, points: float, agreed: float) -> dict[str, Any]:
        return {"kind": kind, "text": kind, "points": points, "agreed": agreed, "learned": points, "fact": kind}

    terms = [term("fit", p, p / 3) for p in fit] + [term("interest", p, p / 7) for p in interest]
    score, agreed = base + added(t["points"] for t in terms), added(t["agreed"] for t in terms)
    if bounds is not None:
        held, held_agreed = (min(max(value, bounds[0]), bounds[1]) for value in (score, agreed))
        if held != score:
            terms.append(term(BOUNDS, held - score, held_agreed - agreed))
            score, agreed = held, held_agreed
    return {"score": score, "agreed_score": agreed, "base": base, "terms": terms}


@given(st.lists(POINTS, max_size=20), st.lists(POINTS, max_size=20), POINTS, st.sampled_from([None, (0.0, 100.0)]))
def test_what_the_card_shows_adds_up(
    fit: list[float], interest: list[float], base: float, bounds: tuple[float, float] | None
) -> None:
    """Parts to their group, groups with base and cut to the score, agreed parts to the agreed score."""
    given_answer = answer(fit, interest, base, bounds)
    told = sum_of(given_answer)
    cut, cut_agreed = (told.cut.counts, told.cut.agreed) if told.cut else (0, 0)
    assert told.score == tenths(given_answer["score"])
    assert told.base.counts + sum(g.counts for g in told.groups) + cut == told.score
    assert [sum(p.counts for p in g.parts) for g in told.groups] == [g.counts for g in told.groups]
    assert sum(g.agreed for g in told.groups) + cut_agreed == told.agreed_score
    assert [sum(p.agreed for p in g.parts) for g in told.groups] == [g.agreed for g in told.groups]


@given(st.lists(POINTS, max_size=20), st.lists(POINTS, max_size=20), POINTS)
def test_bars_follow_each_other_up_to_the_score(fit: list[float], interest: list[float], base: float) -> None:
    told = sum_of(answer(fit, interest, base, None))
    parts = [told.base, *(part for group in told.groups for part in group.parts)]
    assert [part.start for part in parts] == [0, *(part.end for part in parts[:-1])]
    assert parts[-1].end == told.score
    assert all(told.low <= part.end <= told.high for part in parts)
    assert all(max(abs(part.agreed), abs(part.learned)) <= told.most for part in parts)

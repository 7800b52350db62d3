"""The picture of one lead's score adds up, and says of each fact what was agreed and learned."""

from typing import Any

import altair as alt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.agreement import Bounds, Example, ExampleEvent, Fact, Points
from training.plots import waterfall_chart
from training.plots.example import example_answer
from training.plots.waterfall import BASE, waterfall_rows
from training.scorecard import rules_only

W = 0.75


def term(fact: str, agreed: float, learned: float, text: str = "") -> dict[str, Any]:
    """A term of a lead for whom history counts three quarters."""
    points = (1 - W) * agreed + W * learned
    return {"fact": fact, "text": text or fact, "agreed": agreed, "learned": learned, "points": points}


def answer(*terms: dict[str, Any], base: float = 2.0) -> dict[str, Any]:
    """What the score endpoint gives, as far as the picture reads it."""
    score = base + sum(t["points"] for t in terms)
    return {"lead_id": "L-1", "score": score, "base": base, "weight_of_history": W, "terms": list(terms)}


LEAD = answer(term("software", 10, 6), term("webinar", 10, -1), term("careers page", -6, -9), term("never seen", 0, 0))


def drawn(chart: alt.TopLevelMixin) -> list[dict[str, Any]]:
    """Every row of every data set of a picture."""
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def test_the_base_comes_first_then_what_counts_most_then_the_score() -> None:
    expected = [BASE, "careers page", "software", "webinar", "1 other fact", "score"]
    assert [row["text"] for row in waterfall_rows(LEAD)] == expected


def test_each_bar_begins_where_the_one_before_ends() -> None:
    *bars, score = waterfall_rows(LEAD)
    careers, software, webinar = -(0.25 * 6 + 0.75 * 9), 0.25 * 10 + 0.75 * 6, 0.25 * 10 - 0.75 * 1
    ends = [0.0, 2.0, 2.0 + careers, 2.0 + careers + software, 2.0 + careers + software + webinar]
    assert [bar["from"] for bar in bars] == pytest.approx(ends)
    assert [bar["to"] for bar in bars] == pytest.approx([*ends[1:], ends[-1]])
    assert (score["from"], score["to"]) == (0.0, 2.5)


POINTS = st.floats(-100, 100)


@given(st.lists(st.tuples(POINTS, POINTS), max_size=9), POINTS, st.integers(0, 5))
def test_the_bars_add_up_however_many_stand_together(pairs: list[tuple[float, float]], base: float, most: int) -> None:
    lead = answer(*(term(f"f{i}", *pair) for i, pair in enumerate(pairs)), base=base)
    *bars, score = waterfall_rows(lead, most)
    assert len(bars) <= 1 + most + 1
    assert bars[-1]["to"] == pytest.approx(score["to"], abs=1e-9)


def test_beside_each_fact_stand_its_agreed_learned_and_counted_points() -> None:
    rows = [row for row in drawn(waterfall_chart(LEAD)) if row.get("text") == "webinar" and "value" in row]
    assert {row["points"]: row["value"] for row in rows} == {"agreed": 10, "learned": -1, "counted": 0.25 * 10 - 0.75}


def test_points_that_round_to_nothing_have_no_sign() -> None:
    rows = drawn(waterfall_chart(answer(term("a", 5, 5), term("b", -0.02, -0.02), term("c", 0.01, 0.01))))
    assert [row["said"] for row in rows if "said" in row] == ["+2.0", "+5.0", "0.0", "7.0"]


def test_two_facts_in_the_same_words_have_a_bar_each() -> None:
    rows = waterfall_rows(answer(term("a", 5, 5, "2 visits"), term("b", 4, 4, "2 visits")))
    assert [row["text"] for row in rows[1:-1]] == ["2 visits (a)", "2 visits (b)"]


def test_a_lead_of_whom_nothing_is_known_can_be_drawn() -> None:
    assert [row["text"] for row in waterfall_rows(answer())] == [BASE, "score"]
    assert waterfall_chart(answer()).to_dict()


# A worked example of the agreement


def test_a_worked_example_by_the_rules_alone_has_the_score_that_it_states(make_agreement: Any) -> None:
    software = Fact(fact="industry", field="industry", points=(Points(equals="software", points=10.0),))
    visits = Fact(fact="visits", event="page_view", points_each=2.5, cap=10.0)
    events = (ExampleEvent(type="page_view", days_ago=1, times=3),)
    example = Example(name="reader", lead={"industry": "Software"}, events=events, score=17.5, stage="Lead")
    told = example_answer(rules_only(make_agreement(fit=[software], interest=[visits])), example)
    assert told["score"] == example.score == 10 + 3 * 2.5
    assert [(t["text"], t["points"]) for t in told["terms"]] == [("industry: software", 10.0), ("visits: 3", 7.5)]
    assert waterfall_rows(told)[-2]["to"] == example.score


def test_what_bounds_cut_off_a_worked_example_is_a_bar(make_agreement: Any) -> None:
    software = Fact(fact="industry", field="industry", points=(Points(equals="software", points=10.0),))
    agreement = make_agreement(fit=[software], bounds=Bounds(low=0, high=4))
    told = example_answer(
        rules_only(agreement), Example(name="x", lead={"industry": "software"}, score=4, stage="Lead")
    )
    assert [bar["points"] for bar in waterfall_rows(told)] == [0.0, 10.0, 4.0 - 10.0, 4.0]

"""What people read of a review, and the pictures."""

import pandas as pd
import pytest

from training.plots.review import VERDICTS, review_chart, threshold_chart
from training.review.findings import Findings
from training.review.report import CHARTS, TEXTS, charts, sentences, table, texts
from training.review.special import Hits


@pytest.fixture
def found(history, held, asks):
    """Two rules, one of them wrong, and a missing one."""
    leads = history(4000)
    leads.yes_no("right", points=10)
    leads.yes_no("wrong", points=0)
    leads.yes_no("missing", points=15)
    return held(leads, asks("right", 10), asks("wrong", 15))


def test_the_first_sentence_counts_verdicts(found) -> None:
    first = next(sentences(Findings(found, ())))
    assert first == (
        f"2 rules held against 4,000 leads, of which {found.converted:,} converted: 1 agree, history speaks against 1, "
        "and for 0 there are not enough leads."
    )


def test_rules_that_history_speaks_against_are_named(found) -> None:
    said = list(sentences(Findings(found, ())))
    assert said[1].startswith("wrong: yes: +15 agreed, history gives ")
    assert said[1].endswith(": too high.")


def test_missing_rules_are_named_with_their_points(found) -> None:
    said = list(sentences(Findings(found, ())))
    points = round(found.missing[0].rules[0].learned)
    assert said[2].startswith(f"No rule, but history would give: missing, {points} points for yes (")


def test_an_exclusion_that_hits_nobody_is_named(found) -> None:
    said = list(sentences(Findings(found, (Hits("exclusion", "rival", 0, 9), Hits("fast-track", "demo", 3, 9)))))
    assert [s for s in said if s.startswith("The ")] == ["The exclusion 'rival' hits no lead whose outcome is known."]


def test_why_nothing_is_proposed_is_said(found) -> None:
    assert any("would not hold together: because" in s for s in sentences(Findings(found, (), fault="because")))


def test_the_table_has_a_row_per_rule_and_the_missing_ones_last(found) -> None:
    frame = table(found)
    assert frame["verdict"].tolist() == ["agrees", "too high", "no rule"]
    assert frame["agreed"].tolist() == [10, 15, 0]


def test_the_files_are_those_announced(found) -> None:
    assert set(texts(Findings(found, ()))) <= set(TEXTS)
    assert tuple(charts(found)) == CHARTS


def test_the_picture_of_the_rules_holds_every_rule_in_its_colour(found) -> None:
    spec = review_chart(table(found)).to_dict()
    assert {len(rows) for rows in spec["datasets"].values()} == {1, 2, 3}  # zero, with a rule, all
    scales = [layer["encoding"]["color"]["scale"] for layer in spec["layer"] if "color" in layer["encoding"]]
    assert scales[0]["domain"] == ["agrees", "too high", "no rule"]
    assert scales[0]["range"] == [VERDICTS[v] for v in scales[0]["domain"]]


def test_a_review_without_rules_can_be_drawn_and_said(history, held) -> None:
    leads = history(600)
    leads.yes_no("a", points=0)
    empty = held(leads)
    assert next(sentences(Findings(empty, ()))).startswith("0 rules held against 600 leads")
    assert review_chart(table(empty)).to_dict()


def threshold_rows(a_month: float) -> pd.DataFrame:
    row = {"a_month": a_month, "share": 0.5, "rate": 0.2, "rate_low": 0.1, "rate_high": 0.3}
    row |= {"caught": 0.7, "caught_low": 0.6, "caught_high": 0.8}
    return pd.DataFrame([{"threshold": t, **row} for t in (10.0, 20.0)])


@pytest.mark.parametrize(("a_month", "title"), [(50.0, "leads a month"), (float("nan"), "share of leads")])
def test_thresholds_are_drawn_by_month_where_leads_have_dates(a_month, title) -> None:
    spec = threshold_chart(threshold_rows(a_month), {"MQL": 15.0}, 20.0).to_dict()
    titles = [
        layer["encoding"]["y"]["title"]
        for layer in spec["hconcat"][0]["layer"]
        if "title" in layer["encoding"].get("y", {})
    ]
    assert set(titles) == {title}


def test_thresholds_are_drawn_without_a_choice() -> None:
    assert "chosen" not in threshold_chart(threshold_rows(50.0), {}).to_dict()["title"]["subtitle"]

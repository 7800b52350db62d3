"""Which facts the data suggest, and which columns are left out."""

import pandas as pd
import pytest

from features.agreement import Fact, Points, feature_of
from features.catalog import Feature, Source
from training.derived import derived_features, slug

N = 200


def derive(
    columns: dict[str, list], agreed: tuple[Feature, ...] = (), event_types: dict[str, float] | None = None
) -> dict[str, Feature]:
    return {f.name: f for f in derived_features(pd.DataFrame(columns), agreed, event_types or {})}


def agreed_on(field: str, name: str = "agreed") -> Feature:
    return feature_of(Fact(fact=name, field=field, points=(Points(equals="red", points=1.0),)), "fit")


def all_did(*types: str) -> dict[str, float]:
    return dict.fromkeys(types, 1.0)


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["red", "blue"] * 100, "text"),
        ([1, 2] * 100, "number"),
        ([1.5, None] * 100, "number"),
        ([True, False] * 100, "text"),
        (["red", None] * 100, "text"),
        (list(range(N)), "number"),
    ],
    ids=["texts", "whole numbers", "numbers or unknown", "yes or no", "one text or unknown", "all different numbers"],
)
def test_a_column_that_varies_becomes_a_fact(values, type_) -> None:
    facts = derive({"Some Column": values})
    assert facts["some_column"].type == type_
    assert facts["some_column"].source == Source(field="Some Column")


@pytest.mark.parametrize(
    "values",
    [["red"] * N, [3.0] * N, [None] * N, [f"lead {i}" for i in range(N)]],
    ids=["one text", "one number", "nothing", "free text"],
)
def test_a_column_that_tells_nothing_apart_does_not(values) -> None:
    assert derive({"column": values}) == {}


def test_a_column_that_an_agreed_fact_reads_does_not() -> None:
    assert derive({"colour": ["red", "blue"] * 100}, (agreed_on("colour"),)) == {}


def asked_whether(field: str) -> Feature:
    return feature_of(Fact(fact="told", field=field, points=(Points(missing=True, points=-1.0),)), "fit")


@pytest.mark.parametrize("values", [["red", "blue", None, "red"] * 50, list(range(N))], ids=["few texts", "numbers"])
def test_a_column_that_a_fact_only_asks_whether_it_is_known_does(values) -> None:
    (fact,) = derive({"colour": values}, (asked_whether("colour"),)).values()
    assert fact.source == Source(field="colour")
    assert fact.classes == ()


def test_a_column_of_many_texts_that_a_fact_only_asks_whether_it_is_known_does_not() -> None:
    values = [f"colour {i % 21}" for i in range(N * 5)]
    assert set(derive({"colour": values})) == {"colour"}
    assert derive({"colour": values}, (asked_whether("colour"),)) == {}


@pytest.mark.parametrize(
    "fact",
    [
        Fact(fact="seniority", field="title", derive="seniority", points=(Points(equals="director", points=1.0),)),
        Fact(fact="it", field="title", points=(Points(matches=("it",), named="it", points=1.0),)),
    ],
    ids=["derived", "classes"],
)
def test_a_column_that_is_read_otherwise_does_not(fact) -> None:
    title = ["head of it", "director"] * 100
    assert derive({"title": title}, (feature_of(fact, "fit"), asked_whether("title"))) == {}


def test_the_made_up_job_titles_are_no_fact_of_their_own(card) -> None:
    assert {f.name for f in card.features if f.source.field == "job_title"} == {"seniority", "department"}


def test_names_without_a_letter_are_columns_by_number() -> None:
    assert set(derive({"%": [1, 2] * 100, "#": [1, 2] * 100})) == {"column", "column_2"}


def test_no_fact_is_named_bounds() -> None:
    assert set(derive({"Bounds": [1, 2] * 100})) == {"bounds_2"}


def test_a_name_that_is_taken_gets_a_number() -> None:
    facts = derive({"colour": ["red", "blue"] * 100, "Colour ": ["pale", "dark"] * 100}, (agreed_on("c", "colour"),))
    assert {name: f.source.field for name, f in facts.items()} == {"colour_2": "colour", "colour_3": "Colour "}


def test_every_event_type_becomes_a_count_in_thirty_days() -> None:
    facts = derive({}, (), all_did("page_view", "form_sent"))
    assert facts["page_view_30d"].source == Source(event="page_view", window_days=30.0)
    assert set(facts) == {"form_sent_30d", "page_view_30d", "days_since_last_event"}


def test_a_type_that_an_agreed_fact_counts_does_not() -> None:
    visits = feature_of(Fact(fact="visits", event="page_view", points_each=1.0), "interest")
    assert set(derive({}, (visits,), all_did("page_view"))) == {"days_since_last_event"}


def test_a_type_that_an_agreed_fact_counts_in_part_does() -> None:
    prices = feature_of(Fact(fact="prices", event="page_view", where={"path": "/prices"}, points_each=1.0), "interest")
    assert "page_view_30d" in derive({}, (prices,), all_did("page_view"))


def test_a_type_that_one_lead_in_a_hundred_has_not_does_not() -> None:
    assert "fax_sent_30d" not in derive({}, (), {"page_view": 1.0, "fax_sent": 0.009})


def test_without_events_no_days_since_the_last_one() -> None:
    assert derive({}, (), all_did()) == {}


def test_event_facts_are_interest_and_columns_fit() -> None:
    facts = derive({"colour": ["red", "blue"] * 100}, (), all_did("page_view"))
    assert [f.kind for f in facts.values()] == ["fit", "interest", "interest"]


@pytest.mark.parametrize(
    ("column", "name"), [("Lead Source", "lead_source"), ("emp.var.rate", "emp_var_rate"), (" A ", "a")]
)
def test_a_name_has_no_spaces_or_signs(column, name) -> None:
    assert slug(column) == name

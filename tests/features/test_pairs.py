"""Two facts together: the same text for one lead and for many, and nothing but facts that are read from a lead."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalog import Feature, Pair, Source, Value
from features.columns import UNKNOWN, Column, Numbers, Texts, column_of
from features.errors import ConfigError
from features.pairs import completed, pair_column, pair_value
from features.reference import Reader
from features.tables import Event, Lead

CUTS = ((0.0,), (-1.5, 0.0, 3.0), (1.0000001, 1.0000002, 1.0000003, 1.0000004))  # the last ones read alike
WORDS = ("a", "b", "unknown", "a × b", "below 0")
numbers = st.one_of(st.none(), st.sampled_from([c for cuts in CUTS for c in cuts]), st.floats(-5, 5), st.just(-0.0))
texts = st.one_of(st.none(), st.sampled_from(WORDS))


def feature(name: str, type_: Any = "text", **source: Any) -> Feature:
    return Feature(name=name, label=name, kind="fit", type=type_, source=Source(**source or {"field": name}))


def pair(first: str, second: str, **cuts: Any) -> Feature:
    return feature(f"{first} x {second}", pair=Pair(first=first, second=second, **cuts))


@st.composite
def sides(draw: st.DrawFn, n: int) -> tuple[tuple[float, ...], list[Value], Column]:
    """One of two facts: its cuts, the values of n leads, and these as a column."""
    cuts = draw(st.sampled_from([(), *CUTS]))
    values = draw(st.lists(numbers if cuts else texts, min_size=n, max_size=n))
    return cuts, values, column_of(feature("any", "number" if cuts else "text"), values)


@given(st.integers(0, 20).flatmap(lambda n: st.tuples(sides(n), sides(n))))
def test_many_are_given_what_each_is(both: Any) -> None:
    (first_cuts, first, left), (second_cuts, second, right) = both
    of = Pair(first="x", second="y", first_cuts=first_cuts, second_cuts=second_cuts)
    column = pair_column(of, left, right)
    assert column.plain() == [pair_value(of)(a, b) for a, b in zip(first, second, strict=True)]
    assert len(set(column.words)) == len(column.words)
    assert column.codes.dtype == np.int32


@given(numbers, texts)
def test_a_value_is_unknown_where_both_are(number: Value, text: Value) -> None:
    value = pair_value(Pair(first="x", second="y", first_cuts=(0.0,)))(number, text)
    assert (value is None) == (number is None and text is None)


def test_words_of_a_column_that_occur_with_nothing_are_not_made() -> None:
    one_of_many = Texts(np.array([1, UNKNOWN]), ("a", "b", "c"))
    assert pair_column(Pair(first="x", second="y"), one_of_many, one_of_many).words == ("b × b",)


SIZE, COLOUR = feature("size", "number"), feature("colour")
SIZE_AND_COLOUR = pair("size", "colour", first_cuts=(5.0,))
COLUMNS: tuple[Column, ...] = (Numbers(np.array([4.0, 5.0])), Texts(np.array([0, UNKNOWN]), ("red",)))


def test_columns_are_completed_by_the_pairs_that_stand_last() -> None:
    *given_, made = completed((SIZE, COLOUR, SIZE_AND_COLOUR), COLUMNS)
    assert tuple(given_) == COLUMNS
    assert made.plain() == ["below 5 × red", "from 5 × unknown"]


def test_columns_of_all_features_are_complete() -> None:
    whole = completed((SIZE, COLOUR, SIZE_AND_COLOUR), COLUMNS)
    assert completed((SIZE, COLOUR, SIZE_AND_COLOUR), whole) == whole


def test_a_pair_may_stand_before_its_facts() -> None:
    reader = Reader([SIZE_AND_COLOUR, COLOUR, SIZE])
    assert reader.read(Lead("L-1", {"size": 7, "colour": "Red "}), 0) == ["from 5 × red", "red", 7.0]


def test_a_pair_follows_what_its_facts_become() -> None:
    visits = feature("visits", "number", event="visit")
    reader = Reader(
        [COLOUR, visits, pair("colour", "visits", second_cuts=(2.0,)), pair("colour", "size_"), feature("size_")]
    )
    lead = Lead("L-1", {"colour": "red"}, (Event("visit", 0),))
    values = reader.read(lead, 0)
    values[1] = 2.0
    assert reader.made_values(values, {1}) == {2: "red × from 2"}


POINTS = feature("points", "number", points_of="fit")
REFUSED = [
    (pair("colour", "siz", second_cuts=(1.0,)), "second", "'siz' is no fact that is read here", "did you mean 'size'?"),
    (pair("colour", "colour"), "second", "a pair is of two different facts", "name another fact"),
    (pair("size", "colour"), "first", "'size' is a number, so that it must be cut into ranges",
     "add 'first_cuts: [...]', where its ranges begin"),
    (pair("colour", "taste", first_cuts=(1.0,)), "first_cuts", "'colour' is a text, which has no ranges",
     "take the cuts out"),
    (pair("size", "colour", first_cuts=(2.0, 1.0)), "first_cuts", "cuts are numbers in ascending order",
     "sort them, each once"),
    (pair("colour", "points", second_cuts=(1.0,)), "second", "'points' is made of other facts itself",
     "name the facts that it is made of"),
    (pair("taste x colour", "colour"), "first", "'taste x colour' is made of other facts itself",
     "name the facts that it is made of"),
]  # fmt: skip


@pytest.mark.parametrize(("refused", "key", "what", "do"), REFUSED, ids=[what for _, _, what, _ in REFUSED])
def test_a_pair_that_cannot_be_read_is_refused(refused: Feature, key: str, what: str, do: str) -> None:
    beside = [SIZE, COLOUR, feature("taste"), POINTS, pair("taste", "colour")]
    with pytest.raises(ConfigError) as error:
        Reader([refused, *beside])
    parts = error.value.parts()
    assert (parts["what"], parts["where"], parts["do"]) == (what, f"feature '{refused.name}', pair.{key}", do)

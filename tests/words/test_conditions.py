"""In English, conditions and pairs are called what the agreement's own words call them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.agreement import Condition
from features.catalog import Pair
from features.describe import condition_words
from features.pairs import pair_value
from serving.words.catalogue import LANGUAGES
from serving.words.conditions import condition_in, pair_value_in
from serving.words.words import words_of

ENGLISH = words_of("en")
numbers = st.one_of(st.integers(-5, 5).map(float), st.floats(-1e6, 1e6))
texts = st.sampled_from(["software", "3", " x", "financial services", "true", "{0}", "a × b"])
conditions = st.one_of(
    st.builds(Condition, equals=texts | numbers | st.booleans()),
    st.builds(Condition, one_of=st.lists(texts | numbers, min_size=1, max_size=4).map(tuple)),
    st.builds(Condition, at_least=numbers, below=st.none() | numbers),
    st.builds(Condition, below=numbers),
    st.builds(Condition, matches=st.lists(texts, min_size=1, max_size=3).map(tuple)),
    st.just(Condition(missing=True)),
)
units = st.sampled_from(["", "people", "days", "EUR", "tickets", "points", "business"])
cuts = st.lists(numbers, max_size=3, unique=True).map(sorted).map(tuple)


@given(conditions, units)
def test_a_condition_in_english_is_in_the_agreements_words(condition: Condition, unit: str) -> None:
    assert condition_in(ENGLISH, condition, unit) == condition_words(condition, unit)


@given(conditions, units, st.sampled_from(LANGUAGES))
def test_a_condition_can_be_said_in_every_language(condition: Condition, unit: str, language: str) -> None:
    assert condition_in(words_of(language), condition, unit)


@given(cuts, cuts, st.one_of(st.none(), texts, numbers), st.one_of(st.none(), texts, numbers))
def test_a_pair_in_english_is_as_it_is(
    first: tuple[float, ...], second: tuple[float, ...], one: str | float | None, two: str | float | None
) -> None:
    pair = Pair(first="a", second="b", first_cuts=first, second_cuts=second)
    value = pair_value(pair)(one, two)
    if isinstance(value, str):
        assert pair_value_in(ENGLISH, pair)(value) == value


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", ["ab 0,5", "0,25 bis unter 0,5", "unter 0,25", "unbekannt"]),
        ("zh", ["0.5 起", "0.25 至 0.5（不含）", "少于 0.25", "未知"]),
    ],
)
def test_the_ranges_of_a_pair(language: str, said: list[str]) -> None:
    pair = Pair(first="industry", second="share", second_cuts=(0.25, 0.5))
    called = pair_value_in(words_of(language), pair)
    values = [pair_value(pair)("software", share) for share in (0.5, 0.3, 0.0, None)]
    assert [called(str(value)) for value in values] == [f"software × {words}" for words in said]


def test_a_number_has_the_decimal_sign_of_its_language() -> None:
    assert condition_in(words_of("de"), Condition(one_of=(0.5, 2.0)), "days") == "0,5 Tage oder 2 Tage"
    assert condition_in(words_of("de"), Condition(equals=1.0), "days") == "1 Tag"

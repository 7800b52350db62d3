"""What is told apart: ranges whose ends people can read, and texts that more than one lead has."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.columns import Numbers, Texts
from training.learn.bins import bins_of, cuts_of, roundest

numbers = st.floats(-1e9, 1e9, allow_nan=False).map(lambda v: v + 0.0)


@given(numbers, numbers)
def test_the_roundest_number_lies_between(one, other) -> None:
    low, high = sorted((one, other))
    if low < high:
        assert low < roundest(low, high) <= high


@pytest.mark.parametrize(("low", "high", "cut"), [(1, 2, 2), (0.3712, 0.3833, 0.38), (199, 1000, 1000), (-1, 0, 0)])
def test_a_cut_is_as_round_as_it_can_be(low, high, cut) -> None:
    assert roundest(low, high) == cut


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=60), st.integers(4, 12))
def test_ranges_are_at_most_so_many_and_ascend(values, most) -> None:
    cuts = cuts_of(np.array(values, dtype=float), most)
    assert len(cuts) < most or len(cuts) == 0
    assert all(a < b for a, b in pairwise(cuts))


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=60))
def test_few_values_are_all_told_apart(values) -> None:
    cuts = cuts_of(np.array(values, dtype=float), 32)
    assert len(set(np.searchsorted(cuts, values, side="right").tolist())) == len(set(values))


@given(st.lists(numbers, min_size=200, max_size=300, unique=True))
def test_ranges_of_many_values_hold_about_equally_many(values) -> None:
    cuts = cuts_of(np.array(values), 8)
    rows = np.bincount(np.searchsorted(cuts, values, side="right"))
    assert rows.max() <= 2 * len(values) / 8


def test_unknown_numbers_have_no_say_in_the_cuts() -> None:
    assert cuts_of(np.array([np.nan, 1.0, 2.0, np.nan]), 8) == cuts_of(np.array([1.0, 2.0]), 8)


def test_a_text_of_one_lead_alone_has_no_row_of_its_own() -> None:
    words = ("often", "twice", "once")
    column = Texts(np.array([0, 0, 0, 1, 1, 2, 2], dtype=np.int32), words)
    (bins,) = bins_of([column], whose=np.array([0, 1, 2, 3, 4, 5, 5]))
    assert bins.values == ("often", "twice")


def test_the_fewer_numbers_there_are_the_finer_they_are_cut() -> None:
    column, whose = Numbers(np.arange(4000.0)), np.arange(4000)
    few, many = bins_of([column], whose), bins_of([column] * 40, whose)
    assert len(few[0].cuts) + 1 == 128
    assert len(many[0].cuts) + 1 == 1500 // 40

"""Every number is put into the cell where a search through the breaks would put it."""

from bisect import bisect_right
from math import inf

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.cells import Ranges

numbers = st.one_of(st.floats(allow_nan=False), st.integers(-3, 3).map(float), st.just(-0.0))


@given(st.lists(numbers, max_size=40), st.lists(numbers))
def test_a_cell_counts_the_breaks_that_a_number_reaches(breaks, values) -> None:
    ends, finite = sorted(set(breaks)), [v for v in values if v < inf]
    assert Ranges(breaks).cells(np.array(finite)).tolist() == [bisect_right(ends, v) for v in finite]


@given(st.lists(numbers, max_size=40))
def test_every_cell_has_an_example_that_is_put_there(breaks) -> None:
    ranges = Ranges(breaks)
    for value in ranges.examples:
        (cell,) = ranges.cells(np.array([np.nan if value is None else value]))
        assert ranges.examples[cell] == value


@given(st.lists(numbers, max_size=40))
def test_the_unknown_has_the_last_cell_alone(breaks) -> None:
    ranges = Ranges(breaks)
    unknown, *known = ranges.cells(np.array([np.nan, inf, -inf, 1e308])).tolist()
    assert unknown == len(ranges.examples) - 1
    assert unknown not in known

"""How much of a difference is chance."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.drift.chance import difference

COUNTS = st.lists(st.integers(0, 200), min_size=2, max_size=8).filter(any)


def test_the_index_is_that_of_the_shares_with_half_a_lead_in_every_bin() -> None:
    found = difference([90, 10], [50, 50], 100, 100)
    p, q = [90.5 / 101, 10.5 / 101], [50.5 / 101, 50.5 / 101]
    assert found.psi == pytest.approx(sum((b - a) * log(b / a) for a, b in zip(p, q, strict=True)))


def test_the_p_is_that_of_pearsons_test() -> None:
    # 90, 10 against 50, 50: the pooled shares are .7 and .3, so 70 and 30 are expected of either
    statistic = 2 * (20**2 / 70 + 20**2 / 30)
    from scipy.stats import chi2

    assert difference([90, 10], [50, 50], 100, 100).p == pytest.approx(chi2.sf(statistic, 1))


def test_rows_that_say_the_same_count_as_the_leads_that_they_are_of() -> None:
    one, ten = difference([60, 40], [45, 55], 100, 100), difference([600, 400], [450, 550], 100, 100)
    assert ten == pytest.approx(one)
    assert difference([600, 400], [450, 550], 1_000, 1_000).p < one.p


@given(COUNTS, st.floats(1, 1e4), st.floats(1, 1e4))
def test_the_same_shares_never_differ(counts: list[int], before: float, after: float) -> None:
    found = difference(counts, counts, before, after)
    assert found.psi <= found.chance + 1e-9
    assert found.p > 0.5


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=9))
def test_any_counts_can_be_compared(pairs: list[tuple[int, int]]) -> None:
    before, after = ([1, *counts] for counts in zip(*pairs, strict=True))
    found = difference(before, after, sum(before), sum(after))
    assert found.psi >= 0
    assert 0 <= found.p <= 1


def test_a_value_that_was_never_there_is_found_once_there_are_enough_of_it() -> None:
    assert difference([3_000, 2_000, 0], [110, 82, 8], 5_000, 200).p < 1e-9
    assert difference([3_000, 2_000, 0], [119, 80, 1], 5_000, 200).p > 0.05


@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.9, 0.08, 0.015, 0.004, 0.001)])
def test_chance_alone_is_taken_for_drift_as_often_as_it_says(shares: tuple[float, ...]) -> None:
    random, times = np.random.default_rng(0), 2_000
    before, after = random.multinomial(1_000, shares, times), random.multinomial(200, shares, times)
    found = [difference(a, b, 1_000, 200) for a, b in zip(before, after, strict=True)]
    assert np.mean([d.p <= 0.05 for d in found]) == pytest.approx(0.05, abs=0.02)
    assert np.mean([d.p <= 0.01 for d in found]) == pytest.approx(0.01, abs=0.01)
    assert np.mean([d.psi <= d.chance for d in found]) == pytest.approx(0.95, abs=0.03)

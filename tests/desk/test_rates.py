from math import log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from serving.desk.rates import Span, product, rate


@given(st.integers(1, 100_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_is_wilsons(drawn: tuple[int, int]) -> None:
    hits, of = drawn
    found, known = rate(hits, of), binomtest(hits, of).proportion_ci(method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-9)
    assert found.low <= found.share <= found.high


def test_of_no_case_there_is_no_rate() -> None:
    assert rate(0, 0) is None


def test_the_product_of_two_equal_rates_is_sure_by_the_root_of_two() -> None:
    half = Span(0.5, 0.25, 1.0)
    found = product([half, half])
    assert found.share == 0.25
    assert log(found.share / found.low) == pytest.approx(sqrt(2) * log(2))


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=6))
def test_the_product_lies_between_all_at_their_worst_and_all_at_their_best(drawn: list[tuple[int, int]]) -> None:
    rates = [r for hits, more in drawn if (r := rate(hits, hits + more))]
    spans = [Span(r.share, r.low, r.high) for r in rates]
    found, worst, best = product(spans), 1.0, 1.0
    for span in spans:
        worst, best = worst * span.low, best * span.high
    assert worst - 1e-9 <= found.low <= found.share <= found.high <= best + 1e-9

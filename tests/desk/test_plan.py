from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.desk.numbers import canonical, number_of
from serving.desk.plan import Step, Target, needed
from serving.desk.rates import Span

PERCENTS = st.integers(1, 10_000).map(lambda n: Fraction(n, 10_000))
STEPS = st.lists(PERCENTS.map(Step), max_size=6)
AMOUNTS = st.integers(1, 10**9).map(Fraction)


def leads(last: int, *percents: int) -> list[int]:
    return [need.leads for need in needed(last, [Step(Fraction(percent, 100)) for percent in percents])]


def test_a_rate_of_75_percent_means_dividing_by_three_quarters() -> None:
    assert leads(120, 75) == [160, 120]


def test_120_opportunities_need_160_sales_ready_and_1600_marketing_leads() -> None:
    assert leads(120, 10, 75) == [1600, 160, 120]


def test_part_of_a_lead_is_a_lead() -> None:
    assert leads(10, 30) == [34, 10]  # 33.3


def test_stages_are_not_rounded_up_one_after_the_other() -> None:
    assert leads(1, 30, 30) == [12, 4, 1]  # 11.1, where 4 / 0.3 would be 13.3


def test_deals_are_marketings_part_of_the_revenue_by_the_size_of_a_deal() -> None:
    target = Target(Fraction(1_200_000), Fraction(40, 100), Fraction(30_000))
    assert target.deals == 1_200_000 * 0.4 / 30_000


@given(st.integers(1, 10**6), STEPS)
def test_so_many_leads_reach_the_target_and_one_fewer_does_not(last: int, steps: list[Step]) -> None:
    for place, need in enumerate(needed(last, steps)):
        share = prod((step.rate for step in steps[place:]), start=Fraction(1))
        assert need.leads * share >= last
        assert (need.leads - 1) * share < last


@given(AMOUNTS, PERCENTS, AMOUNTS)
def test_so_many_deals_reach_the_revenue_and_one_fewer_does_not(
    revenue: Fraction, share: Fraction, deal: Fraction
) -> None:
    deals = Target(revenue, share, deal).deals
    assert deals * deal >= revenue * share > (deals - 1) * deal


@given(st.integers(1, 10**6), STEPS)
def test_each_stage_needs_at_least_what_the_next_one_does(last: int, steps: list[Step]) -> None:
    found = [need.leads for need in needed(last, steps)]
    assert found == sorted(found, reverse=True)


def test_the_range_comes_from_the_own_rates_alone() -> None:
    own, by_hand = Step(Fraction(1, 2), Span(0.5, 0.4, 0.8)), Step(Fraction(1, 10))
    first, second, last = needed(100, [by_hand, own])
    assert (first.leads, first.low, first.high) == (2000, 1250, 2500)  # 100 / 0.1 / 0.8, 100 / 0.1 / 0.4
    assert (second.leads, second.low, second.high) == (200, 125, 250)
    assert (last.leads, last.low, last.high) == (100, 100, 100)


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("1.200.000,50", "de", "1200000.5"),
        ("12,5", "de", "12.5"),
        ("12.5", "de", "12.5"),
        ("0,125", "de", "0.125"),
        ("1,200,000.50", "en", "1200000.5"),
        ("1,200", "zh", "1200"),
        ("12,5", "en", "12.5"),
        ("1 200 000", "en", "1200000"),
        ("1’200’000", "de", "1200000"),
        ("75 %", "en", "75"),
        ("75％", "zh", "75"),
        ("１，２００．５", "zh", "1200.5"),
    ],
)
def test_numbers_are_read_as_a_language_writes_them(text: str, language: str, number: str) -> None:
    assert number_of(text, language) == Fraction(number)


@pytest.mark.parametrize("text", ["", "-5", "1e6", "NaN", "Infinity", "1.2.3", "12.", "1,2,3", "1" * 16, "0x10"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_no_number_is_none(text: str, language: str) -> None:
    assert number_of(text, language) is None


@given(st.integers(0, 10**15 - 1), st.integers(0, 6), st.sampled_from(["en", "de", "zh"]))
def test_an_address_reads_the_same_in_every_language(whole: int, digits: int, language: str) -> None:
    number = Fraction(whole, 10**digits)
    assert number_of(canonical(number), language) == number

"""Thresholds: what comes through them, and the choice by capacity, or by cost and value."""

import dataclasses
from math import exp, isnan, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from features.agreement import Stage
from features.errors import ConfigError, DataError
from training.capacity import Capacity, read_capacity
from training.thresholds import LaterLeads, threshold_for_capacity, threshold_for_value, threshold_table
from training.thresholds.choice import Prices
from training.thresholds.later import stage_of
from training.thresholds.table import thresholds_of, through

SCORES = st.lists(st.floats(-30, 90), min_size=1, max_size=60)


def later(scores, converted=None, a_month: float | None = 100.0, stages=None) -> LaterLeads:
    """Leads with these scores, the better half of which converts unless told; 10 points double the odds."""
    score = np.array(scores, dtype=float)
    won = score > np.median(score) if converted is None else np.array(converted)
    return LaterLeads(score, won.astype(np.int64), a_month, (-3.0, log(2) / 10), stages or {}, 500)


# What comes through


def test_a_threshold_lets_through_who_has_as_many_points_or_more() -> None:
    found = through(later([10, 20, 20, 30], [0, 1, 0, 1]), 20)
    assert (found.leads, found.converted, found.share, found.a_month) == (3, 2, 3 / 4, 3 / 4 * 100)


def test_the_rate_is_of_these_and_what_is_caught_of_all_conversions() -> None:
    found = through(later([10, 20, 20, 30], [1, 1, 0, 1]), 20)
    assert (found.rate, found.caught) == (2 / 3, 2 / 3)


def test_the_interval_of_the_rate_is_wilsons() -> None:
    found = through(later([1] * 100, [1] * 20 + [0] * 80), 0)
    z, p, n = 1.959964, 0.2, 100
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert (found.rate_low, found.rate_high) == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_where_nobody_comes_through_there_is_no_rate() -> None:
    found = through(later([10, 20]), 50)
    assert (found.leads, isnan(found.rate), found.caught) == (0, True, 0)


def test_without_dates_nobody_knows_how_many_come_in_a_month() -> None:
    assert isnan(through(later([10, 20], a_month=None), 15).a_month)


def test_the_table_holds_every_fifth_point_and_where_stages_begin_today() -> None:
    leads = later(range(0, 41), stages={"MQL": 17.0, "SAL": 30.0})
    assert thresholds_of(leads) == [0, 5, 10, 15, 17, 20, 25, 30, 35, 40]
    assert threshold_table(leads).set_index("threshold")["stage"][[17, 20, 30]].tolist() == ["MQL", "", "SAL"]


@given(SCORES)
def test_a_higher_threshold_lets_nobody_through_that_a_lower_one_does_not(scores) -> None:
    table = threshold_table(later(scores))
    assert (table["leads"].diff().dropna() <= 0).all()
    assert (table["caught"].diff().dropna() <= 0).all()


# By capacity


@given(SCORES, st.floats(0.01, 0.99))
def test_no_more_leads_come_through_than_sales_can_work_and_a_point_lower_more_would(scores, share) -> None:
    leads = later(scores)
    chosen = threshold_for_capacity(leads, Capacity(share)).chosen
    assert chosen.leads <= share * len(leads) + 1e-6
    assert through(leads, chosen.threshold - 1).leads > share * len(leads) - 1e-6


def test_a_capacity_in_a_month_is_held_against_the_leads_that_come_in_a_month() -> None:
    chosen = threshold_for_capacity(later(range(100), a_month=200.0), read_capacity("50/month")).chosen
    assert (chosen.threshold, chosen.a_month) == (75, 50)


def test_a_capacity_in_a_week_is_that_of_a_month_in_its_days() -> None:
    a_month = 365.25 / 12 / 7  # weeks
    leads = later(range(100), a_month=100.0 * a_month)
    assert threshold_for_capacity(leads, read_capacity("25/week")).chosen.leads == 25


def test_where_sales_can_work_every_lead_no_threshold_is_needed() -> None:
    choice = threshold_for_capacity(later([3.5, 20], a_month=10.0), read_capacity("10/month"))
    assert choice.chosen.leads == 2
    assert "no threshold is needed" in choice.why


def test_a_capacity_in_a_month_needs_dates() -> None:
    with pytest.raises(ConfigError, match="no dates"):
        threshold_for_capacity(later([1, 2], a_month=None), read_capacity("10/month"))


# By cost and value


def test_leads_are_worked_from_the_point_on_where_their_probability_pays() -> None:
    chosen = threshold_for_value(later(range(100)), cost=100, value=1000).chosen
    at, below = (1 / (1 + exp(3 - log(2) / 10 * t)) for t in (chosen.threshold, chosen.threshold - 1))
    assert below < 100 / 1000 <= at


def test_the_leads_that_just_come_through_are_looked_at() -> None:
    leads = later([10, 11, 12, 13, 14, 20], [1, 0, 0, 0, 0, 1])
    threshold = threshold_for_value(leads, cost=90, value=1000).chosen.threshold
    assert threshold == 10
    assert "Of the 5 later leads up to 5 points above, 20.0%" in threshold_for_value(leads, 90, 1000).why


@pytest.mark.parametrize("slope", [-0.1, 0.0])
def test_points_that_do_not_speak_for_a_lead_have_no_threshold_that_pays(slope) -> None:
    with pytest.raises(DataError, match="do not convert more often"):
        threshold_for_value(dataclasses.replace(later([10, 20]), scale=(0.0, slope)), 10, 100)


def test_a_month_brings_the_value_of_its_conversions_less_the_cost_of_its_leads() -> None:
    found = through(later([10, 20, 20, 30], [1, 1, 0, 1]), 20)
    assert Prices(cost=10, value=90).gain(found) == pytest.approx(75 * (2 / 3 * 90 - 10))


@pytest.mark.parametrize(
    ("cost", "value"), [(0, 10), (10, 10), (20, 10), (-1, 10), (1, float("nan")), (1, float("inf"))]
)
def test_prices_at_which_nothing_is_to_be_decided_are_refused(cost, value) -> None:
    with pytest.raises(ConfigError, match="at these prices"):
        threshold_for_value(later([1, 2]), cost, value)


# In words


def test_the_choice_is_held_against_what_is_agreed_today() -> None:
    leads = later(range(100), a_month=200.0)
    choice = threshold_for_capacity(leads, read_capacity("25%"))
    assert choice.sentence == (
        "Sales can work 25 % of the leads: begin at 75 points. "
        "Expect 50 leads a month, of which 100.0% (86.7% to 100.0%) convert: 50% of all conversions."
    )
    assert choice.against(through(leads, 90), "SAL").startswith("Agreed for SAL are 90 points. Expect 20 leads a month")
    assert choice.against(choice.chosen, "SAL") == "That is what is agreed for SAL."


def test_prices_say_what_a_month_brings() -> None:
    assert "That brings" in threshold_for_value(later(range(100)), cost=100, value=1000).sentence


# Which stage


@pytest.fixture
def staged(madeup):
    return madeup[0]


def test_the_stage_is_where_a_person_first_decides(staged) -> None:
    assert stage_of(staged).stage == "SAL"


def test_a_stage_is_found_by_its_name(staged) -> None:
    assert stage_of(staged, "MQL").threshold == 40


def test_a_stage_without_a_threshold_is_refused_with_the_nearest_name(staged) -> None:
    with pytest.raises(ConfigError) as raised:
        stage_of(staged, "Mql")
    assert raised.value.do == "did you mean 'MQL'?"


def test_an_agreement_without_any_threshold_is_refused(make_agreement) -> None:
    with pytest.raises(ConfigError, match="no stage of the agreement has a threshold"):
        stage_of(make_agreement())


def test_without_a_gate_the_last_stage_with_a_threshold_is_taken(make_agreement) -> None:
    stages = tuple(Stage(stage=n, definition="", owner="", threshold=t) for n, t in (("A", 1.0), ("B", 2.0)))
    assert stage_of(replace(make_agreement(), stages=stages)).stage == "B"

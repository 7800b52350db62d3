"""What sales can work, as people write it, and which share of the leads that is."""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import ConfigError
from features.moments import DAY
from training.capacity import Capacity, read_capacity


@pytest.mark.parametrize(
    ("text", "capacity"),
    [
        ("10%", Capacity(share=0.1)),
        (" 2.5 % ", Capacity(share=0.025)),
        ("100%", Capacity(share=1.0)),
        ("120/month", Capacity(None, 120, "month")),
        ("7.5 / day", Capacity(None, 7.5, "day")),
    ],
)
def test_a_capacity_is_a_share_or_so_many_in_a_time(text, capacity) -> None:
    assert read_capacity(text) == pytest.approx(capacity)


@pytest.mark.parametrize("text", ["", "120", "0.1", "120/fortnight", "-5%", "0%", "101%", "0/month", "ten %"])
def test_anything_else_is_refused_with_what_would_do(text) -> None:
    with pytest.raises(ConfigError) as refused:
        read_capacity(text)
    assert "120/month" in refused.value.allowed


def daily(make_dataset, days: int, each: int = 1):
    """A lead a day, read ``each`` times on consecutive days."""
    when = sorted((day + again) * DAY for day in range(days) for again in range(each))
    leads = [lead for _, lead in sorted((day + again, day) for day in range(days) for again in range(each))]
    return replace(make_dataset([0, 1] * (len(when) // 2), when=when, leads=leads), dated=True)


def test_so_many_a_week_are_a_share_of_those_that_come(make_dataset) -> None:
    data = daily(make_dataset, 100)
    assert read_capacity("2/week").share_of(data) == pytest.approx(2 / 7)
    assert read_capacity("0.5/day").share_of(data) == pytest.approx(0.5)


def test_a_lead_that_is_read_often_comes_once(make_dataset) -> None:
    assert read_capacity("2/week").share_of(daily(make_dataset, 100, each=4)) == pytest.approx(2 / 7)


def test_nobody_works_more_leads_than_come(make_dataset) -> None:
    assert read_capacity("50/day").share_of(daily(make_dataset, 100)) == 1


def test_without_dates_only_a_share_can_be_given(make_dataset) -> None:
    data = make_dataset([0, 1] * 10)
    assert read_capacity("10%").share_of(data) == 0.1
    with pytest.raises(ConfigError, match="have no dates"):
        read_capacity("10/month").share_of(data)


def test_leads_of_one_moment_tell_no_rate(make_dataset) -> None:
    data = replace(make_dataset([0, 1], when=[5.0, 5.0]), dated=True)
    with pytest.raises(ConfigError, match="have no dates"):
        read_capacity("10/month").share_of(data)


def test_a_share_may_be_of_any_leads(make_dataset) -> None:
    assert np.isclose(Capacity(0.25).share_of(make_dataset([0, 1])), 0.25)

"""A break of the base rate, and none where there is none."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit

from features.moments import DAY, moment
from training.drift.finished import Finished
from training.drift.level import level_of
from training.drift.profile import Profile

START = moment("2026-01-01")
Made = Callable[..., Finished]


@pytest.fixture(scope="module")
def made() -> Made:
    """So many leads over half a year, whose true odds are those given times ``odds`` from a day on."""

    def make(n: int, seed: int = 0, odds: float = 1.0, since: str = "2026-01-01", rows: int = 1) -> Finished:
        random = np.random.default_rng(seed)
        log_odds, at = random.normal(-1.5, 1.0, n), START + np.sort(random.integers(0, 180, n)) * DAY
        true = expit(log_odds + np.log(odds) * (at >= moment(since)))
        converted = (random.random(n) < true).astype(np.int64)
        each = np.repeat(np.arange(n), rows)
        return Finished(
            expit(log_odds)[each],
            converted[each],
            each,
            at.astype(np.float64)[each],
            True,
            np.full(n * rows, "1"),
            False,
        )

    return make


def test_a_break_is_found_with_the_month_from_which_it_holds(made) -> None:
    level = level_of(made(3_000, odds=0.3, since="2026-04-01"), None)
    assert (level.matters, level.since) == (True, "2026-04")
    assert "since 2026-04" in level.sentence


def test_the_odds_are_those_of_the_whole(made) -> None:
    level = level_of(made(20_000, odds=0.5), None)
    assert level.odds == pytest.approx(0.5, rel=0.1)


def test_no_break_is_seen_where_there_is_none(made) -> None:
    alarms = [level_of(made(1_000, seed), None).matters for seed in range(100)]
    assert sum(alarms) <= 2


def test_a_difference_that_is_sure_but_small_does_not_matter(made) -> None:
    level = level_of(made(200_000, odds=0.9), None)
    assert level.p < 1e-6
    assert not level.matters


def test_rows_of_a_lead_are_one_draw(made) -> None:
    one, ten = (level_of(made(1_000, odds=0.75, rows=rows), None).p for rows in (1, 10))
    assert ten == pytest.approx(one, rel=0.2)


def test_a_level_that_was_learned_from_few_leads_is_not_known_well(made, champion) -> None:
    found, few = made(1_500, odds=0.7), reference(champion.reference, worth=100.0)
    assert level_of(found, None).matters
    assert level_of(found, few).p > level_of(found, champion.reference).p > level_of(found, None).p
    assert not level_of(found, few).matters


def reference(like: Profile, worth: float) -> Profile:
    from msgspec.structs import replace

    return replace(like, worth=worth)


def test_of_few_leads_nothing_is_said(made) -> None:
    level = level_of(made(40, odds=0.01), None)
    assert (level.tells, level.matters) == (False, False)
    assert "too few" in level.sentence


def test_periods_hold_what_came_and_what_was_expected(made) -> None:
    found = made(600)
    periods = level_of(found, None).periods
    assert [p.name for p in periods] == [f"2026-0{month}" for month in range(1, 7)]
    assert sum(p.rows * p.expected for p in periods) == pytest.approx(found.probability.sum())
    assert sum(p.rows * p.converted for p in periods) == pytest.approx(found.converted.sum())
    assert all(p.low <= p.converted <= p.high for p in periods)

"""Whether served probabilities came true: level, slope, error, by version."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit

from features.moments import DAY, moment
from training.drift.calibration import calibrated, slope_of
from training.drift.finished import Finished

START = float(moment("2026-01-01"))
Made = Callable[..., Finished]


@pytest.fixture(scope="module")
def made() -> Made:
    """Leads whose true log-odds are ``level + slope *`` those given; by versions, one after the other."""

    def make(n: int, seed: int = 0, level: float = 0.0, slope: float = 1.0, versions=("1",)) -> Finished:
        random = np.random.default_rng(seed)
        z = random.normal(-1.0, 1.2, n)
        converted = (random.random(n) < expit(level + slope * z)).astype(np.int64)
        at, names = START + np.arange(n) * DAY / 24, np.array(versions)[np.arange(n) * len(versions) // n]
        return Finished(expit(z), converted, np.arange(n), at, True, names, served=True)

    return make


def test_probabilities_that_came_true_hold(made) -> None:
    (found,) = calibrated(made(4_000), "1", {"1": 0.8})
    assert not found.matters
    assert found.slope.low < 1 < found.slope.high
    assert found.bias.low < 0 < found.bias.high
    assert "hold" in found.sentence
    assert "0.800 when it was tested" in found.sentence


def test_a_level_that_is_off_matters(made) -> None:
    (found,) = calibrated(made(3_000, level=-1.0), "1", {})
    assert found.matters
    assert found.bias.low > 0.05
    assert "their mean is off" in found.sentence


def test_probabilities_that_lie_too_far_apart_matter(made) -> None:
    (found,) = calibrated(made(4_000, slope=0.4), "1", {})
    assert found.matters
    assert found.slope.low < 0.4 < found.slope.high
    assert "too far apart" in found.sentence


def test_slopes_intervals_hold_the_slope_as_often_as_they_say(made) -> None:
    held = 0
    for seed in range(200):
        found = made(400, seed, slope=0.8)
        slope = slope_of(found.probability, found.converted, found.whose)
        held += slope.low <= 0.8 <= slope.high
    assert held / 200 == pytest.approx(0.95, abs=0.04)


def test_copies_of_a_lead_make_nothing_surer(made) -> None:
    one = made(500)
    rows = np.repeat(np.arange(500), 5)
    alone = slope_of(one.probability, one.converted, one.whose)
    copied = slope_of(one.probability[rows], one.converted[rows], one.whose[rows])
    assert copied == pytest.approx(alone, rel=1e-3)


def test_leads_that_were_all_given_the_same_have_no_slope() -> None:
    assert slope_of(np.full(100, 0.3), np.arange(100) % 2, np.arange(100)) is None


def test_each_version_is_judged_and_only_the_current_can_matter(made) -> None:
    old, new = calibrated(made(4_000, level=-1.0, versions=("9", "10")), "10", {})
    assert (old.version, new.version) == ("9", "10")
    assert (old.matters, new.matters) == (False, True)
    assert (old.current, new.current) == (False, True)


def test_where_the_champion_has_served_nothing_yet_the_last_that_did_is_watched(made) -> None:
    found = calibrated(made(2_000, versions=("9", "10")), "11", {})
    assert [c.current for c in found] == [False, True]


def test_of_few_leads_nothing_is_said(made) -> None:
    (found,) = calibrated(made(60, level=-3.0), "1", {})
    assert (found.matters, found.error, found.slope, found.auc) == (False, None, None, None)
    assert "too few to judge" in found.sentence


def test_no_alarm_where_probabilities_are_true(made) -> None:
    assert sum(calibrated(made(500, seed), "1", {})[0].matters for seed in range(25)) == 0

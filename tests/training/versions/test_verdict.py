"""The decision on a challenger: what evidence makes it the champion, and what does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from training.intervals import Interval, Rows
from training.promotion.evidence import Evidence, Side, evidence, mean_of_leads
from training.promotion.pairs import Pairs
from training.promotion.verdict import LARGEST_ERROR, TOLERANCE, Outcome, decide, not_comparable

CHANCE = 0.5
TOLERATED = TOLERANCE * CHANCE
CALIBRATED = {"bias": Interval(0.0, -0.01, 0.01), "calibration_error": Interval(0.02, 0.0, 0.04)}
OFF = {"bias": Interval(0.02, 0.01, 0.03), "calibration_error": Interval(0.08, 0.06, 0.10)}
MEAN_OFF = {"bias": Interval(-0.08, -0.10, -0.06), "calibration_error": Interval(0.08, 0.0, 0.10)}


def found(low: float, high: float, *, won: int = 300, leads: int = 1_000, champion=CALIBRATED, challenger=CALIBRATED):
    sides = [Side(version=v, log_loss=0.4, auc=0.8, **c) for v, c in (("1", champion), ("2", challenger))]
    return Evidence(
        champion=sides[0],
        challenger=sides[1],
        leads=leads,
        converted=won,
        rows=leads,
        as_registered=0,
        chance=CHANCE,
        difference=Interval((low + high) / 2, low, high),
    )


@pytest.mark.parametrize(
    ("low", "high", "outcome", "words"),
    [
        (-0.03, -0.01, Outcome.PROMOTE, "is better"),
        (-0.03, 0.0, Outcome.PROMOTE, "is not worse"),
        (-0.001, TOLERATED, Outcome.PROMOTE, "is not worse"),
        (0.0001, TOLERATED, Outcome.PROMOTE, "is not worse"),
        (0.0001, TOLERATED + 0.0001, Outcome.REFUSE, "is worse"),
        (0.01, 0.03, Outcome.REFUSE, "is worse"),
        (0.0, TOLERATED + 0.0001, Outcome.UNDECIDED, "do not tell"),
        (-0.03, 0.03, Outcome.UNDECIDED, "do not tell"),
    ],
)
def test_the_interval_of_the_difference_decides(low, high, outcome, words) -> None:
    verdict = decide(found(low, high))
    assert verdict.outcome is outcome
    assert words in verdict.why


@pytest.mark.parametrize("won", [0, 29, 1_000 - 29, 1_000])
def test_fewer_than_thirty_leads_of_either_outcome_decide_nothing(won: int) -> None:
    verdict = decide(found(-0.03, -0.01, won=won))
    assert verdict.outcome is Outcome.UNDECIDED
    assert f"{won} converted and {1_000 - won} did not" in verdict.why


def test_thirty_of_either_are_enough() -> None:
    assert decide(found(-0.03, -0.01, won=30, leads=60)).outcome is Outcome.PROMOTE


@pytest.mark.parametrize("challenger", [OFF, MEAN_OFF], ids=["in groups", "in its mean"])
def test_a_miscalibrated_challenger_is_refused_though_its_log_loss_is_lower(challenger) -> None:
    verdict = decide(found(-0.03, -0.01, challenger=challenger))
    assert verdict.outcome is Outcome.REFUSE
    assert "miscalibrated" in verdict.why
    assert f"{LARGEST_ERROR:.3f} allowed" in verdict.why


def test_a_miscalibrated_challenger_may_take_the_place_of_a_miscalibrated_champion() -> None:
    assert decide(found(-0.03, -0.01, champion=OFF, challenger=OFF)).outcome is Outcome.PROMOTE


def test_where_few_convert_less_error_is_allowed() -> None:
    slight = {"bias": Interval(0.0, -0.01, 0.01), "calibration_error": Interval(0.04, 0.03, 0.05)}
    assert decide(found(-0.03, -0.01, won=300, challenger=slight)).outcome is Outcome.PROMOTE
    verdict = decide(found(-0.03, -0.01, won=50, challenger=slight))
    assert verdict.outcome is Outcome.REFUSE
    assert f"{0.5 * 50 / 1_000:.3f} allowed" in verdict.why


ends = st.floats(-1, 1)


@given(ends, ends, ends, st.integers(0, 1_000))
def test_more_in_favour_of_the_challenger_never_decides_against_it(low, high, less, won) -> None:
    """As the interval moves down, its width the same, a promotion stays one."""
    low, high = min(low, high), max(low, high)
    if decide(found(low, high, won=won)).outcome is Outcome.PROMOTE:
        assert decide(found(low - abs(less), high - abs(less), won=won)).outcome is Outcome.PROMOTE


# Evidence from pairs


def pairs(champion: float, challenger: float, n: int = 4_000, seed: int = 0, rows_a_lead: int = 1) -> Pairs:
    """Leads that convert by ``expit(size)``, given ``expit(b * size)`` by either; ``champion``, ``challenger``: b."""
    random = np.random.default_rng(seed)
    size = np.repeat(random.uniform(-3, 3, n), rows_a_lead)
    converted = np.repeat(random.uniform(size=n), rows_a_lead) < expit(size)
    whose = np.repeat(np.arange(n), rows_a_lead)
    rows = Rows(converted.astype(np.int64), whose, np.zeros(n * rows_a_lead, np.int64))
    return Pairs(rows, expit(champion * size), expit(challenger * size), 0)


@pytest.mark.parametrize(
    ("champion", "challenger", "outcome"),
    [(3.0, 1.0, Outcome.PROMOTE), (1.0, 1.0, Outcome.PROMOTE), (1.0, 3.0, Outcome.REFUSE)],
)
def test_the_truth_takes_the_place_of_what_is_too_sure_and_not_the_other_way_round(champion, challenger, outcome):
    assert decide(evidence(pairs(champion, challenger), "1", "2")).outcome is outcome


def test_few_leads_do_not_tell_two_good_ones_apart() -> None:
    assert decide(evidence(pairs(1.0, 0.7, n=150), "1", "2")).outcome is Outcome.UNDECIDED


def test_the_difference_is_the_challenger_s_mean_loss_minus_the_champion_s() -> None:
    rows = Rows(np.array([1, 0]), np.arange(2), np.zeros(2, np.int64))
    found = evidence(Pairs(rows, np.array([0.5, 0.5]), np.array([0.8, 0.4]), 1), "1", "2")
    assert found.difference.value == pytest.approx((-np.log(0.8) - np.log(0.6)) / 2 - -np.log(0.5))
    assert found.chance == pytest.approx(-np.log(0.5))
    assert (found.champion.log_loss, found.leads, found.converted, found.as_registered) == (
        pytest.approx(-np.log(0.5)), 2, 1, 1,
    )  # fmt: skip


def test_the_same_two_the_other_way_round_differ_by_the_same() -> None:
    forth, back = evidence(pairs(1.0, 2.0), "1", "2").difference, evidence(pairs(2.0, 1.0), "2", "1").difference
    assert forth == pytest.approx((-back.value, -back.high, -back.low))


def test_reading_each_lead_again_makes_nothing_surer() -> None:
    once, often = (evidence(pairs(1.0, 1.5, n=500, rows_a_lead=k), "1", "2") for k in (1, 4))
    assert (often.leads, often.rows) == (500, 2_000)
    assert often.difference == pytest.approx(once.difference)
    assert often.challenger.bias == pytest.approx(once.challenger.bias)


def test_the_interval_of_a_mean_is_that_of_student() -> None:
    values = np.random.default_rng(0).normal(size=20)
    from scipy.stats import ttest_1samp

    low, high = ttest_1samp(values, 0).confidence_interval(0.95)
    assert mean_of_leads(values, np.arange(20)) == pytest.approx((values.mean(), low, high))


# What cannot be compared


def test_the_same_conversion_within_the_same_horizon_can_be_compared(make_card) -> None:
    assert not_comparable(make_card().agreement, make_card().agreement) == ""


def test_another_horizon_cannot(make_card) -> None:
    why = not_comparable(make_card(horizon=30.0).agreement, make_card(horizon=90.0).agreement)
    assert "'Customer within 30 days' and 'Customer within 90 days'" in why

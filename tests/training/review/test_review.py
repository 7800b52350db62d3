"""Verdicts and missing rules, on histories whose truth is known."""

import numpy as np
import pytest

from features.agreement import Fact, Points
from features.errors import DataError
from training.madeup import truth
from training.review.review import review
from training.review.verdicts import AGAINST


def verdicts(found) -> list[str]:
    return [rule.verdict for rule in found.rules]


# Verdicts


def test_a_rule_that_is_right_agrees(history, held, asks) -> None:
    leads = history(4000)
    leads.yes_no("a", points=10)
    assert verdicts(held(leads, asks("a", 10))) == ["agrees"]


def test_the_interval_holds_the_true_points(history, held, asks) -> None:
    leads = history(4000)
    leads.yes_no("a", points=10)
    (rule,) = held(leads, asks("a", 10)).rules
    assert rule.low < 10 < rule.high


@pytest.mark.parametrize(("agreed", "verdict"), [(20, "too high"), (1, "too low"), (-8, "contradicts")])
def test_a_rule_that_is_wrong_is_said_to_be(history, held, asks, agreed, verdict) -> None:
    leads = history(4000)
    leads.yes_no("a", points=10)
    assert verdicts(held(leads, asks("a", agreed))) == [verdict]


def test_a_rule_that_takes_away_too_much_is_too_low(history, held, asks) -> None:
    leads = history(4000)
    leads.yes_no("a", points=-5)
    assert verdicts(held(leads, asks("a", -20))) == ["too low"]


def test_a_rule_that_is_off_by_less_than_anybody_would_change_agrees_however_many_leads_there_are(
    history, held, asks
) -> None:
    leads = history(60_000)
    leads.yes_no("a", points=11.5)
    (rule,) = held(leads, asks("a", 10)).rules
    assert rule.low > 10
    assert rule.verdict == "agrees"


def test_few_leads_are_not_enough(history, held, asks) -> None:
    leads = history(3000)
    leads.yes_no("a", points=10, share=0.005)
    assert verdicts(held(leads, asks("a", 10))) == ["not enough leads"]


def test_points_for_each_are_learned_per_each(history, held, counts) -> None:
    leads = history(6000)
    leads.counted("visits", each=6)
    (rule,) = held(leads, counts("visits", 6)).rules
    assert (rule.low < 6 < rule.high, rule.verdict) == (True, "agrees")


def test_the_margin_of_points_for_each_is_that_of_the_whole(history, held, counts) -> None:
    leads = history(3000)
    leads.counted("visits", each=1)
    (rule,) = held(leads, counts("visits", 1, most=3)).rules
    assert rule.margin == 3 / 3  # 3 points at most, where 10 points double the odds


# What a rule is adjusted for


def test_what_goes_along_with_a_rule_is_not_held_against_it(history, held, asks) -> None:
    leads = history(6000)
    strong = leads.yes_no("strong", points=20)
    leads.yes_no("follower", share=np.where(strong, 0.8, 0.2))
    found = held(leads, asks("strong", 20), asks("follower", 0))
    assert verdicts(found) == ["agrees", "agrees"]


def test_what_goes_along_with_a_fact_that_has_no_rule_is_not_held_against_it(history, held, asks) -> None:
    leads = history(6000)
    strong = leads.yes_no("strong", points=20)
    leads.yes_no("follower", share=np.where(strong, 0.8, 0.2))
    assert verdicts(held(leads, asks("follower", 0))) == ["agrees"]


def test_a_base_rate_that_moves_is_not_held_against_a_rule_of_late_leads(history, held, asks) -> None:
    leads = history(6000)
    when = np.linspace(0, 1, 6000)
    leads.log_odds += 2 * when
    leads.yes_no("late", share=0.1 + 0.8 * when)
    assert verdicts(held(leads, asks("late", 0))) == ["agrees"]


def test_leads_that_are_read_several_times_do_not_count_several_times(
    history, make_dataset, make_agreement, asks
) -> None:
    leads = history(1500)
    leads.yes_no("a", points=10)
    won, agreement = leads.outcomes(), make_agreement(fit=[asks("a", 10)])
    once = make_dataset(won, a=leads.columns["a"])
    four = make_dataset(
        np.repeat(won, 4).tolist(),
        leads=np.repeat(range(1500), 4).tolist(),
        a=np.repeat(leads.columns["a"], 4).tolist(),
    )
    (one,), (same,) = review(once, agreement).rules, review(four, agreement).rules
    assert (same.leads, same.converted) == (one.leads, one.converted)
    assert (same.low, same.high) == pytest.approx((one.low, one.high), abs=0.2)


def test_a_copy_of_a_rules_own_fact_takes_nothing_from_the_rule(history, held, asks) -> None:
    leads = history(4000)
    leads.yes_no("a", points=20)
    alone = held(leads, asks("a", 0)).rules
    leads = history(4000)
    leads.yes_no("a", points=20)
    leads.columns["copy"] = list(leads.columns["a"])
    assert held(leads, asks("a", 0)).rules == alone


# How often rules fire


def test_leads_that_meet_a_rule_are_counted_with_their_conversions(history, held, asks) -> None:
    leads = history(400, base=0.0)
    has = leads.yes_no("a")
    leads.log_odds[:] = np.where(has, 50.0, -50.0)  # who has it converts, nobody else does
    (rule,) = held(leads, asks("a", 10)).rules
    assert (rule.leads, rule.converted, rule.leads_in_all) == (has.sum(), has.sum(), 400)


def test_a_rule_that_nobody_meets_never_fires(history, held, asks) -> None:
    leads = history(500)
    leads.columns["a"] = [None] * 499 + ["no"]
    (rule,) = held(leads, asks("a", 10)).rules
    assert (rule.fires, rule.verdict, np.isnan(rule.learned)) == ("never", "not enough leads", True)


def test_a_rule_that_nearly_everybody_meets_is_said_to_fire_nearly_always(history, held, asks) -> None:
    leads = history(500)
    leads.columns["a"] = [None] * 25 + ["yes"] * 475
    (rule,) = held(leads, asks("a", 10)).rules
    assert rule.fires == "nearly always"


# Missing rules


def test_a_strong_fact_without_a_rule_is_found(history, held, asks) -> None:
    leads = history(4000)
    leads.yes_no("a", points=10)
    leads.yes_no("b", points=15)
    (missing,) = held(leads, asks("a", 10)).missing
    assert missing.fact.fact == "b"
    assert missing.rules[0].low < 15 < missing.rules[0].high


def test_what_merely_goes_along_with_a_rule_is_not_missing(history, held, asks) -> None:
    leads = history(6000)
    strong = leads.yes_no("strong", points=20)
    leads.yes_no("follower", share=np.where(strong, 0.8, 0.2))
    assert held(leads, asks("strong", 20)).missing == ()


def test_of_two_facts_that_say_the_same_one_is_missing(history, held, asks) -> None:
    leads = history(4000)
    leads.yes_no("a", points=10)
    leads.yes_no("b", points=15)
    leads.columns["b_again"] = list(leads.columns["b"])
    assert len(held(leads, asks("a", 10)).missing) == 1


def test_a_fact_that_moves_leads_by_less_than_anybody_would_change_is_not_missing(history, held, asks) -> None:
    leads = history(40_000)
    leads.yes_no("a", points=10)
    leads.yes_no("b", points=2)
    assert held(leads, asks("a", 10)).missing == ()


def test_a_missing_number_gets_points_by_range(history, held, asks) -> None:
    leads = history(6000)
    leads.yes_no("a", points=10)
    size = leads.random.uniform(0, 100, leads.leads)
    leads.log_odds += np.where(size >= 75, 15 * np.log(2) / 10, 0)
    leads.columns["size"] = size.tolist()
    (missing,) = held(leads, asks("a", 10)).missing
    (condition,) = missing.fact.points
    assert (condition.at_least, condition.below) == (pytest.approx(75, abs=3), None)


def test_a_missing_rule_has_the_points_of_history_in_few_digits(history, held, asks) -> None:
    leads = history(4000)
    leads.yes_no("a", points=10)
    leads.yes_no("b", points=15)
    (missing,) = held(leads, asks("a", 10)).missing
    assert missing.fact.points == (Points(equals="yes", points=float(round(missing.rules[0].learned))),)


# The whole


def test_an_agreement_without_rules_is_reviewed_for_what_is_missing(history, held) -> None:
    leads = history(3000)
    leads.yes_no("b", points=15)
    found = held(leads)
    assert (found.rules, [m.fact.fact for m in found.missing]) == ((), ["b"])


def test_too_few_conversions_are_refused(history, held, asks) -> None:
    leads = history(200, base=-4.0)
    leads.yes_no("a")
    with pytest.raises(DataError, match="too thin"):
        held(leads, asks("a", 10))


def test_the_same_history_gives_the_same_review(history, held, asks) -> None:
    def once():
        leads = history(800)
        leads.yes_no("a", points=10)
        leads.counted("b", each=5)
        return held(leads, asks("a", 10))

    assert once() == once()


def test_intervals_hold_the_truth_about_as_often_as_they_say(history, held, asks, counts) -> None:
    inside = []
    for seed in range(80):
        leads = history(400, seed=seed)
        leads.yes_no("a", points=10)
        leads.yes_no("b", points=-10, share=0.2)
        leads.counted("c", each=4)
        found = held(leads, asks("a", 10), asks("b", -10), counts("c", 4))
        inside += [rule.low <= rule.agreed <= rule.high for rule in found.rules]
    error = np.sqrt(0.9 * 0.1 / len(inside))
    assert abs(np.mean(inside) - 0.9) < 3 * error


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4])
def test_of_the_made_up_company_the_wrong_and_the_missing_rule_are_found_and_no_other(seed, reviewed_company) -> None:
    found = reviewed_company(seed)
    assert [rule.rule.fact.fact for rule in found.against] == [truth.WRONG_RULE]
    assert [missing.fact.event for missing in found.missing] == [truth.MISSING_EVENT]


def test_nothing_without_an_effect_is_missing_in_the_made_up_company(madeup_review) -> None:
    missing = {m.fact.fact for m in madeup_review.missing}
    assert missing <= {"trial_started_30d"}


def test_no_rule_but_the_wrong_one_is_spoken_against_in_the_made_up_company(madeup_review) -> None:
    against = {rule.rule.fact.fact for rule in madeup_review.rules if rule.verdict in AGAINST}
    assert against <= {truth.WRONG_RULE}


def test_a_fact_that_is_counted_knows_its_cap(madeup_review) -> None:
    (missing,) = madeup_review.missing
    assert missing.fact.cap == missing.fact.points_each


def test_the_rule_of_a_missing_fact_reads_what_the_fact_reads(madeup_review) -> None:
    (missing,) = madeup_review.missing
    assert isinstance(missing.fact, Fact)
    assert (missing.fact.event, missing.fact.window_days) == (truth.MISSING_EVENT, 30)

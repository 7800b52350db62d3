"""The proposed agreement: what it changes, what it leaves alone, and that it loads."""

from datetime import date

import pytest

from features.agreement import Agreement, Fact, Points
from features.errors import AgreementError
from features.loading import agreement_from_text
from training.review.proposal import propose
from training.review.review import Missing, Review
from training.review.rules import rules_of, rules_of_fact
from training.review.verdicts import Reviewed

ON = date(2026, 11, 20)
SOURCE = """\
# what we agreed on
agreement: test
version: "3"
agreed_on: 2026-01-01
signatures:
  - {name: Ada, role: marketing, on: 2026-01-01}
conversion: {definition: buys, stage: Customer, horizon_days: 30}
points_double_odds: 10
fit:
  - fact: industry # who they are
    field: industry
    points:
      - {equals: software, points: 10, why: most of our customers}
      - {equals: retail, points: 4}
interest:
  - fact: visits
    event: visit
    points_each: 5
    cap: 15

stages:
  - {stage: Lead, definition: a name, owner: marketing}
  - {stage: MQL, definition: worth a call, owner: marketing, threshold: 9}
  - {stage: Customer, definition: bought, owner: sales, gate: paid}

examples:
  - name: a visitor
    lead: {industry: software}
    events: [{type: visit, times: 2}]
    score: 20 # 10 + 2 x 5
    stage: MQL
  - name: a retailer
    lead: {industry: retail}
    score: 4
    stage: Lead
"""
AGREEMENT = agreement_from_text(SOURCE)


def reviewed(learned: dict[str, float], verdict: str = "too high", missing: tuple[Missing, ...] = ()) -> Review:
    """A review that speaks against the rules named, with these points, and agrees with the others."""
    rules = [
        Reviewed(rule, 100, 20, 400, points, points - 2, points + 2, 3.0 if rule.place is not None else 1.0, said)
        for rule in rules_of(AGREEMENT)
        for points in [learned.get(rule.condition, rule.agreed)]
        for said in [verdict if rule.condition in learned else "agrees"]
    ]
    return Review(AGREEMENT, tuple(rules), missing, 400, 80)


def proposed(review: Review) -> Agreement:
    proposal = propose(SOURCE, review, ON)
    assert proposal is not None
    assert agreement_from_text(proposal.text) == proposal.agreement
    return proposal.agreement


def trials() -> Missing:
    fact = Fact(fact="trials_30d", event="trial", window_days=30.0, points_each=22.0, cap=22.0)
    (rule,) = rules_of_fact("interest", fact)
    return Missing(fact, (Reviewed(rule, 90, 40, 400, 22.3, 19.0, 25.0, 3.0, "too low"),), 0.02, 0.003)


def test_nothing_is_proposed_where_every_rule_agrees() -> None:
    assert propose(SOURCE, reviewed({}), ON) is None


def test_a_rule_that_history_speaks_against_gets_the_learned_points_in_whole_ones() -> None:
    assert proposed(reviewed({"software": 2.6})).fit[0].points[0].points == 3


def test_a_rule_that_there_are_not_enough_leads_for_keeps_its_points() -> None:
    assert propose(SOURCE, reviewed({"software": 2.6}, "not enough leads"), ON) is None


def test_the_reason_says_what_history_gave_and_keeps_the_old_one() -> None:
    why = proposed(reviewed({"software": 2.6})).fit[0].points[0].why
    assert why == "most of our customers; history gives 2.6 (0.6 to 4.6) from 100 leads, 10 were agreed"


def test_a_changed_fact_applies_from_the_day_of_the_proposal() -> None:
    assert proposed(reviewed({"software": 2.6})).fit[0].since == ON


def test_the_cap_keeps_the_count_that_it_allowed() -> None:
    visits = proposed(reviewed({"each, at most 15": 2.2})).interest[0]
    assert (visits.points_each, visits.cap) == (2, 2 * 15 / 5)


def test_points_that_round_to_none_have_no_cap() -> None:
    visits = proposed(reviewed({"each, at most 15": 0.3})).interest[0]
    assert (visits.points_each, visits.cap) == (0, None)


def test_nothing_else_changes() -> None:
    after = proposed(reviewed({"retail": -6.0}, "contradicts"))
    assert after.stages == AGREEMENT.stages
    assert after.interest == AGREEMENT.interest
    assert after.fit[0].points[0] == AGREEMENT.fit[0].points[0]


def test_the_version_says_that_it_is_proposed_and_nobody_has_signed_it() -> None:
    after = proposed(reviewed({"software": 2.6}))
    assert (after.version, after.signatures) == ("3 (proposed)", ())


def test_comments_and_all_other_lines_stay() -> None:
    proposal = propose(SOURCE, reviewed({"retail": -6.0}, "contradicts"), ON)
    gone = [line for line in SOURCE.splitlines() if line not in proposal.text.splitlines()]
    changed = ["version", "signatures", "Ada", "equals: retail, points: 4", "score: 4"]
    assert [any(word in line for word in changed) for line in gone] == [True] * 5


def test_a_missing_rule_is_added_with_its_window_and_cap() -> None:
    (_, added) = proposed(reviewed({}, missing=(trials(),))).interest
    assert (added.event, added.window_days, added.points_each, added.cap) == ("trial", 30, 22, 22)
    assert added.why == "no rule so far; history gives 22.3 (19.0 to 25.0) from 90 leads"


def test_a_missing_text_is_added_with_a_condition_for_each_value() -> None:
    fact = Fact(fact="source", field="source", points=(Points(equals="fair", points=9.0),))
    (rule,) = rules_of_fact("fit", fact)
    found = Missing(fact, (Reviewed(rule, 90, 40, 400, 9.2, 6.0, 12.0, 3.0, "too low"),), 0.02, 0.003)
    added = proposed(reviewed({}, missing=(found,))).fit[-1]
    assert added.points[0] == Points(equals="fair", points=9, why="history gives 9.2 (6.0 to 12.0) from 90 leads")


def test_a_missing_rule_makes_the_list_that_it_belongs_to() -> None:
    without = SOURCE[: SOURCE.index("interest:")] + SOURCE[SOURCE.index("stages:") :].split("examples:", maxsplit=1)[0]
    agreement = agreement_from_text(without)
    proposal = propose(without, Review(agreement, (), (trials(),), 400, 80), ON)
    assert [fact.fact for fact in proposal.agreement.interest] == ["trials_30d"]


def test_worked_examples_are_stated_anew() -> None:
    proposal = propose(SOURCE, reviewed({"software": 2.6}), ON)
    assert [(e.score, e.stage) for e in proposal.agreement.examples] == [(3 + 2 * 5, "MQL"), (4, "Lead")]
    assert proposal.restated == ("a visitor",)


def test_the_words_say_every_change() -> None:
    words = propose(SOURCE, reviewed({"software": 2.6}), ON).words
    assert "industry: software gives 3 points instead of 10" in words


def test_the_diff_holds_the_changed_lines() -> None:
    lines = propose(SOURCE, reviewed({}, missing=(trials(),)), ON).diff.splitlines()
    assert {'-version: "3"', '+version: "3 (proposed)"', "+  - fact: trials_30d"} <= set(lines)


def test_a_proposal_by_which_nobody_could_reach_a_stage_is_refused() -> None:
    with pytest.raises(AgreementError, match="no lead can reach"):
        propose(SOURCE, reviewed({"software": 2.6, "each, at most 15": 0.3}), ON)

"""Two scorecards compared: what differs in words, and which leads stand in another stage."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from features.agreement import Agreement, Fact, Points, Stage
from features.engines.sources import Tables
from features.moments import moment
from serving.batch import read_leads
from serving.scorer import Scorer
from training.comparison.cards import compare_cards, title
from training.comparison.points import changes
from training.comparison.stage_moves import stage_moves
from training.scorecard import Scorecard, Table, rules_only

AS_OF = "2026-09-01T12:00:00Z"


@pytest.fixture
def make_pointed(make_agreement):
    """A scorecard of one fact, industry, that history counts wholly: so many points for software."""

    def make(points: float, bags: tuple[float, ...] = (), spread: float = 1.0, **more) -> Scorecard:
        fact = Fact(fact="industry", field="industry", points=(Points(equals="software", points=10.0),))
        card = rules_only(make_agreement(fit=[fact]))
        table = Table(
            values=("software",), points=(points,), missing=0.0, other=0.0, bags=tuple((b, 0.0, 0.0) for b in bags)
        )
        learned = {"tables": {"industry": table}, "base_bags": (0.0,) * len(bags), "spread": spread}
        return replace(card, weight_of_history=1.0, scale_b=0.05, **learned | more)

    return make


def test_a_scorecard_does_not_differ_from_itself(card) -> None:
    assert compare_cards(card, card).none


def test_the_title_says_what_was_learned_from(card, rules_card) -> None:
    assert title(card).startswith(f"madeup version 1 (trained {card.history.trained_at[:10]} on ")
    assert "no history" in title(rules_card)


# Points


def test_points_that_changed_are_said_with_what_they_were(make_pointed) -> None:
    (change,) = changes(make_pointed(10.0), make_pointed(14.0))
    assert change.sentence == "industry: software gives +14.0 instead of +10.0 (chance: ±0.0)"


@pytest.mark.parametrize(("after", "said"), [(10.4, False), (10.6, True)])
def test_less_than_half_a_point_is_not_said(make_pointed, after, said) -> None:
    assert bool(changes(make_pointed(10.0), make_pointed(after))) is said


@pytest.mark.parametrize(("after", "said"), [(14.0, False), (15.0, True)])
def test_what_chance_may_have_done_is_not_said(make_pointed, after, said) -> None:
    """Bags 9, 10, 11 have a standard deviation of 1; twice that, at 90 %, for both: 1.645 * 2 * sqrt(2) = 4.65."""
    before, now = (make_pointed(p, bags=(p - 1, p, p + 1), spread=2.0) for p in (10.0, after))
    assert bool(changes(before, now)) is said


def test_the_value_that_changed_most_stands_for_its_fact(make_agreement) -> None:
    rows = {"a": (1.0, 3.0), "b": (1.0, 9.0), "c": (1.0, 1.0)}

    def made(which: int) -> Scorecard:
        points = tuple(Points(equals=name, points=p[which]) for name, p in rows.items())
        return rules_only(make_agreement(fit=[Fact(fact="kind", field="kind", points=points)]))

    (change,) = changes(made(0), made(1))
    assert (change.value, change.others) == ("b", 1)
    assert change.sentence.endswith("; 1 more value")


def test_a_fact_that_is_read_otherwise_is_said_and_its_points_are_not(make_agreement) -> None:
    before, after = (
        rules_only(make_agreement(fit=[Fact(fact="size", field=f, points_each=e)]))
        for f, e in (("staff", 1.0), ("n", 5.0))
    )
    found = compare_cards(before, after)
    assert found.facts == ["read otherwise: size is n instead of staff"]
    assert found.points == []


# The rest


def test_facts_that_come_and_go_are_said(make_pointed, make_agreement) -> None:
    before, other = make_pointed(10.0), rules_only(make_agreement(interest=[Fact(fact="visits", event="page_view")]))
    assert compare_cards(before, other).facts == ["no longer read: industry", "newly read: visits, page_view events"]


def test_weight_base_and_scale_are_said(make_pointed) -> None:
    stages = (
        Stage(stage="Lead", definition="a name", owner="marketing"),
        Stage(stage="MQL", definition="good", owner="marketing", threshold=20.0),
        Stage(stage="Customer", definition="bought", owner="sales", gate="paid"),
    )
    agreement = replace(make_pointed(10.0).agreement, stages=stages)
    before, after = (
        make_pointed(10.0, agreement=agreement, learned_base=b, scale_a=a) for b, a in ((2.0, -1.0), (3.0, 0.0))
    )
    after = replace(after, weight_of_history=0.5)
    assert compare_cards(before, after).scale == [
        "history counts 50% instead of 100%",
        "a lead of whom nothing is known has 1.5 points instead of 2.0",
        "20 points (MQL) mean a probability of 73.1% instead of 50.0%",
    ]


def test_what_the_agreement_says_otherwise_is_said_as_agreement_diff_does(make_pointed) -> None:
    before = make_pointed(10.0)
    after = replace(before, agreement=replace(before.agreement, points_double_odds=20.0))
    assert compare_cards(before, after).agreement == ["the odds of converting double with 20 points instead of 10"]


# Stages


@pytest.fixture(scope="module")
def tables(madeup_home: Path) -> Tables:
    folder = madeup_home / "madeup"
    return Tables(folder / "leads.csv", folder / "events.csv", folder / "outcomes.csv")


@pytest.fixture(scope="module")
def stricter(card: Scorecard) -> Scorecard:
    """The champion with an MQL that needs five points more."""
    stages = tuple(
        replace(s, threshold=s.threshold + 5.0) if s.stage == "MQL" and s.threshold else s
        for s in card.agreement.stages
    )
    agreement: Agreement = replace(card.agreement, stages=stages)
    return replace(card, agreement=agreement, agreement_hash=agreement.content_hash())


def test_leads_move_as_the_score_endpoint_would_have_them(card, stricter, tables) -> None:
    found = stage_moves(card, stricter, tables, moment(AS_OF))
    leads = read_leads(card, tables)
    stages = [
        [scorer.answer(lead, moment(AS_OF), with_moves=False)["stage"] for lead in leads]
        for scorer in (Scorer(card), Scorer(stricter))
    ]
    moved = [(lead.lead_id, a, b) for lead, a, b in zip(leads, *stages, strict=True) if a != b]
    assert [(m.lead_id, m.before, m.after) for m in found.moved] == moved
    assert moved
    assert found.counts == {s: (stages[0].count(s), stages[1].count(s)) for s in found.stages}
    assert found.leads == len(leads)


def test_those_who_enter_and_leave_make_up_the_difference(card, stricter, tables) -> None:
    found = stage_moves(card, stricter, tables, moment(AS_OF))
    for stage, (before, after) in found.counts.items():
        assert after - before == len(found.entering(stage)) - len(found.leaving(stage))


def test_nobody_moves_between_a_scorecard_and_itself(card, tables) -> None:
    assert stage_moves(card, card, tables, moment(AS_OF)).moved == []


def test_a_scorecard_that_reads_no_fact_has_every_lead_where_it_begins(card, tables) -> None:
    agreement = replace(card.agreement, fit=(), interest=(), exclusions=(), fast_tracks=())
    found = stage_moves(rules_only(agreement), card, tables, moment(AS_OF))
    assert found.counts[found.stages[0]][0] == found.leads > 0


def test_points_of_fit_and_interest_move_leads_too(card, tables) -> None:
    on_fit = tuple(replace(s, on="fit") if s.stage == "MQL" else s for s in card.agreement.stages)
    agreement = replace(card.agreement, stages=on_fit)
    other = replace(card, agreement=agreement, agreement_hash=agreement.content_hash())
    found = stage_moves(card, other, tables, moment(AS_OF))
    lead = next(lead for lead in read_leads(card, tables) if lead.lead_id == found.moved[0].lead_id)
    assert Scorer(other).answer(lead, moment(AS_OF), with_moves=False)["stage"] == found.moved[0].after

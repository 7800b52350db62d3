"""A scorecard under another agreement: history says what it said, whatever else was agreed."""

from math import log
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from features.agreement import Agreement, Bounds, Fact
from features.catalog import Feature, Pair, Source
from features.points import added
from features.reference import Reader
from features.tables import Lead
from serving.batch import read_leads
from serving.bulk.tables import find_tables
from training.additive import AdditiveScorer, Scored
from training.carried import carried, what_is_carried
from training.scorecard import Scorecard, Table, decode, encode, rules_only

AS_OF = 1_788_264_000_000_000  # 2026-09-01T12:00:00Z


@pytest.fixture(scope="module")
def leads(madeup_home: Path, card: Scorecard) -> list[Lead]:
    return read_leads(card, find_tables(card, madeup_home / "madeup", None).tables)[::150]


def scored(card: Scorecard, lead: Lead) -> Scored:
    reader = Reader(card.features, card.missing_values, card.agreement)
    return AdditiveScorer(card).one(reader.read(lead, AS_OF))


def by_history(card: Scorecard, lead: Lead) -> float:
    """The log-odds by history alone."""
    return card.scale_a + card.scale_b * (card.learned_base + added(scored(card, lead).learned))


def named(agreement: Agreement, version: str = "2026-11", **changes: object) -> Agreement:
    return replace(agreement, version=version, examples=(), **changes)


@st.composite
def versions(draw: st.DrawFn, agreement: Agreement) -> Agreement:
    """Another version: facts that go, come, are read or judged otherwise; another currency, cap and range."""
    fit = [f for f in agreement.fit if draw(st.booleans())]
    interest = [f for f in agreement.interest if draw(st.booleans())]
    if draw(st.booleans()):
        interest = [replace(f, window_days=draw(st.sampled_from([7.0, 30.0, 90.0]))) for f in interest]
    if draw(st.booleans()):
        fit = [replace(f, points=tuple(replace(p, points=2 * p.points) for p in f.points)) for f in fit]
    if draw(st.booleans()):
        interest.append(Fact(fact="trials", event="trial_started", window_days=30.0, points_each=4.0))
    return named(
        agreement,
        fit=tuple(fit),
        interest=tuple(interest),
        points_double_odds=draw(st.sampled_from([5.0, 10.0, 17.0])),
        largest_weight_of_history=draw(st.sampled_from([0.0, 0.3, 1.0])),
        bounds=draw(st.sampled_from([None, Bounds(low=0.0, high=60.0)])),
    )


@settings(max_examples=40)
@given(data=st.data())
def test_history_alone_gives_every_lead_the_probability_that_it_gave(
    data: st.DataObject, card: Scorecard, leads: list[Lead]
) -> None:
    after = carried(card, data.draw(versions(card.agreement)))
    for lead in leads:
        assert by_history(after, lead) == pytest.approx(by_history(card, lead), abs=1e-9)


@settings(max_examples=40)
@given(data=st.data())
def test_terms_still_sum_to_the_score_and_the_file_can_be_read(
    data: st.DataObject, card: Scorecard, leads: list[Lead]
) -> None:
    agreement = data.draw(versions(card.agreement))
    after = decode(encode(carried(card, agreement)))
    assert (after.agreement_hash, after.model_version) == (agreement.content_hash(), "1+2026-11")
    assert after.weight_of_history <= agreement.largest_weight_of_history
    for lead in leads:
        one = scored(after, lead)
        assert one.base + added(one.points) + one.cut == pytest.approx(one.score, abs=1e-9)


def test_the_same_agreement_leaves_a_scorecard_as_it_is(card: Scorecard) -> None:
    assert carried(card, card.agreement) is card


def test_a_scorecard_that_is_carried_twice_names_the_version_that_was_trained(card: Scorecard) -> None:
    twice = carried(carried(card, named(card.agreement)), named(card.agreement, "2026-12"))
    assert twice.model_version == "1+2026-12"


def test_points_that_are_worth_twice_as_much_are_half_as_many(card: Scorecard) -> None:
    after = carried(card, named(card.agreement, points_double_odds=card.agreement.points_double_odds / 2))
    assert after.scale_b == card.scale_b * 2
    assert after.tables["employees"].points == tuple(p / 2 for p in card.tables["employees"].points)


def test_rules_without_history_take_the_new_scale(rules_card: Scorecard) -> None:
    agreement = named(rules_card.agreement, points_double_odds=5.0)
    after = carried(replace(rules_card, name="ours", missing_values=("Select",)), agreement)
    assert after == replace(rules_only(agreement, ("Select",)), name="ours")
    assert after.scale_b == pytest.approx(log(2) / 5)


def test_a_fact_that_left_the_agreement_stays_as_a_learned_one(card: Scorecard) -> None:
    agreement = named(card.agreement, fit=card.agreement.fit[1:])
    after = carried(card, agreement)
    assert after.tables["industry"] == card.tables["industry"]
    assert "industry" not in {f.fact for _, f in after.agreement.facts}
    assert "industry: no longer agreed; what history says of it stays" in what_is_carried(card, agreement)


def test_a_fact_that_is_read_otherwise_keeps_its_table_beside_the_new_reading(card: Scorecard) -> None:
    changed = [replace(f, window_days=7.0) if f.fact == "webinars" else f for f in card.agreement.interest]
    agreement = named(card.agreement, interest=tuple(changed))
    after = carried(card, agreement)
    windows = {f.name: f.source.window_days for f in after.features}
    assert (windows["webinars"], windows["webinars_before"]) == (7.0, 60.0)
    assert "webinars" not in after.tables
    assert after.tables["webinars_before"] == card.tables["webinars"]
    assert any(
        told.startswith("webinars attended in 60 days: read otherwise now") for told in what_is_carried(card, agreement)
    )


def test_a_fact_under_another_name_takes_its_table_along(card: Scorecard) -> None:
    first, *rest = card.agreement.fit
    after = carried(card, named(card.agreement, fit=(replace(first, fact="branch"), *rest)))
    assert after.tables["branch"] == card.tables["industry"]
    assert "industry" not in after.tables


def test_a_new_fact_counts_by_the_share_of_what_is_agreed(card: Scorecard) -> None:
    trials = Fact(fact="trials", event="trial_started", points_each=4.0)
    agreement = named(card.agreement, interest=(*card.agreement.interest, trials))
    after = carried(card, agreement)
    position = next(i for i, f in enumerate(after.features) if f.name == "trials")
    agreed, learned, points = AdditiveScorer(after).terms_of(position, 2.0)
    assert (agreed, learned, points) == (8.0, 0.0, pytest.approx((1 - card.weight_of_history) * 2 * 4))
    assert "trials: history knows nothing of it yet" in what_is_carried(card, agreement)


def test_history_never_counts_more_than_is_agreed(card: Scorecard) -> None:
    agreement = named(card.agreement, largest_weight_of_history=0.25)
    assert carried(card, agreement).weight_of_history == 0.25
    assert any(told.startswith("history counts 25% instead of") for told in what_is_carried(card, agreement))


def test_what_was_learned_for_another_conversion_does_not_count(card: Scorecard) -> None:
    agreement = named(card.agreement, conversion=replace(card.agreement.conversion, stage="Opportunity"))
    after = carried(card, agreement)
    assert (after.weight_of_history, after.tables, after.history) == (0.0, {}, None)
    assert after.model_version == "1+2026-11"
    assert "another conversion" in what_is_carried(card, agreement)[0]


def test_a_pair_is_made_of_the_facts_that_history_read(card: Scorecard) -> None:
    pair = Feature(
        name="both",
        label="both",
        kind="fit",
        type="text",
        source=Source(pair=Pair(first="industry", second="webinars", second_cuts=(1.0,))),
    )
    table = Table(values=("software × from 1",), points=(7.0,), missing=0.0, other=0.0)
    paired = replace(card, features=(*card.features, pair), tables=card.tables | {"both": table}, base_bags=())
    paired = replace(paired, tables={name: replace(t, bags=()) for name, t in paired.tables.items()})
    changed = [replace(f, window_days=7.0) if f.fact == "webinars" else f for f in card.agreement.interest]
    after = carried(paired, named(card.agreement, interest=tuple(changed)))
    made = after.features[-1].source.pair
    assert made is not None
    assert (made.first, made.second) == ("industry", "webinars_before")
    assert decode(encode(after)).tables["both"].points == (7.0,)


@pytest.mark.parametrize(("doubled", "stays"), [(False, True), (True, False)])
def test_a_fact_made_of_agreed_points_goes_when_these_change(card: Scorecard, doubled: bool, stays: bool) -> None:
    total = Feature(name="total", label="total", kind="fit", type="number", source=Source(points_of="fit"))
    table = Table(cuts=(20.0,), points=(-1.0, 1.0), missing=0.0, other=0.0)
    made = replace(card, features=(*card.features, total), tables=card.tables | {"total": table})
    first, *rest = card.agreement.fit
    points = tuple(replace(p, points=2 * p.points) for p in first.points) if doubled else first.points
    after = carried(made, named(card.agreement, fit=(replace(first, points=points), *rest)))
    assert ("total" in after.tables) is stays

"""What leads look like to a scorecard, and that what moved the mean score adds up."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from features.agreement import Bounds
from features.catalog import Feature, Pair, Source
from features.columns import Texts
from features.errors import ScorecardError
from training.additive import AdditiveScorer
from training.drift.bins import NEW, UNKNOWN, bin_names
from training.drift.facts import fact_drifts
from training.drift.profile import decode, encode, profile_of, reference_of, worth_of
from training.drift.scores import CUT, score_drift

ROWS = st.lists(st.integers(0, 999), min_size=1, max_size=25)
BOUNDS = st.sampled_from((None, Bounds(low=0.0, high=30.0), Bounds(low=20.0, high=25.0)))


def part(data, rows: list[int]):
    return data.take(np.array(rows, dtype=np.intp) % len(data))


def mean_score(card, data) -> float:
    return float(AdditiveScorer(card).many(data.columns, terms=False).score.mean())


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(earlier=ROWS, later=ROWS, bounds=BOUNDS)
def test_the_facts_shifts_add_up_to_that_of_the_mean_score(
    champion, leads_learned_from, earlier, later, bounds
) -> None:
    """shift of the mean score = sum of the facts' mean shifts + shift of the cut, for any leads and bounds."""
    agreement = replace(champion.card.agreement, bounds=bounds)
    card = replace(champion.card, agreement=agreement, agreement_hash=agreement.content_hash())
    first, second = part(leads_learned_from, earlier), part(leads_learned_from, later)
    before = profile_of(card, first)
    after = profile_of(card, second, before)
    drift = score_drift(card, before, after, fact_drifts(card, before, after))
    assert before.mean_score == pytest.approx(mean_score(card, first), abs=1e-9)
    assert sum(p.shift for p in drift.parts) == pytest.approx(
        mean_score(card, second) - mean_score(card, first), abs=1e-9
    )


def test_the_cut_by_bounds_is_a_part_of_its_own(champion, leads_learned_from) -> None:
    agreement = replace(champion.card.agreement, bounds=Bounds(low=0.0, high=20.0))
    card = replace(champion.card, agreement=agreement)
    before = profile_of(card, leads_learned_from)
    drift = score_drift(card, before, before, fact_drifts(card, before, before))
    assert [p.shift for p in drift.parts if p.label == CUT] == [0.0]
    assert before.cut < 0


def test_every_row_is_in_one_bin_of_every_fact(champion, leads_learned_from) -> None:
    profile = profile_of(champion.card, leads_learned_from)
    n = len(leads_learned_from)
    assert {sum(fact.rows) for fact in profile.facts.values()} == {n}
    assert (sum(profile.score.rows), sum(profile.score.steps)) == (n, n)


def test_a_numbers_ranges_are_few_and_none_is_thin(champion, leads_learned_from) -> None:
    employees = profile_of(champion.card, leads_learned_from).facts["employees"]
    *ranges, unknown, new = employees.rows
    assert len(ranges) == len(employees.cuts) + 1 <= 12
    assert min(ranges[:-1]) >= sum(ranges) / 12 - 1
    assert (unknown > 0, new) == (True, 0)


def test_a_text_that_was_not_there_is_counted_as_new(champion, leads_learned_from) -> None:
    before = profile_of(champion.card, leads_learned_from)
    at = [f.name for f in champion.card.features].index("industry")
    n = len(leads_learned_from)
    strange = Texts(np.zeros(n, dtype=np.int32), ("space travel",))
    columns = (*leads_learned_from.columns[:at], strange, *leads_learned_from.columns[at + 1 :])
    object.__setattr__(changed := leads_learned_from.take(np.arange(n)), "columns", columns)
    assert profile_of(champion.card, changed, before).facts["industry"].rows[-1] == n


def test_a_pair_is_counted_though_its_column_is_left_out(champion, leads_learned_from) -> None:
    pair = Pair(first="industry", second="seniority")
    both = Feature(name="both", label="both", kind="fit", type="text", source=Source(pair=pair))
    card = replace(champion.card, features=(*champion.card.features, both))
    fact = profile_of(card, leads_learned_from).facts["both"]
    assert any("software" in value for value in fact.values)
    assert sum(fact.rows) == len(leads_learned_from)


def test_bins_are_named_by_their_ranges_and_values(champion) -> None:
    features = {f.name: f for f in champion.card.features}
    assert bin_names(features["employees"], (50.0,), ()) == ["below 50", "from 50", UNKNOWN, NEW]
    assert bin_names(features["industry"], (), ("retail",)) == ["retail", UNKNOWN, NEW]


def test_rows_of_a_lead_are_worth_one_lead() -> None:
    # leads of 2, 2 and 4 rows: (2 + 2 + 4)² / (2² + 2² + 4²)
    assert worth_of(np.array([0, 0, 1, 1, 2, 2, 2, 2])) == 8**2 / 24


# What is kept with a version


def test_the_profile_of_the_leads_learned_from_is_kept_with_the_run(champion, leads_learned_from) -> None:
    assert champion.reference == reference_of(champion.card, leads_learned_from)


def test_the_share_that_converts_is_kept_by_month(champion, leads_learned_from) -> None:
    periods = champion.reference.periods
    assert [p.name for p in periods] == sorted({p.name for p in periods})
    assert champion.reference.converted == pytest.approx(leads_learned_from.converted.mean())


def test_what_is_kept_reads_back_as_it_was(champion) -> None:
    assert decode(encode(champion.reference), champion.card) == champion.reference


def test_what_is_kept_of_other_facts_or_damaged_is_refused(champion) -> None:
    fewer = replace(champion.card, features=champion.card.features[:-1])
    with pytest.raises(ScorecardError, match="of other facts"):
        decode(encode(champion.reference), fewer)
    with pytest.raises(ScorecardError, match="cannot read"):
        decode(encode(champion.reference)[:-5], champion.card)

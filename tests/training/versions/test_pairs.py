"""Leads on which two versions are compared: the same for both, in the same form, new to both."""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import DataError
from features.moments import DAY
from training.predictions import order_of, predictions_table
from training.promotion.pairs import Contender, pairs_of_leads, pairs_of_runs
from training.registry.versions import Version


@pytest.fixture
def make_contender(make_card):
    """A version by what it has learned until: as registered, and as tested; tested on leads, if any."""

    def make(registered: float | None, tested: float | None, leads=None, b: float = 1.0, tested_b: float = 1.0):
        cards = make_card(b=b, until=registered), make_card(b=tested_b, until=tested)
        kept = None if leads is None else predictions_table(leads, {"blend": np.full(len(leads), 0.5)})
        return Contender(Version("leadscore-test", "1", "run"), *cards, kept)

    return make


def pair(champion, challenger, leads):
    return pairs_of_leads(champion, challenger, lambda card: leads)


# Scored anew


def test_leads_that_came_after_both_were_trained_are_scored_as_registered(make_contender, make_leads) -> None:
    champion, challenger = make_contender(40, 20, b=2.0), make_contender(50, 30, b=3.0)
    pairs = pair(champion, challenger, make_leads(100))
    after = pairs.as_registered
    assert after == 100 - 50
    size = make_leads(100).columns[0].values[50:]
    assert pairs.champion[-after:] == pytest.approx(1 / (1 + np.exp(-2.0 * size)))
    assert pairs.challenger[-after:] == pytest.approx(1 / (1 + np.exp(-3.0 * size)))


def test_leads_that_came_before_are_scored_by_both_as_tested(make_contender, make_leads) -> None:
    champion, challenger = make_contender(40, 20, tested_b=2.0), make_contender(50, 30, tested_b=3.0)
    pairs = pair(champion, challenger, make_leads(100))
    size = make_leads(100).columns[0].values[30:50]
    assert pairs.leads == 100 - 30
    assert pairs.champion[:20] == pytest.approx(1 / (1 + np.exp(-2.0 * size)))
    assert pairs.challenger[:20] == pytest.approx(1 / (1 + np.exp(-3.0 * size)))


def test_a_lead_that_either_had_learned_from_as_tested_is_left_out(make_contender, make_leads) -> None:
    for champion, challenger in ((60, 10), (10, 60)):
        pairs = pair(make_contender(90, champion), make_contender(95, challenger), make_leads(80))
        assert pairs.leads == 80 - 60


def test_there_may_be_no_lead_that_is_new_to_both(make_contender, make_leads) -> None:
    assert pair(make_contender(90, 80), make_contender(95, 85), make_leads(80)).leads == 0


def test_a_version_that_does_not_say_until_when_it_learned_has_no_new_leads(make_contender, make_leads) -> None:
    assert pair(make_contender(None, None), make_contender(50, 30), make_leads(80)).leads == 0


def test_a_lead_whose_outcome_has_not_come_yet_is_left_out(make_contender, make_leads) -> None:
    leads = make_leads(100)
    leads = replace(leads, when=leads.when * DAY, decided=np.full(100, np.nan), known_until=100.0 * DAY)
    champion, challenger = make_contender(40.0 * DAY, 20.0 * DAY), make_contender(50.0 * DAY, 30.0 * DAY)
    pairs = pair(champion, challenger, leads)
    assert pairs.leads == 100 - 30 - 30  # the horizon is 30 days
    assert pairs.as_registered == 70 - 50


def test_outcomes_are_those_of_the_leads(make_contender, make_leads) -> None:
    leads = make_leads(100)
    pairs = pair(make_contender(40, 20), make_contender(50, 30), leads)
    assert pairs.rows.converted.tolist() == leads.converted[30:].tolist()


def test_a_lead_belongs_where_it_was_first_read(make_contender, make_dataset) -> None:
    """Its later snapshots are no evidence on who has learned from the first."""
    leads = make_dataset([0, 0, 1, 1], when=[10, 60, 70, 80], leads=[1, 2, 1, 3], size=[1.0, 2.0, 3.0, 1.0])
    pairs = pair(make_contender(50, 50), make_contender(50, 50), leads)
    assert pairs.leads == 2
    assert len(pairs.champion) == 2
    assert pairs.rows.converted.tolist() == [0, 1]


def test_rows_of_a_lead_are_counted_as_one_lead(make_contender, make_dataset) -> None:
    leads = make_dataset([0, 1, 1], when=[60, 70, 80], leads=[1, 2, 1], size=[1.0, 2.0, 3.0])
    pairs = pair(make_contender(50, 50), make_contender(50, 50), leads)
    assert (pairs.leads, len(pairs.champion), pairs.as_registered) == (2, 3, 2)


def test_each_version_reads_its_own_facts(make_contender, make_leads) -> None:
    champion, challenger = make_contender(0, 0), make_contender(0, 0, b=2.0)
    ours, theirs = make_leads(50, seed=1), make_leads(50, seed=2)
    pairs = pairs_of_leads(champion, challenger, lambda card: theirs if card is champion.registered else ours)
    assert pairs.champion == pytest.approx(1 / (1 + np.exp(-theirs.columns[0].values)))
    assert pairs.challenger == pytest.approx(1 / (1 + np.exp(-2.0 * ours.columns[0].values)))


def test_other_leads_under_the_same_names_are_refused(make_contender, make_leads) -> None:
    champion = make_contender(0, 0, leads=make_leads(100, seed=1))
    with pytest.raises(DataError, match="not the leads that version 1 was tested on") as error:
        pair(champion, make_contender(0, 0), make_leads(100, seed=2))
    assert "had converted then" in error.value.got


def test_leads_that_converted_since_are_the_same_leads(make_contender, make_leads) -> None:
    leads = make_leads(100)
    then = leads.converted.copy()
    then[:90] = 0
    champion = make_contender(0, 0, leads=make_leads(100).__class__(**{**vars(leads), "converted": then}))
    assert pair(champion, make_contender(0, 0), leads).leads == 100


# As both runs kept it


def test_runs_are_paired_on_the_leads_that_both_tested_on(make_contender, make_leads) -> None:
    champion = make_contender(0, 0, leads=make_leads(60, first=1))
    challenger = make_contender(0, 0, leads=make_leads(60, first=41))
    assert pairs_of_runs(champion, challenger).leads == 60 - 40


def test_runs_without_predictions_have_no_pairs(make_contender, make_leads) -> None:
    kept, none = make_contender(0, 0, leads=make_leads(60)), make_contender(0, 0)
    for champion, challenger in ((kept, none), (none, kept), (none, none)):
        assert pairs_of_runs(champion, challenger).leads == 0


def test_the_outcome_is_the_newer_run_s(make_contender, make_dataset) -> None:
    before = make_dataset([0, 0], when=[1, 2], size=[1.0, 2.0])
    after = make_dataset([0, 1], when=[1, 2], size=[1.0, 2.0])
    pairs = pairs_of_runs(make_contender(0, 0, leads=before), make_contender(0, 0, leads=after))
    assert pairs.rows.converted.tolist() == [0, 1]


# What is kept


def test_predictions_hold_ids_moments_outcomes_and_probabilities_only(make_leads) -> None:
    leads = make_leads(3)
    table = predictions_table(leads, {"blend": np.full(3, 0.5), "rules only": np.full(3, 0.4)})
    assert list(table) == ["lead_id", "when", "converted", "blend", "rules_only"]
    assert order_of(table).tolist() == leads.when.tolist()


def test_moments_are_kept_to_the_microsecond(tmp_path, make_dataset) -> None:
    import pandas as pd

    at = 1_790_000_000_123_457.0
    leads = make_dataset([0, 1], when=[at, at + 1], size=[1.0, 2.0])
    leads = leads.__class__(**{**vars(leads), "dated": True})
    predictions_table(leads, {}).to_parquet(tmp_path / "p.parquet")
    assert order_of(pd.read_parquet(tmp_path / "p.parquet")).tolist() == [at, at + 1]

"""The whole watch on the made-up company: planted drift is found, and nothing where nothing was planted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import ConfigError, DataError
from features.moments import iso
from training.additive import AdditiveScorer
from training.drift.champion import champion_of
from training.drift.facts import fact_drifts
from training.drift.profile import profile_of, reference_of
from training.drift.report import CHARTS, alarms, charts, facts_table, sentences, verdict
from training.drift.scores import Part, score_drift
from training.drift.watch import watch
from training.leads import Leads
from training.registry.place import Registry

CONFIG = Path(__file__).parents[3] / "training" / "madeup" / "train.yaml"


def fact(found, name: str):
    return next(f for f in found.drift.facts if f.fact == name)


# Nothing planted


@pytest.fixture(scope="module")
def calm(watched):
    """Newer leads of the same company."""
    return watched()


def test_leads_of_the_same_kind_raise_no_alarm(calm) -> None:
    assert list(alarms(calm.drift)) == []
    assert not calm.drift.matters
    assert verdict(calm.drift).startswith("Nothing drifted that matters")


def test_they_are_compared_with_the_leads_learned_from(calm, champion) -> None:
    kept = champion.reference
    assert calm.before == kept
    assert calm.drift.reference.startswith(f"{kept.leads:,} leads that it learned from, {iso(int(kept.begins))[:10]}")


def test_leads_whose_horizon_has_not_passed_are_watched_too(calm) -> None:
    assert calm.drift.rows > len(calm.finished) > 0
    assert calm.after.ends > calm.finished.at.max()


def test_probabilities_are_those_of_the_champion_and_so_it_is_said(calm, champion) -> None:
    assert set(calm.finished.versions) == {"1"}
    assert not calm.finished.served
    assert any("computed again as of their moments" in said for said in sentences(calm))
    assert calm.drift.calibration[0].tested_auc == champion.card.history.metrics["auc"]


def test_leads_that_may_have_been_learned_from_are_told(calm) -> None:
    assert any("flatter its calibration" in note for note in calm.drift.notes)


def test_every_picture_can_be_drawn(calm) -> None:
    assert tuple(charts(calm)) == CHARTS
    assert all(chart.to_dict() for chart in charts(calm).values())


def test_the_shares_of_a_fact_sum_to_the_whole(calm) -> None:
    for drift in calm.drift.facts:
        assert sum(b.before for b in drift.bins) == pytest.approx(1)
        assert sum(b.after for b in drift.bins) == pytest.approx(1)
    assert len(facts_table(calm.drift)) == sum(len(f.bins) for f in calm.drift.facts)


def test_two_halves_of_the_same_leads_hardly_ever_raise_an_alarm(champion, leads_learned_from) -> None:
    random, surely = np.random.default_rng(0), 0
    for _ in range(20):
        rows = random.permutation(len(leads_learned_from))
        halves = [leads_learned_from.take(np.sort(half)) for half in np.array_split(rows, 2)]
        before = reference_of(champion.card, halves[0])
        after = profile_of(champion.card, halves[1], before)
        facts = fact_drifts(champion.card, before, after)
        surely += any(f.surely for f in facts)
        assert not any(f.matters for f in facts)
        assert not score_drift(champion.card, before, after, facts).matters
    assert surely <= 1


# Planted drift


def test_a_field_that_is_no_longer_filled_is_found(watched, with_column) -> None:
    found = watched(lambda company: with_column(company, "industry", None, 0.4))
    industry = fact(found, "industry")
    assert industry.matters
    assert industry.most.name == "unknown"
    assert industry.most.after - industry.most.before == pytest.approx(0.4 * (1 - industry.most.before), abs=0.05)
    assert "the share of 'unknown' rose from" in industry.sentence
    assert [f.fact for f in found.drift.facts if f.matters] == ["industry"]


def test_a_shifted_mix_is_found_with_the_points_that_it_moves(watched, with_column, champion) -> None:
    found = watched(lambda company: with_column(company, "industry", "hospitality", 0.5))
    industry = fact(found, "industry")
    scorer, at = AdditiveScorer(champion.card), [f.name for f in champion.card.features].index("industry")
    assert industry.matters
    assert industry.shift < 0 < -scorer.terms_of(at, "hospitality")[2]
    assert found.drift.score.parts[0] == Part(industry.label, industry.shift)
    assert found.drift.matters
    assert f"moves scores by {industry.shift:+.1f} points on average" in industry.sentence


def test_a_drift_that_moves_no_score_is_said_but_does_not_matter(watched, with_column) -> None:
    found = watched(lambda company: with_column(company, "country", "Poland", 0.5))
    country = fact(found, "country")
    assert (country.surely, country.matters) == (True, False)
    assert any(said.startswith("Drifted too") and country.label in said for said in sentences(found))


def test_a_break_of_the_base_rate_is_found_from_its_month_on(watched, fewer_wins) -> None:
    found = watched(lambda company: fewer_wins(company, "2026-01-01", 0.75))
    level = found.drift.level
    assert level.matters
    assert level.since >= "2025-10"
    assert level.odds < 1
    assert not any(f.matters for f in found.drift.facts)
    assert any("The level broke: since" in said for said in alarms(found.drift))


def test_served_scores_are_held_against_what_came(watched, tmp_path, newer) -> None:
    """What was served: the true probabilities at the reviews, which hold, and such with higher odds, which do not."""
    truth, last = newer.truth, newer.outcomes["at"].max()
    log_odds = np.log(truth["probability"] / (1 - truth["probability"]))
    for name, shift, holds in (("true", 0.0, True), ("off", 1.5, False)):
        given = 1 / (1 + np.exp(-(log_odds + shift)))
        table = {"lead_id": truth["lead_id"], "probability": given, "as_of": truth["as_of"], "model_version": "6"}
        pd.DataFrame(table).to_parquet(tmp_path / f"{name}.parquet")
        found = watched(scores=tmp_path / f"{name}.parquet")
        known = truth["converted"].notna() & (truth["as_of"] + pd.Timedelta(days=90) <= last)
        assert len(found.finished) == known.sum()
        assert found.finished.converted.sum() == truth["converted"][known].sum()
        (version,) = found.drift.calibration
        assert (version.version, version.current, version.matters) == ("6", True, not holds)
        assert found.drift.level.matters is not holds


# What it is compared with, and since when


def test_without_a_kept_profile_earlier_leads_of_the_data_are_taken(champion, madeup_home) -> None:
    leads, bare = Leads(CONFIG, madeup_home / "madeup"), champion._replace(reference=None)
    found = watch(leads, bare)
    assert found.before.facts == champion.reference.facts
    assert "earlier leads of the data" in found.drift.reference


def test_recent_are_leads_after_the_last_learned_from_and_none_of_them_has_finished(champion, madeup_home) -> None:
    found = watch(Leads(CONFIG, madeup_home / "madeup"), champion)
    assert found.after.begins > champion.reference.ends
    assert (len(found.finished), found.drift.level, found.drift.calibration) == (0, None, ())
    assert any("no recent lead has finished its horizon; the first will have on" in n for n in found.drift.notes)
    assert all(chart.to_dict() for chart in charts(found).values())


def test_without_recent_leads_there_is_nothing_to_watch(watched) -> None:
    with pytest.raises(DataError, match="there is no lead from 2030-01-01 on") as refused:
        watched(since="2030-01-01")
    assert refused.value.got.startswith("the last lead is of 2026-")


def test_without_anything_to_compare_with_it_says_so(watched, champion, newer, madeup_home) -> None:
    with pytest.raises(DataError, match="nothing to compare with"):
        watch(Leads(CONFIG, madeup_home / "madeup"), champion._replace(reference=None), since="2025-01-01")


def test_an_adopted_agreement_is_watched_since_a_moment(rules_card, madeup_home, tmp_path) -> None:
    from training.scorecard import save

    save(rules_card, tmp_path / "scorecard.json")
    adopted = champion_of(Registry.embedded(tmp_path), tmp_path, "madeup")
    leads = Leads(CONFIG, madeup_home / "madeup")
    with pytest.raises(ConfigError, match="nothing says since when leads are recent"):
        watch(leads, adopted)
    found = watch(leads, adopted, since="2026-03-01")
    assert found.drift.version == "rules"
    assert found.before.ends < found.after.begins


def test_a_configuration_that_predicts_something_else_is_refused(champion, tmp_path, madeup_home) -> None:
    text = (CONFIG.parent / "agreement.yaml").read_text("utf-8")
    (tmp_path / "agreement.yaml").write_text(text.replace("horizon_days: 90", "horizon_days: 30"), "utf-8")
    (tmp_path / "train.yaml").write_text(CONFIG.read_text("utf-8"), "utf-8")
    with pytest.raises(ConfigError, match="not of this champion"):
        watch(Leads(tmp_path / "train.yaml", madeup_home / "madeup"), champion)


# When an outcome is known


def test_of_a_flat_export_every_outcome_is_final_unless_it_says_when_they_came(make_dataset) -> None:
    data = make_dataset([0, 1, 0], when=[0.0, 1.0, 2.0], industry=["a", "b", "a"])
    assert data.has_finished(90).tolist() == [True, True, True]
    dated = replace(data, decided=np.array([np.nan, 1.5, np.nan]), known_until=90 * 86_400e6 + 1.0)
    assert dated.has_finished(90).tolist() == [True, True, False]


def test_of_events_an_outcome_is_known_when_the_horizon_has_passed(make_dataset) -> None:
    data = make_dataset([0, 1, 0], horizon=5.0, when=[0.0, 1.0, 2.0], industry=["a", "b", "a"])
    assert replace(data, known_until=6.0).has_finished(90).tolist() == [True, True, False]

"""Retraining by the clock: only when enough has matured, one at a time, promoted by evidence alone."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from features.errors import DataError
from training.leads import Leads
from training.promotion.promote import promote
from training.promotion.verdict import Outcome
from training.registry.champion import roll_back
from training.registry.lock import BusyError, alone
from training.registry.place import Registry
from training.registry.versions import find, listed
from training.retraining import HELD, Retrained, counted, retrain
from training.scorecard import load

NAME = "leadscore-shop"
CONFIG = """\
name: shop
agreement: agreement.yaml
leads: {file: leads.csv, id: lead}
order: {column: created}
outcome: {column: bought, positive: ["yes"]}
train_share: 0.5
derive_features: false
learner: {bags: 2, bins: 8, folds: 2, jobs: 1}
"""
AGREEMENT = """\
agreement: shop
version: "1"
agreed_on: 2026-01-01
conversion: {definition: buys, stage: Customer, horizon_days: 30}
points_double_odds: 10
fit: [{fact: size, field: size, points_each: 5}]
stages:
  - {stage: Lead, definition: a name, owner: marketing}
  - {stage: Customer, definition: bought, owner: sales, gate: paid}
"""
LEADS = 600


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Leads]:
    """A shop's export with its first so many leads, one a day."""
    random = np.random.default_rng(5)
    size, lot = random.uniform(-3, 3, LEADS).round(2), random.uniform(size=LEADS)
    bought = np.where(lot < 1 / (1 + np.exp(-size)), "yes", "no")
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(LEADS)]
    rows = [f"L-{i},{day},{s},{b}\n" for i, (day, s, b) in enumerate(zip(days, size, bought, strict=True))]

    def export(leads: int, change: Callable[[str], str] = str) -> Leads:
        folder = tmp_path_factory.mktemp("shop")
        (folder / "train.yaml").write_text(CONFIG, "utf-8")
        (folder / "agreement.yaml").write_text(AGREEMENT, "utf-8")
        (folder / "leads.csv").write_text("lead,created,size,bought\n" + "".join(map(change, rows[:leads])), "utf-8")
        return Leads(folder / "train.yaml")

    return export


@pytest.fixture(scope="module")
def grown(shop, template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Retrained]]:
    """A home, and what became of retraining as the export grew."""
    home = tmp_path_factory.mktemp("grown")
    (home / "mlflow.db").write_bytes(template.read_bytes())
    return home, [retrain(shop(n), home) for n in (400, 400, 403, 600)]


def test_the_first_time_it_trains_and_promotes(grown) -> None:
    first = grown[1][0]
    assert (first.news.leads, first.promotion.promoted, first.result.role) == (400, True, "champion")


def test_the_same_export_holds_nothing_new(grown) -> None:
    again = grown[1][1]
    assert (again.news.leads, again.news.changed, again.news.enough) == (0, 0, False)
    assert (again.result, again.promotion) == (None, None)


def test_less_than_one_lead_in_a_hundred_is_too_little(grown) -> None:
    assert grown[1][2].news[:3] == (403 - 400, 0, 400 // 100)
    assert grown[1][2].result is None


def test_enough_new_leads_are_learned_from_and_the_new_version_is_decided_on(grown) -> None:
    home, steps = grown
    last = steps[3]
    assert last.news.leads == 200
    assert last.promotion.champion.version == "1"
    assert last.promotion.verdict.outcome is Outcome.PROMOTE, last.promotion.verdict.why
    assert load(home / "scorecard.json").model_version == "2"


def test_it_is_decided_on_leads_that_neither_had_learned_from(grown) -> None:
    """The champion was tested on leads 200 to 399, the challenger on 300 to 599."""
    evidence = grown[1][3].promotion.verdict.evidence
    assert (evidence.leads, evidence.as_registered) == (600 - 300, 0)


@pytest.fixture(scope="module")
def after_a_rollback(grown, shop, copy_home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Retrained]:
    """A home in which the champion came back by a rollback, and what became of retraining there."""
    home = tmp_path_factory.mktemp("rolled_back")
    copy_home(grown[0], home)
    roll_back(Registry.embedded(home), NAME, home, reason="calls dropped")
    return home, retrain(shop(600), home, at_least=0)


def test_after_a_rollback_the_next_promotion_is_left_to_people(after_a_rollback) -> None:
    home, done = after_a_rollback
    assert done.promotion.verdict.outcome is Outcome.PROMOTE
    assert (done.promotion.promoted, done.held) == (False, HELD)
    assert load(home / "scorecard.json").model_version == "1"
    assert find(Registry.embedded(home), NAME, "challenger").version == "3"


def test_people_promote_it_then(after_a_rollback, copy_home, tmp_path) -> None:
    copy_home(after_a_rollback[0], tmp_path)
    assert promote(Registry.embedded(tmp_path), NAME, tmp_path).promoted


# What is new


def test_leads_after_the_last_one_learned_from_are_new(make_card, make_leads) -> None:
    leads = make_leads(100)
    card = history(make_card(), leads=60, converted=int(leads.converted[:60].sum()), known_until=60.0)
    assert counted(leads, card) == (40, 0, 60)


def test_leads_that_were_tested_on_and_never_learned_from_are_not_new(
    shop, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Without the last fit on all, a version has learned from half of the leads: one more is no reason to repeat it."""
    home = tmp_path_factory.mktemp("tested_only")
    (home / "mlflow.db").write_bytes(template.read_bytes())
    exports = [shop(n) for n in (400, 401)]
    for leads in exports:
        leads.path.write_text(CONFIG + "fit_on_all: false\n", "utf-8")
    first, again = (retrain(leads, home) for leads in exports)
    assert first.result.card.history.leads == 200
    assert again.news[:3] == (1, 0, 200 // 100)
    assert again.result is None


def test_outcomes_that_changed_since_count_too(make_card, make_leads) -> None:
    leads = make_leads(100)
    card = history(make_card(), leads=100, converted=int(leads.converted.sum()) - 7, known_until=100.0)
    assert counted(leads, card) == (0, 7, 100)


def test_leads_of_the_same_moment_that_were_not_learned_from_have_not_changed(make_card, make_dataset) -> None:
    leads = make_dataset([0, 1, 1, 1], when=[1.0, 2.0, 2.0, 2.0], size=[1.0, 2.0, 3.0, 4.0])
    assert counted(leads, history(make_card(), leads=2, converted=1, known_until=2.0), 2.0) == (0, 0, 2)


def test_leads_whose_horizon_had_not_passed_then_are_new(make_card, make_dataset) -> None:
    """Outcomes were known up to day 40, of leads read up to day 10."""
    leads = make_dataset([0, 1, 1], horizon=30.0, when=[10.0, 20.0, 40.0], size=[1.0, 2.0, 3.0])
    assert counted(leads, history(make_card(), leads=1, converted=0, known_until=40.0)) == (2, 0, 1)


def test_the_same_bytes_hold_nothing_new(make_card, make_leads) -> None:
    leads = make_leads(100)
    card = history(make_card(), leads=50, converted=0, known_until=50.0, data_fingerprint=leads.fingerprint)
    assert counted(leads, card) == (0, 0, 50)


def test_to_a_version_that_does_not_say_what_it_knew_all_is_new(make_card, make_leads) -> None:
    assert counted(make_leads(100), make_card(until=None)) == (100, 0, 0)


def history(card, **known):
    return replace(card, history=replace(card.history, **known))


# What goes wrong


def test_two_do_not_retrain_at_once(shop, tmp_path) -> None:
    with alone(tmp_path, "retrain"), pytest.raises(BusyError):
        retrain(shop(400), tmp_path)


def test_a_run_that_fails_leaves_the_champion_and_the_next_one_comes_through(grown, shop, copy_home, tmp_path) -> None:
    copy_home(grown[0], tmp_path)
    registry, before = Registry.embedded(tmp_path), (tmp_path / "scorecard.json").read_bytes()
    with pytest.raises(DataError):
        retrain(shop(600, lambda row: row.replace(",no", ",yes")), tmp_path, at_least=0)
    assert (tmp_path / "scorecard.json").read_bytes() == before
    assert [row.version.version for row in listed(registry, NAME)] == ["2", "1"]
    assert not retrain(shop(600), tmp_path).news.enough


def test_a_first_run_that_fails_registers_nothing(shop, tmp_path) -> None:
    with pytest.raises(DataError):
        retrain(shop(600, lambda row: row.replace(",no", ",yes")), tmp_path / "home")
    assert {p.name for p in (tmp_path / "home").iterdir()} == {".retrain.lock"}

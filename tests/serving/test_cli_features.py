"""``leadscore features``: list, show, check."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.catalog import Feature
from training.scorecard import Scorecard

Run = Callable[..., Any]
REPO = Path(__file__).parents[2]
AGREEMENT = REPO / "training" / "madeup" / "agreement.yaml"
CONFIG = REPO / "training" / "madeup" / "train.yaml"
CATALOG = """\
features:
  - name: order_value
    unit: EUR
    meaning: what they have bought so far
    source: {event: order, measure: sum, property: amount, window_days: 365}
  - {name: agreed_fit, source: {points_of: fit}}
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "features.yaml"
    path.write_text(CATALOG, "utf-8")
    return path


def rows(shown: str) -> list[list[str]]:
    """The cells of the rows of a table that begin with a name."""
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines() if line.startswith("│")]
    return [row for row in cells if row[0]]


def names(features: tuple[Feature, ...] | list[Feature]) -> list[str]:
    return [f.name for f in features]


def test_the_facts_of_an_agreement_are_listed(leadscore: Run, rules_card: Scorecard) -> None:
    shown = rows(leadscore("features", "list", AGREEMENT).out)
    assert [row[0] for row in shown] == names(rules_card.features)
    assert [row[1:4] for row in shown] == [[f.kind, f.type, f.source.table] for f in rules_card.features]


def test_the_facts_of_a_training_configuration_are_listed(leadscore: Run, rules_card: Scorecard) -> None:
    assert [row[0] for row in rows(leadscore("features", "list", CONFIG).out)] == names(rules_card.features)


def test_the_facts_of_the_scorecard_in_the_home_are_listed(leadscore: Run, madeup_home: Path, card: Scorecard) -> None:
    shown = rows(leadscore("features", "list", "--home", madeup_home).out)
    assert [row[0] for row in shown] == names(card.features)


def test_a_catalog_is_listed_alone_and_beside_an_agreement(
    leadscore: Run, catalog: Path, rules_card: Scorecard
) -> None:
    alone = rows(leadscore("features", "list", catalog).out)
    assert [row[0] for row in alone] == ["order_value", "agreed_fit"]
    assert alone[0][1:4] == ["interest", "number", "events"]
    assert alone[0][5] == "EUR"
    beside = rows(leadscore("features", "list", AGREEMENT, "--catalog", catalog).out)
    assert [row[0] for row in beside] == [*names(rules_card.features), "order_value", "agreed_fit"]


def test_a_file_without_facts_is_refused(leadscore: Run, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("a: 1\n", "utf-8")
    ran = leadscore("features", "list", tmp_path / "other.yaml")
    assert (ran.code, ran.err.splitlines()[0]) == (4, "leadscore: this is no file of facts")


def test_a_home_without_a_scorecard_is_said(leadscore: Run, tmp_path: Path) -> None:
    assert leadscore("features", "list", "--home", tmp_path).code == 8


def test_an_agreed_fact_is_shown_with_its_points(leadscore: Run) -> None:
    shown = leadscore("features", "show", "pricing_visits", AGREEMENT).out
    assert shown.startswith("pricing visits in 30 days (pricing_visits)")
    assert "read: page_view events with path starting with /pricing, in 30 days, halving every 14 days" in shown
    assert "each, at most 15" in shown
    assert "+5.0" in shown


def test_a_learned_fact_is_shown_with_every_row_of_its_table(
    leadscore: Run, madeup_home: Path, card: Scorecard
) -> None:
    for name in ("industry", "employees"):
        shown = leadscore("features", "show", name, "--home", madeup_home).out
        table = card.tables[name]
        assert all(f"{points:+.1f}" in shown for points in (*table.points, table.missing))
        assert f"History counts {card.weight_of_history:.0%}." in shown


def test_a_declared_fact_is_shown_with_its_meaning(leadscore: Run, catalog: Path) -> None:
    shown = leadscore("features", "show", "order_value", catalog).out
    assert "meaning: what they have bought so far" in shown
    assert "type: number (EUR)" in shown
    assert "No points are agreed for it." in shown


@pytest.fixture
def with_pair(catalog: Path) -> Path:
    """The catalog with a pair of an agreed fact and one of its own."""
    pair = "{first: industry, second: order_value, second_cuts: [100]}"
    catalog.write_text(f"{CATALOG}  - {{name: both, kind: fit, source: {{pair: {pair}}}}}\n", "utf-8")
    return catalog


def test_a_pair_is_listed_shown_and_checked(leadscore: Run, with_pair: Path) -> None:
    *_, listed = rows(leadscore("features", "list", AGREEMENT, "--catalog", with_pair).out)
    assert listed == ["both", "fit", "text", "facts", "industry × order_value (below 100, from 100)", ""]
    shown = leadscore("features", "show", "both", AGREEMENT, "--catalog", with_pair).out
    assert "made of two facts: industry × order_value (below 100, from 100)" in shown
    checked = leadscore("features", "check", with_pair, "--agreement", AGREEMENT)
    assert "3 facts (1 from events, 1 from agreement, 1 from facts)" in checked.out


def test_the_value_that_a_pair_has_for_one_lead_is_shown(leadscore: Run, with_pair: Path, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text("lead_id,industry\nL-1,Software\n", "utf-8")
    shown = leadscore(
        "features", "show", "both", AGREEMENT, "--catalog", with_pair, "--data", leads, "--lead", "L-1"
    ).out
    assert "value of lead L-1: software × below 100" in shown


def test_a_pair_of_what_is_no_fact_is_refused_with_the_line(leadscore: Run, with_pair: Path) -> None:
    with_pair.write_text(with_pair.read_text("utf-8").replace("first: industry", "first: industri"), "utf-8")
    ran = leadscore("features", "check", with_pair, "--agreement", AGREEMENT)
    assert ran.code == 4
    assert "features.yaml, line 7 (features[2].source.pair.first)" in ran.err
    assert "did you mean 'industry'?" in ran.err


def test_the_value_of_one_lead_is_shown(leadscore: Run, catalog: Path, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text(
        "lead_id,industry,employees,job_title,email\nL-1,software,320,Director,kim@acme.example\n", "utf-8"
    )
    options = ("--data", leads, "--lead", "L-1")
    assert "value of lead L-1: 320 people" in leadscore("features", "show", "employees", AGREEMENT, *options).out
    beside = leadscore("features", "show", "agreed_fit", AGREEMENT, "--catalog", catalog, *options)
    assert "value of lead L-1: " in beside.out
    unknown = leadscore("features", "show", "employees", AGREEMENT, "--data", leads, "--lead", "L-2")
    assert (unknown.code, unknown.err.splitlines()[0]) == (7, "leadscore: there is no lead 'L-2'")


def test_a_lead_without_data_is_wrong_usage(leadscore: Run) -> None:
    assert leadscore("features", "show", "employees", AGREEMENT, "--lead", "L-1").code == 2


def test_a_misspelt_name_is_refused_with_the_nearest(leadscore: Run) -> None:
    ran = leadscore("features", "show", "employes", AGREEMENT)
    assert ran.code == 4
    assert "did you mean 'employees'?" in ran.err


def test_check_says_what_holds(leadscore: Run, catalog: Path) -> None:
    ran = leadscore("features", "check", catalog, "--agreement", AGREEMENT)
    assert (ran.code, ran.out) == (0, "features.yaml holds together: 2 facts (1 from events, 1 from agreement).\n")


def test_check_refuses_with_the_line(leadscore: Run, catalog: Path) -> None:
    catalog.write_text(CATALOG.replace("points_of: fit", "points_of: fitt"), "utf-8")
    ran = leadscore("features", "check", catalog, "--agreement", AGREEMENT)
    assert ran.code == 4
    assert "features.yaml, line 6 (features[1].source.points_of)" in ran.err
    assert "did you mean 'fit'?" in ran.err

"""What is wrong with a training configuration is said with its line, before any data are read."""

from pathlib import Path

import pytest

from features.errors import ConfigError
from features.snapshots import Moments
from training.config import TrainConfig, load_config

FLAT = """\
name: test
agreement: agreement.yaml
order: {column: signed_up}
outcome: {column: bought}
"""
TABLES = """\
name: test
agreement: agreement.yaml
tables: {events: events.csv, outcomes: outcomes.csv, snapshots: {ages: [7]}}
"""


def refused(text: str, folder: Path) -> ConfigError:
    path = folder / "train.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(path)
    return error.value


@pytest.mark.parametrize("text", [FLAT, TABLES], ids=["flat", "tables"])
def test_a_few_lines_are_a_configuration(text, tmp_path) -> None:
    path = tmp_path / "train.yaml"
    path.write_text(text, "utf-8")
    assert isinstance(load_config(path), TrainConfig)


def test_an_unknown_key_is_refused_with_its_line_and_the_nearest_name(tmp_path) -> None:
    error = refused(FLAT + "knows_futur: {tags: set later}\n", tmp_path)
    assert error.what == "unknown key 'knows_futur'"
    assert error.where.startswith("train.yaml, line 5")
    assert error.do == "did you mean 'knows_future'?"


def test_an_unknown_key_within_a_part_is_refused_with_its_line(tmp_path) -> None:
    error = refused(FLAT + "learner:\n  bags: 4\n  seeds: 3\n", tmp_path)
    assert error.where.startswith("train.yaml, line 7")
    assert error.do == "did you mean 'seed'?"


def test_a_missing_key_is_named(tmp_path) -> None:
    error = refused(FLAT.replace("agreement: agreement.yaml\n", ""), tmp_path)
    assert error.what == "the key 'agreement' is missing"


def test_both_an_outcome_and_tables_are_refused(tmp_path) -> None:
    error = refused(TABLES + "outcome: {column: bought}\n", tmp_path)
    assert (error.what, error.got) == ("outcomes come either from a column or from a table", "both")


def test_neither_an_outcome_nor_tables_is_refused(tmp_path) -> None:
    error = refused("name: test\nagreement: agreement.yaml\n", tmp_path)
    assert error.got == "neither"


def test_leads_without_an_order_in_time_are_refused(tmp_path) -> None:
    error = refused(FLAT.replace("order: {column: signed_up}\n", ""), tmp_path)
    assert error.what == "the leads have no order in time"
    assert "order: {column: NAME}" in error.allowed


def test_two_orders_in_time_are_refused(tmp_path) -> None:
    error = refused(FLAT.replace("{column: signed_up}", "{column: signed_up, rows: true}"), tmp_path)
    assert error.where == "train.yaml, line 3 (order)"


@pytest.mark.parametrize(
    "line",
    ["train_share: 1", "train_share: 0", "learner: {bags: 1}", "learner: {folds: 1}", "learner: {bins: 3}"],
)
def test_numbers_that_make_no_sense_are_refused(line, tmp_path) -> None:
    assert refused(FLAT + line + "\n", tmp_path).where.startswith("train.yaml, line 5")


ALL = "ages: [7, 14.5], every_days: 14, most: 12, stage_changes: true, events: 3"


def test_all_kinds_of_moments_can_be_declared(tmp_path) -> None:
    (tmp_path / "train.yaml").write_text(TABLES.replace("ages: [7]", ALL), "utf-8")
    tables = load_config(tmp_path / "train.yaml").tables
    assert tables is not None
    assert tables.snapshots == Moments(ages=(7, 14.5), every_days=14, most=12, stage_changes=True, events=3)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ("ages: [7, 0]", "ages[1]"),
        ("ages: [-7]", "ages[0]"),
        ("ages: 7", "ages"),
        ("ages: [40000]", "ages[0]"),
        ("every_days: 0", "every_days"),
        ("every_days: -1", "every_days"),
        ("{every_days: 7, most: 0}", "most"),
        ("events: 0", "events"),
        ("stage_changes: 3", "stage_changes"),
    ],
)
def test_moments_that_make_no_sense_are_refused_with_their_line(wrong, where, tmp_path) -> None:
    error = refused(TABLES.replace("ages: [7]", wrong.strip("{}")), tmp_path)
    assert error.where == f"train.yaml, line 3 (tables.snapshots.{where})"


@pytest.mark.parametrize("nothing", ["", "ages: []", "stage_changes: false"])
def test_tables_without_a_moment_are_refused(nothing, tmp_path) -> None:
    error = refused(TABLES.replace("ages: [7]", nothing), tmp_path)
    assert error.what == "no moment is declared at which leads are read"
    assert error.where == "train.yaml, line 3 (tables.snapshots)"
    assert "ages: [21]" in error.do


def test_most_without_an_interval_is_refused(tmp_path) -> None:
    error = refused(TABLES.replace("ages: [7]", "ages: [7], most: 3"), tmp_path)
    assert error.where == "train.yaml, line 3 (tables.snapshots.most)"
    assert "every_days" in error.what


def test_the_key_of_before_is_refused(tmp_path) -> None:
    error = refused(TABLES.replace("snapshots: {ages: [7]}", "review_days: 7"), tmp_path)
    assert error.what == "unknown key 'review_days'"


def test_a_file_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(ConfigError, match="cannot read the file"):
        load_config(tmp_path / "train.yaml")


def test_a_catalog_beside_the_configuration_is_read_first(tmp_path) -> None:
    (tmp_path / "features.yaml").write_text("features:\n  - {name: visits, source: {event: visit}}\n", "utf-8")
    inline = "features:\n  - {name: staff, unit: people, source: {field: staff}}\n"
    (tmp_path / "train.yaml").write_text(FLAT + "catalog: features.yaml\n" + inline, "utf-8")
    declared = load_config(tmp_path / "train.yaml").declared
    assert [(f.name, f.kind, f.type) for f in declared] == [
        ("visits", "interest", "number"),
        ("staff", "fit", "number"),
    ]


def test_a_catalog_that_is_not_there_is_refused(tmp_path) -> None:
    assert refused(FLAT + "catalog: none.yaml\n", tmp_path).what == "cannot read the file"


def test_a_declared_fact_passes_the_checks_of_a_catalog(tmp_path) -> None:
    error = refused(FLAT + "features:\n  - {name: staff, source: {field: staff}}\n", tmp_path)
    assert error.what == "is 'staff' a number or a text?"
    assert error.where == "train.yaml, line 6 (features[0])"

"""What is wrong with a training configuration is said with its line, before any data are read."""

from pathlib import Path

import pytest

from features.errors import ConfigError
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
tables: {events: events.csv, outcomes: outcomes.csv, review_days: 7}
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


def test_a_review_after_no_days_is_refused(tmp_path) -> None:
    assert "review_days" in refused(TABLES.replace("review_days: 7", "review_days: 0"), tmp_path).where


def test_a_file_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(ConfigError, match="cannot read the file"):
        load_config(tmp_path / "train.yaml")

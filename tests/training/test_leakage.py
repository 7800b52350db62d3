"""Columns that know the future stop a run and are named; honest columns are let through."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import LeakageError
from features.loading import load_agreement
from training.assemble import load_dataset
from training.config import TrainConfig, load_config
from training.leakage import auc_alone, guard, suspicions
from training.reading import read_table

REPO = Path(__file__).parents[2]
MONTHS = "Jan Feb Mar Apr May June Jul Aug Sep Oct Nov Dec".split()
N = 1_000


def suspected(config_path: Path, leads: Path, **changes: Mapping[str, str]) -> set[str]:
    """The columns that the guard names when a configuration is changed."""
    config = load_config(config_path)
    fields = {name: getattr(config, name) for name in TrainConfig.__struct_fields__} | changes
    config = TrainConfig(**fields)
    agreement = load_agreement(config_path.parent / config.agreement)
    first, _ = load_dataset(config, agreement, leads, leads.parent).split(config.train_share)
    read = {f.source.field for f in first.features if f.source.field}
    try:
        guard(first.profile, first.converted, read, set(config.known_from))
    except LeakageError as error:
        return set(error.columns)
    return set()


# The data of which we know the leaks

LEAKS_OF_XEDUCATION = {
    "Tags",
    "Lead Quality",
    "Lead Profile",
    "Last Notable Activity",
    "Asymmetrique Activity Index",
    "Asymmetrique Profile Index",
    "Asymmetrique Activity Score",
    "Asymmetrique Profile Score",
}
XEDUCATION = REPO / "examples" / "xeducation" / "train.yaml"
BANK = REPO / "examples" / "bank" / "train.yaml"
MADEUP = REPO / "training" / "madeup" / "train.yaml"


def test_xeducation_unlisted_is_named_whole(shared_data) -> None:
    assert suspected(XEDUCATION, shared_data("xeducation.csv.gz"), knows_future={}) == LEAKS_OF_XEDUCATION


@pytest.mark.parametrize("column", sorted(LEAKS_OF_XEDUCATION))
def test_one_column_of_xeducation_unlisted_is_named(column, shared_data) -> None:
    others = dict.fromkeys(LEAKS_OF_XEDUCATION - {column}, "known")
    assert suspected(XEDUCATION, shared_data("xeducation.csv.gz"), knows_future=others) == {column}


def test_without_the_answer_the_last_activity_is_asked_about(shared_data) -> None:
    assert suspected(XEDUCATION, shared_data("xeducation.csv.gz"), known_from={}) == {"Last Activity"}


def test_bank_unlisted_is_named(shared_data) -> None:
    unlisted = {"campaign": "counts the call that is to be decided on"}
    assert suspected(BANK, shared_data("bank_additional.csv.gz"), knows_future=unlisted) == {"duration"}


@pytest.mark.parametrize(("config", "file"), [(XEDUCATION, "xeducation.csv.gz"), (BANK, "bank_additional.csv.gz")])
def test_the_examples_pass_as_they_are(config, file, shared_data) -> None:
    assert suspected(config, shared_data(file)) == set()


def test_the_made_up_company_passes_as_it_is(madeup_home) -> None:
    assert suspected(MADEUP, madeup_home / "madeup" / "leads.csv") == set()


def test_the_made_up_companys_leaks_unlisted_are_named(madeup_home) -> None:
    named = suspected(MADEUP, madeup_home / "madeup" / "leads.csv", knows_future={})
    assert {"contract_value", "lost_reason", "sales_calls"} <= named


def test_an_answer_lets_a_column_through(madeup_home) -> None:
    leads = madeup_home / "madeup" / "leads.csv"
    every = suspected(MADEUP, leads, knows_future={})
    answered = suspected(MADEUP, leads, knows_future={}, known_from={"sales_calls": "counted before the review"})
    assert every - answered == {"sales_calls"}


NOT_HONEST = {*LEAKS_OF_XEDUCATION, "Prospect ID", "Lead Number", "duration", "PageValues", "mql_id"}


def in_time(shared_data: Callable[[str], Path], name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The first 70 % in time of a data set without its outcomes, and these."""
    frame = read_table(shared_data(f"{name}.csv.gz"), ["Select"])
    target = {"xeducation": "Converted", "bank_additional": "y", "shoppers": "Revenue", "olist_mql": "won"}[name]
    if name == "xeducation":
        frame = frame.sort_values("Lead Number")
    elif name == "shoppers":
        frame = frame.sort_values("Month", key=lambda month: month.map(MONTHS.index), kind="stable")
    elif name == "olist_mql":
        won = set(read_table(shared_data("olist_closed_deals.csv.gz"))["mql_id"])
        frame = frame.assign(won=frame["mql_id"].isin(won)).sort_values(["first_contact_date", "mql_id"])
    first = frame.iloc[: int(0.7 * len(frame))]
    return first.drop(columns=target), first[target].isin([1, True, "yes"]).to_numpy().astype(np.int64)


@pytest.mark.parametrize(
    ("name", "alarms"),
    [("xeducation", {"Last Activity"}), ("bank_additional", set()), ("shoppers", set()), ("olist_mql", set())],
)
def test_false_alarms_on_honest_columns(name, alarms, shared_data) -> None:
    columns, converted = in_time(shared_data, name)
    honest = [c for c in columns if c not in NOT_HONEST]
    assert {c for c in honest if suspicions(columns[c], converted)} == alarms


def test_the_page_values_of_shoppers_are_named(shared_data) -> None:
    frame, target = in_time(shared_data, "shoppers")
    assert suspicions(frame["PageValues"], target) == ["alone it separates the outcomes with AUC 0.872"]


# One column at a time


@pytest.fixture(scope="module")
def converted() -> np.ndarray:
    return (np.random.default_rng(1).random(N) < 0.3).astype(np.int64)


def test_the_outcome_itself_is_suspected_for_what_it_tells(converted) -> None:
    told = suspicions(pd.Series(converted, name="a"), converted)
    assert told == ["alone it separates the outcomes with AUC 1.000"]


def test_a_column_filled_after_a_win_is_suspected_for_being_filled(converted) -> None:
    amount = pd.Series(np.where(converted == 1, "much", None), name="a")
    assert "whether it is filled tells the outcome with AUC 1.000" in suspicions(amount, converted)


def test_a_column_emptied_after_a_win_is_suspected_as_well(converted) -> None:
    amount = pd.Series(np.where(converted == 0, "open", None), name="a")
    assert any("filled" in reason for reason in suspicions(amount, converted))


@pytest.mark.parametrize("name", ["Lead Score", "deal_stage", "Tags", "close-reason won", "Last Visit", "latest_mail"])
def test_a_name_may_be_enough(name, converted) -> None:
    noise = pd.Series(np.random.default_rng(2).random(N), name=name)
    assert len(suspicions(noise, converted)) == 1


@pytest.mark.parametrize("name", ["Lead Source", "country", "poutcome", "blast", "underscored", "company"])
def test_a_name_that_only_holds_such_letters_is_not(name, converted) -> None:
    noise = pd.Series(np.random.default_rng(2).random(N), name=name)
    assert suspicions(noise, converted) == []


@pytest.mark.parametrize("seed", range(10))
def test_few_leads_are_no_proof(seed) -> None:
    rng = np.random.default_rng(seed)
    converted = np.array([0, 1] * 10)
    assert suspicions(pd.Series(rng.choice(["x", "y", None], 20), name="a"), converted) == []


@pytest.mark.parametrize("n", [2, 3, 4, 7])
def test_a_handful_of_leads_can_be_looked_at(n) -> None:
    converted = np.array([0, 1] * n)[:n]
    assert 0 <= auc_alone(pd.Series(range(n)), converted) <= 1


def test_a_column_of_all_different_texts_tells_nothing(converted) -> None:
    assert auc_alone(pd.Series([f"lead {i}" for i in range(N)]), converted) == pytest.approx(0.5, abs=0.05)


def test_columns_that_no_fact_reads_are_not_asked_about(converted) -> None:
    guard(pd.DataFrame({"leak": converted, "noise": np.arange(N) % 7}), converted, read={"noise"}, answered=set())


def test_the_error_names_each_column_and_the_two_ways_out(converted) -> None:
    with pytest.raises(LeakageError) as error:
        guard(pd.DataFrame({"leak": converted, "deal": np.arange(N) % 7}), converted, {"leak", "deal"}, set())
    assert list(error.value.columns) == ["leak", "deal"]
    assert "'knows_future'" in error.value.do
    assert "'known_from'" in error.value.do
    assert "AUC 1.000" in str(error.value)

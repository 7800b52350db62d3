"""The guard over whole data sets: what it names, what it lets through, and how it is answered."""

import json
from collections.abc import Mapping
from dataclasses import replace as redone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from features.errors import ConfigError, DataError, LeakageError
from features.loading import load_agreement
from training.assemble import load_dataset
from training.config import Outcome, TrainConfig, load_config
from training.dataset import Dataset
from training.guard.guard import guard, inspect
from training.guard.report import ROW_ORDER, GuardReport
from training.madeup.company import make_company, write_company
from training.madeup.leaks import LEAKS, with_leaks

REPO = Path(__file__).parents[2]
XEDUCATION = REPO / "examples" / "xeducation" / "train.yaml"
BANK = REPO / "examples" / "bank" / "train.yaml"
MADEUP = REPO / "training" / "madeup" / "train.yaml"
LEAKS_OF_XEDUCATION = {
    *("Tags", "Lead Quality", "Lead Profile", "Last Notable Activity"),
    *(f"Asymmetrique {of} {what}" for of in ("Activity", "Profile") for what in ("Index", "Score")),
}
CLOCKS_OF_BANK = {"emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed"}


def report_on(config_path: Path, leads: Path, **changes: Mapping[str, str]) -> GuardReport:
    """What the guard sees when a configuration is changed."""
    config = replace(load_config(config_path), **changes)
    agreement = load_agreement(config_path.parent / config.agreement)
    first, later = load_dataset(config, agreement, leads, leads.parent).split(config.train_share)
    return inspect(first, later, config)


# The data of which we know the leaks


def test_xeducation_unlisted_is_named_whole(shared_data) -> None:
    report = report_on(XEDUCATION, shared_data("xeducation.csv.gz"), knows_future={})
    assert set(report.unanswered) == LEAKS_OF_XEDUCATION


def test_without_the_answer_the_last_activity_is_asked_about(shared_data) -> None:
    report = report_on(XEDUCATION, shared_data("xeducation.csv.gz"), known_from={})
    assert set(report.unanswered) == {"Last Activity"}


def test_bank_unlisted_is_named_with_its_clocks_and_nothing_else(shared_data) -> None:
    report = report_on(BANK, shared_data("bank_additional.csv.gz"), knows_future={}, ignore={})
    assert set(report.unanswered) == {"duration", *CLOCKS_OF_BANK}


@pytest.mark.parametrize(("config", "file"), [(XEDUCATION, "xeducation.csv.gz"), (BANK, "bank_additional.csv.gz")])
def test_the_examples_pass_as_they_are(config, file, shared_data) -> None:
    assert report_on(config, shared_data(file)).unanswered == {}


# The made-up company


def test_the_made_up_company_passes_as_it_is(madeup_home) -> None:
    report = report_on(MADEUP, madeup_home / "madeup" / "leads.csv")
    assert report.suspicions == ()


def test_the_made_up_companys_leaks_unlisted_are_named(madeup_home) -> None:
    report = report_on(MADEUP, madeup_home / "madeup" / "leads.csv", knows_future={})
    assert set(report.unanswered) == {"contract_value", "lost_reason", "sales_calls", "budget", "need"}


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> GuardReport:
    """What is seen of a company whose tables know the future in ten ways."""
    folder = tmp_path_factory.mktemp("leaking")
    write_company(with_leaks(make_company(3_000, seed=3), seed=3), folder)
    return report_on(MADEUP, folder / "leads.csv")


def test_nine_of_ten_made_up_leaks_are_found_and_no_honest_column(leaking) -> None:
    named = set(leaking.unanswered)
    assert len(named & set(LEAKS)) >= 9
    assert named <= set(LEAKS)


def test_each_leak_is_told_in_words_with_numbers(leaking) -> None:
    seen = leaking.unanswered
    assert "it is filled for 100% of the converted leads" in seen["reference"]
    assert "its dates lie after the moment at which the lead is read" in seen["touched"]
    assert "it is a clock" in seen["key_rate"]
    assert "equal outcomes stand side by side" in seen[ROW_ORDER]


def test_a_company_without_the_leaks_keeps_its_other_columns() -> None:
    company = make_company(300, seed=3)
    leaky = with_leaks(company, seed=3)
    assert set(leaky.leads.columns) - set(company.leads.columns) == set(LEAKS) - {"lead_id", ROW_ORDER}
    assert set(leaky.leads["lead_id"]) == set(leaky.truth["lead_id"])
    assert sorted(leaky.leads["job_title"].dropna()) == sorted(company.leads["job_title"].dropna())


# Answers, and what is kept


N = 1_000


@pytest.fixture(scope="module")
def parts(make_dataset) -> tuple[Dataset, Dataset]:
    """1,000 leads and 400 later ones: ``leak`` is the outcome, ``deal`` has a name, ``size`` is honest."""
    rng = np.random.default_rng(1)
    won = (rng.random(N + 400) < 0.3).astype(np.int64)
    size = [float(v) for v in rng.integers(1, 500, N + 400)]
    deal = [float(v) for v in rng.integers(0, 9, N + 400) + won]
    data = make_dataset(won.tolist(), leak=["yes" if w else "no" for w in won], deal=deal, size=size)
    return data.take(np.arange(N)), data.take(np.arange(N, N + 400))


@pytest.fixture(scope="module")
def config() -> TrainConfig:
    return TrainConfig(name="flat", agreement="", outcome=Outcome(column="won"))


def test_without_a_training_lead_there_is_nothing_to_guard(parts, config) -> None:
    nobody = parts[0].take(np.empty(0, np.intp))
    with pytest.raises(DataError, match="of no lead was the outcome known when the later part begins"):
        guard(nobody, parts[1], config)


def test_the_error_names_each_column_and_the_ways_out(parts, config) -> None:
    with pytest.raises(LeakageError) as error:
        guard(*parts, config)
    assert list(error.value.columns) == ["leak", "deal"]
    assert all(way in error.value.do for way in ("'knows_future'", "'ignore'", "'known_from'"))
    assert "AUC 1.000" in str(error.value)


def test_an_answer_lets_a_column_through_and_is_kept_with_what_was_seen(parts, config) -> None:
    answers = {"leak": "we sell only to those who say yes", "deal": "a code of the trade fair"}
    report = guard(*parts, replace(config, known_from=answers))
    assert {s.column: s.answer for s in report.suspicions} == answers
    assert "AUC 1.000" in report.suspicions[0].seen[0]


def test_an_answer_to_one_column_leaves_the_other_named(parts, config) -> None:
    assert set(inspect(*parts, replace(config, known_from={"leak": "so it is"})).unanswered) == {"deal"}


def test_what_is_declared_is_kept_with_the_report(parts, config) -> None:
    report = inspect(*parts, replace(config, knows_future={"paid": "filled after a win"}))
    assert report.never_read == {"paid": "filled after a win"}


def test_the_report_is_plain_json(parts, config) -> None:
    plain = json.loads(json.dumps(inspect(*parts, config).plain()))
    assert plain["leads"] == N
    assert plain["later_leads"] == 400
    assert plain["suspicions"][0]["column"] == "leak"
    assert {"leak", "deal", "size", ROW_ORDER} <= set(plain["looked_at"])


def test_the_outcomes_of_later_leads_are_not_read(parts, config) -> None:
    first, later = parts
    assert inspect(first, later, config) == inspect(first, redone(later, converted=1 - later.converted), config)


def test_columns_that_no_fact_may_read_are_not_asked_about(parts, config) -> None:
    first, later = (with_column(part, "other", np.where(part.converted, "a", "b")) for part in parts)
    assert "other" in inspect(first, later, config).unanswered
    assert "other" not in inspect(first, later, replace(config, derive_features=False)).unanswered


def with_column(data: Dataset, name: str, values: np.ndarray) -> Dataset:
    """The data with one more column that no fact reads."""
    return redone(data, profile=data.profile.assign(**{name: values}))


def test_a_large_data_set_is_looked_at_in_a_sample_that_is_the_same_each_time(make_dataset, config) -> None:
    rng = np.random.default_rng(1)
    won = (rng.random(50_000) < 0.1).astype(np.int64)
    data = make_dataset(won.tolist(), copy=[float(w) for w in won])
    first, later = data.take(np.arange(30_000)), data.take(np.arange(30_000, 50_000))
    report = inspect(first, later, config)
    assert (report.leads, report.later_leads) == (20_000, 10_000)
    assert set(report.unanswered) == {"copy"}
    assert report == inspect(first, later, config)


def test_rows_sorted_by_outcome_can_be_answered_for(parts, config) -> None:
    first, later = parts
    by_outcome = first.profile.set_axis(pd.Index(np.argsort(np.argsort(-first.converted, kind="stable"))))
    report = inspect(redone(first, profile=by_outcome), later, replace(config, known_from={ROW_ORDER: "so"}))
    assert {s.column: s.answer for s in report.suspicions}[ROW_ORDER] == "so"


def test_an_answer_may_name_the_row_order_a_fact_or_a_column(madeup_home) -> None:
    answers = dict.fromkeys((ROW_ORDER, "trial_started_30d", "email"), "why not")
    assert report_on(MADEUP, madeup_home / "madeup" / "leads.csv", known_from=answers).answers == answers


def test_an_answer_to_what_is_never_asked_is_refused(madeup_home) -> None:
    with pytest.raises(ConfigError, match="'known_from' names 'emails', which is no column") as error:
        report_on(MADEUP, madeup_home / "madeup" / "leads.csv", known_from={"emails": "why not"})
    assert error.value.do == "did you mean 'email'?"

"""The made-up company is what it says: seeded, simulated, true to its stated truth, and full of its stated traps."""

import inspect
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from features.agreement import Agreement
from features.catalog import Feature, Source
from features.errors import ConfigError
from features.loading import load_agreement
from features.moments import of_datetime
from features.points import agreed_points
from features.reference import Reader
from features.tables import Event, Lead
from serving.cli import app
from serving.commands.train import madeup
from training.madeup import truth
from training.madeup.activity import USUAL_EVENTS
from training.madeup.clock import EXPORTED_AT, HORIZON_DAYS, REVIEW_AFTER_DAYS, times
from training.madeup.company import Company, ending_by, make_company, write_company

AGREEMENT = Path(truth.__file__).with_name("agreement.yaml")
POINT = math.log(2) / 10  # log-odds
HORIZON = pd.Timedelta(days=HORIZON_DAYS)
EXPORT = times(np.array([EXPORTED_AT]))[0]


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company()


@pytest.fixture(scope="module")
def large() -> Company:
    return make_company(20_000, seed=11)


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return load_agreement(AGREEMENT)


def labelled(company: Company) -> pd.DataFrame:
    known = company.truth.dropna(subset="converted")
    return known.assign(converted=known["converted"].astype(bool))


def moments_of(company: Company, *stages: str) -> pd.Series:
    """When each lead reached one of the stages, by its id."""
    rows = company.outcomes[company.outcomes["stage"].isin(stages)]
    return rows.set_index("lead_id")["at"]


# Size, seed, files


@pytest.mark.parametrize("leads", [1, 7, 300])
def test_there_are_as_many_leads_as_asked_for(leads: int) -> None:
    company = make_company(leads)
    assert [len(company.leads), len(company.truth), len(company.facts)] == [leads] * 3


def test_leads_are_created_over_the_months_asked_for() -> None:
    created = make_company(2_000, months=6).leads["created_at"]
    assert (created.max() - created.min()).days == pytest.approx(6 * 30.44, abs=2)


@pytest.mark.parametrize("number", [0.0, 5.0, 50.0])
def test_leads_have_about_as_many_events_as_asked_for(number: float) -> None:
    company = make_company(5_000, events_per_lead=number)
    assert len(company.events) / 5_000 == pytest.approx(number, rel=0.05)


def test_the_usual_number_of_events_is_the_one_that_is_not_asked_for(company: Company) -> None:
    assert len(company.events) / len(company.leads) == pytest.approx(USUAL_EVENTS, rel=0.05)


@pytest.mark.parametrize(
    "wrong", [{"leads": 0}, {"months": 0}, {"signal": -0.1}, {"signal": math.nan}, {"events_per_lead": -1}]
)
def test_numbers_that_make_no_company_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        make_company(**wrong)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for run in ("a", "b"):
        write_company(make_company(200, seed=3), tmp_path / run)
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_another_seed_gives_another_company() -> None:
    assert not make_company(50, seed=1).leads.equals(make_company(50, seed=2).leads)


def test_the_written_folder_holds_the_finished_files_and_nothing_else(tmp_path: Path) -> None:
    write_company(make_company(50), tmp_path)
    names = {"leads.csv", "events.csv", "outcomes.csv", "truth.csv", "accounts.csv", "README.txt"}
    assert set(files(tmp_path)) == names


def test_a_failed_writing_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    write_company(make_company(50, seed=1), tmp_path)
    before = files(tmp_path)
    with pytest.raises(AttributeError):
        write_company(replace(make_company(50, seed=2), truth=None), tmp_path)
    assert files(tmp_path) == before


def test_written_tables_read_back_as_they_were(tmp_path: Path) -> None:
    company = make_company(300)
    write_company(company, tmp_path)
    for name in ("leads", "events", "outcomes", "truth", "accounts"):
        made = getattr(company, name)
        moments = list(made.select_dtypes("datetimetz").columns)
        read = pd.read_csv(tmp_path / f"{name}.csv", keep_default_na=name != "outcomes", parse_dates=moments)
        pd.testing.assert_frame_equal(read.astype(made.dtypes), made)


def test_times_are_written_in_iso_8601_with_a_z(tmp_path: Path) -> None:
    write_company(make_company(50), tmp_path)
    written = pd.read_csv(tmp_path / "leads.csv")["created_at"]
    assert written.str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()


def test_a_failed_writing_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        write_company(replace(make_company(50), truth=None), tmp_path / "new")
    assert not (tmp_path / "new").exists()


# The command


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_command_writes_the_kind_of_file_asked_for(tmp_path: Path, kind: str) -> None:
    ran = CliRunner().invoke(app, ["madeup", str(tmp_path), "--leads", "50", "--format", kind])
    assert ran.exit_code == 0
    assert (tmp_path / f"leads.{kind}").exists()
    assert "Wrote 50 simulated leads" in ran.stdout


def test_both_kinds_of_file_hold_the_same_company(tmp_path: Path) -> None:
    for kind in ("csv", "parquet"):
        CliRunner().invoke(app, ["madeup", str(tmp_path), "--leads", "50", "--events-per-lead", "20", "--format", kind])
    written, as_parquet = pd.read_csv(tmp_path / "events.csv"), pd.read_parquet(tmp_path / "events.parquet")
    assert written["event_id"].tolist() == as_parquet["event_id"].tolist()


def test_the_command_makes_as_many_events_a_lead_as_the_program() -> None:
    assert inspect.signature(madeup).parameters["events_per_lead"].default == USUAL_EVENTS


# It says that it is simulated


def test_the_readme_says_simulated(tmp_path: Path) -> None:
    write_company(make_company(5), tmp_path)
    assert "SIMULATED" in (tmp_path / "README.txt").read_text("utf-8").splitlines()[0]


def test_every_id_says_simulated(company: Company) -> None:
    ids = [company.leads["lead_id"], company.events["event_id"], company.accounts["account_id"]]
    assert all(column.str.startswith("sim-").all() for column in ids)


def test_every_address_holds_the_simulated_id(company: Company) -> None:
    mailed = company.leads.dropna(subset="email")
    assert all(lead in email for lead, email in zip(mailed["lead_id"], mailed["email"], strict=True))


# The truth


def test_the_true_terms_sum_to_the_log_odds(company: Company) -> None:
    summed, p = company.truth[list(truth.TERMS)].sum(axis=1), company.truth["probability"]
    np.testing.assert_allclose(summed, np.log(p / (1 - p)), atol=1e-9)


def test_each_true_term_is_the_stated_effect_of_its_fact(company: Company) -> None:
    stated = truth.fact_terms(company.facts)
    pd.testing.assert_frame_equal(company.truth[list(truth.FACTS)], stated)


def test_an_unknown_value_has_no_effect(company: Company) -> None:
    unknown = company.facts["employees"].isna()
    assert unknown.any()
    assert (company.truth.loc[unknown, "employees"] == 0).all()


def test_between_12_and_18_percent_convert(large: Company) -> None:
    assert 0.12 <= labelled(large)["converted"].mean() <= 0.18


def test_the_true_probability_ranks_as_well_as_lead_scores_can(large: Company) -> None:
    known = labelled(large)
    assert 0.80 <= roc_auc_score(known["converted"], known["probability"]) <= 0.85


def test_conversions_are_calibrated_to_the_true_probability(large: Company) -> None:
    known = labelled(large)
    for _, group in known.groupby(pd.qcut(known["probability"], 5), observed=True):
        variance = (group["probability"] * (1 - group["probability"])).sum() / len(group) ** 2
        assert group["converted"].mean() == pytest.approx(group["probability"].mean(), abs=3 * math.sqrt(variance))


def test_without_signal_facts_say_nothing(large: Company) -> None:
    outcomes = labelled(make_company(20_000, seed=11, signal=0))["converted"]
    true = large.truth.loc[outcomes.index, "probability"]
    assert roc_auc_score(outcomes, true) == pytest.approx(0.5, abs=0.02)


def test_converted_means_customer_within_the_horizon_after_the_review(company: Company) -> None:
    known = labelled(company)
    after = known["lead_id"].map(moments_of(company, "Customer")) - known["as_of"]
    assert ((after > pd.Timedelta(0)) & (after <= HORIZON)).tolist() == known["converted"].tolist()


def test_whether_a_lead_converted_is_unknown_until_its_horizon_has_passed(company: Company) -> None:
    open_horizon = company.truth["as_of"] + HORIZON > EXPORT
    assert open_horizon.any()
    assert company.truth.loc[open_horizon, "converted"].isna().all()


def test_some_leads_are_closed_before_their_review_and_have_no_label(company: Company) -> None:
    early = company.truth["lead_id"].map(moments_of(company, "Customer", "Lost")) <= company.truth["as_of"]
    assert 0.02 <= early.mean() <= 0.05
    assert company.truth.loc[early, "converted"].isna().all()


def test_nothing_is_later_than_the_export(company: Company) -> None:
    tables = (company.leads["created_at"], company.events["at"], company.outcomes["at"], company.truth["as_of"])
    assert max(column.max() for column in tables) <= EXPORT


# The facts are those of the agreement


@pytest.fixture(scope="module")
def some_leads(company: Company) -> list[Lead]:
    return list(as_leads(company, 300))


def as_leads(company: Company, number: int) -> Iterator[Lead]:
    """The first leads of the tables, in the shape that the reference reads."""
    leads = company.leads.head(number).astype(object)
    events = company.events[company.events["lead_id"].isin(leads["lead_id"])].groupby("lead_id")
    for row in leads.where(leads.notna(), None).to_dict("records"):
        lead_id = row["lead_id"]
        known = events.get_group(lead_id).itertuples() if lead_id in events.groups else ()
        yield Lead(
            lead_id=lead_id,
            profile={name: row[name] for name in ("email", "job_title", "industry", "employees")},
            events=tuple(
                Event(e.type, of_datetime(e.at.to_pydatetime()), json.loads(e.properties), e.event_id) for e in known
            ),
        )


def test_the_facts_are_what_the_reference_reads_from_the_tables(
    company: Company, agreement: Agreement, some_leads: list[Lead]
) -> None:
    source = Source(event=truth.MISSING_EVENT, window_days=30)
    trials = Feature(name=truth.MISSING_RULE, label="trials", kind="interest", type="number", source=source)
    reader = Reader([*agreement.features, trials])
    made = company.facts.head(len(some_leads))
    rows = [
        reader.read(lead, of_datetime(as_of.to_pydatetime()))
        for lead, as_of in zip(some_leads, made["as_of"], strict=True)
    ]
    read = pd.DataFrame(rows, columns=[feature.name for feature in reader.features])
    expected = made[list(truth.FACTS)]
    pd.testing.assert_frame_equal(read.astype(expected.dtypes), expected, rtol=0, atol=1e-9)


def test_the_review_and_the_horizon_are_those_of_the_agreement(company: Company, agreement: Agreement) -> None:
    assert agreement.conversion.horizon_days == HORIZON_DAYS
    waited = company.truth["as_of"] - company.leads["created_at"]
    assert (waited == pd.Timedelta(days=REVIEW_AFTER_DAYS)).all()


# The traps


def test_the_wrong_rule_gives_points_for_what_does_not_help(agreement: Agreement) -> None:
    rule = next(fact for _, fact in agreement.facts if fact.fact == truth.WRONG_RULE)
    assert agreed_points(rule)(1.0) > 0
    assert truth.counted_term(np.array([1.0]), truth.INTEREST[truth.WRONG_RULE])[0] < 0


def test_people_believe_the_wrong_rule_because_keen_leads_attend(large: Company) -> None:
    attended = large.truth[truth.WRONG_RULE] < 0
    by_attendance = large.truth.groupby(attended)["probability"].mean()
    assert by_attendance[True] > by_attendance[False]


def test_the_agreement_reads_nothing_of_the_missing_rule(agreement: Agreement) -> None:
    readers = [fact for _, fact in agreement.facts] + [*agreement.exclusions, *agreement.fast_tracks]
    assert not {truth.MISSING_EVENT, "any"} & {reader.event for reader in readers}


def test_the_missing_rule_is_the_strongest_interest() -> None:
    assert max(truth.INTEREST, key=lambda name: truth.INTEREST[name].most) == truth.MISSING_RULE


def test_every_other_rule_is_within_five_points_of_the_truth(agreement: Agreement) -> None:
    for _, fact in agreement.facts:
        if fact.fact == truth.WRONG_RULE:
            continue
        agreed = agreed_points(fact)
        for value in try_values(fact.fact):
            term = truth.fact_terms(one_lead(fact.fact, value))[fact.fact].item()
            assert term / POINT == pytest.approx(agreed(value), abs=5), (fact.fact, value)


def try_values(fact: str) -> list[str] | list[float]:
    if fact == "employees":
        return [5.0, 30.0, 100.0, 500.0, 5000.0]
    return list(truth.FIT[fact]) if fact in truth.FIT else [1.0, 2.0, 3.0, 9.0]


def one_lead(fact: str, value: object) -> pd.DataFrame:
    nothing = dict.fromkeys(truth.INTEREST, 0.0) | dict.fromkeys(truth.FIT) | {"employees": math.nan}
    return pd.DataFrame([nothing | {fact: value}])


def test_some_events_are_there_twice_under_one_id(company: Company) -> None:
    assert 0.01 <= company.events["event_id"].duplicated().mean() <= 0.03


def test_some_repeats_are_stamped_later_than_the_first(company: Company) -> None:
    stamps = company.events.groupby("event_id")["at"].nunique()
    repeats = company.events["event_id"].duplicated().sum()
    assert 0.3 * repeats <= (stamps == 2).sum() <= 0.7 * repeats


def test_an_event_that_is_there_twice_counts_once(company: Company, some_leads: list[Lead]) -> None:
    source = Source(event="email_opened")
    twice = 0
    for lead in some_leads:
        opened = [e for e in lead.events if e.type == "email_opened"]
        once = len({e.event_id for e in opened})
        feature = Feature(name="opened", label="opened", kind="interest", type="number", source=source)
        assert Reader([feature]).read(lead, EXPORTED_AT * 1_000_000) == [once]
        twice += len(opened) > once
    assert twice > 0


@pytest.mark.parametrize(("column", "stage"), [("contract_value", "Customer"), ("lost_reason", "Lost")])
def test_leaking_columns_are_filled_after_one_ending_only(company: Company, column: str, stage: str) -> None:
    ended = company.leads["lead_id"].isin(moments_of(company, stage).index)
    assert company.leads[column].notna().tolist() == ended.tolist()


def test_sales_calls_separate_better_than_the_truth_could(company: Company) -> None:
    known = labelled(company)
    calls = company.leads.loc[known.index, "sales_calls"]
    leaked = roc_auc_score(known["converted"], calls)
    assert leaked > 0.9 > roc_auc_score(known["converted"], known["probability"])


@pytest.mark.parametrize("field", truth.LATE_FIELDS)
def test_late_fields_are_filled_mostly_for_those_who_converted(company: Company, field: str) -> None:
    known = labelled(company)
    filled = company.leads.loc[known.index, field].notna().groupby(known["converted"]).mean()
    assert filled[True] > 0.9
    assert filled[False] < 0.3


def test_sales_fills_in_the_employees_of_the_leads_it_works(company: Company) -> None:
    worked = company.truth["lead_id"].map(moments_of(company, "SAL")) <= company.truth["as_of"]
    known = company.leads["employees"].notna().groupby(worked).mean()
    assert known[False] == pytest.approx(0.65, abs=0.03)
    assert known[True] > 0.9


def test_peeking_past_the_review_would_pay(company: Company) -> None:
    known = labelled(company).set_index("lead_id")
    events = company.events[company.events["lead_id"].isin(known.index)]
    later = events.loc[events["at"].to_numpy() > known.loc[events["lead_id"], "as_of"].to_numpy(), "lead_id"]
    number = later.value_counts().reindex(known.index, fill_value=0).groupby(known["converted"]).mean()
    assert number[True] > 2 * number[False]


def test_some_are_won_after_the_horizon(large: Company) -> None:
    won = large.truth["lead_id"].map(moments_of(large, "Customer"))
    assert (won > large.truth["as_of"] + HORIZON).any()


def test_the_base_rate_falls_from_the_first_lead_to_the_last(company: Company) -> None:
    drift = company.truth["drift"]
    assert drift.is_monotonic_decreasing
    assert drift.iloc[0] - drift.iloc[-1] == pytest.approx(-truth.DRIFT, rel=0.01)


def test_the_mix_of_sources_drifts_to_paid_social(company: Company) -> None:
    paid = (company.leads["source"] == "paid social").to_numpy()
    assert paid[-1000:].mean() > 2 * paid[:1000].mean()


def test_fields_are_missing_as_they_are_in_a_crm(company: Company) -> None:
    missing = company.leads[["email", "job_title", "industry", "employees", "annual_revenue"]].isna().mean()
    assert missing.between([0.01, 0.04, 0.08, 0.2, 0.4], [0.04, 0.1, 0.15, 0.4, 0.6]).all()


# The sales work


def test_stages_are_those_of_the_agreement_and_lost(company: Company, agreement: Agreement) -> None:
    assert set(company.outcomes["stage"]) <= {stage.stage for stage in agreement.stages} | {"Lost"}


def test_nothing_happens_to_a_lead_once_it_is_closed(company: Company) -> None:
    last = company.outcomes.groupby("lead_id").tail(1).set_index("lead_id")["stage"]
    closed = moments_of(company, "Customer", "Lost").index
    assert closed.is_unique
    assert last[closed].isin(["Customer", "Lost"]).all()


def test_competitors_are_never_won(large: Company) -> None:
    rival = large.leads["email"].str.contains("rival.example|othervendor.example", na=False)
    assert rival.any()
    assert large.leads.loc[rival, "contract_value"].isna().all()


def test_every_event_and_outcome_belongs_to_a_lead(company: Company) -> None:
    ids = set(company.leads["lead_id"])
    assert set(company.events["lead_id"]) | set(company.outcomes["lead_id"]) <= ids


def test_every_company_named_by_a_lead_is_an_account(company: Company) -> None:
    assert set(company.leads["company"].dropna()) <= set(company.accounts["company"])


def test_a_company_of_another_time_is_the_same_moved_by_whole_weeks() -> None:
    made = make_company(50)
    moved = ending_by(made, date(2027, 2, 10))
    by = set(moved.events["at"] - made.events["at"]) | set(moved.leads["created_at"] - made.leads["created_at"])
    assert by == {pd.Timedelta(weeks=18)}  # from 2026-10-01 to 2027-02-04
    assert moved.events.drop(columns="at").equals(made.events.drop(columns="at"))


def test_tables_of_a_company_that_is_moved_end_by_the_day(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["madeup", str(tmp_path), "--leads", "500", "--ending-by", "2026-11-22"])
    assert told.exit_code == 0
    last = pd.to_datetime(pd.read_csv(tmp_path / "events.csv")["at"]).max()
    assert pd.Timestamp("2026-11-15", tz="UTC") < last <= pd.Timestamp("2026-11-22", tz="UTC")
    assert "as exported on 2026-11-19" in (tmp_path / "README.txt").read_text()


def test_only_csv_can_be_moved(tmp_path: Path) -> None:
    asked = ["madeup", str(tmp_path), "--leads", "50", "--format", "parquet", "--ending-by", "2026-11-22"]
    refused = CliRunner().invoke(app, asked)
    assert isinstance(refused.exception, ConfigError)

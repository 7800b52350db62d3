"""``leadscore review`` and ``leadscore thresholds``."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from features.errors import ConfigError
from features.loading import load_agreement
from serving.cli import app

MADEUP = Path(__file__).parents[2] / "training" / "madeup"
QUICK = "learner: {bags: 2, bins: 16, folds: 2, jobs: 1}\n"


@pytest.fixture(scope="module")
def config(tmp_path_factory) -> Path:
    """A copy of the made-up company's configuration that is quick to train."""
    folder = tmp_path_factory.mktemp("config")
    (folder / "train.yaml").write_text((MADEUP / "train.yaml").read_text("utf-8") + QUICK, "utf-8")
    (folder / "agreement.yaml").write_text((MADEUP / "agreement.yaml").read_text("utf-8"), "utf-8")
    return folder / "train.yaml"


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def reviewed(config, madeup_home, tmp_path_factory):
    """The output of a review, and the folder it wrote to, with the proposal beside."""
    out = tmp_path_factory.mktemp("reviewed")
    proposal = out / "proposed.yaml"
    said = run("review", config, "--data", madeup_home / "madeup", "--out", out / "out", "--propose", proposal)
    return said, out / "out", proposal


def test_the_missing_rule_is_named(reviewed) -> None:
    assert "No rule, but history would give: 'trial started' events in 30 days" in reviewed[0]


def test_every_rule_has_its_verdict(reviewed) -> None:
    frame = pd.read_csv(reviewed[1] / "review.csv")
    assert len(frame) == 22 + 1
    assert set(frame["verdict"]) <= {"agrees", "too high", "too low", "contradicts", "not enough leads", "no rule"}


def test_the_folder_holds_the_texts_and_the_picture(reviewed) -> None:
    assert {path.name for path in reviewed[1].iterdir()} == {
        *("review.csv", "review.txt", "effect.csv", "proposal.yaml", "proposal.diff", "rules.png", "rules.html")
    }


def test_the_proposal_loads_with_its_worked_examples(reviewed) -> None:
    proposed = load_agreement(reviewed[2])
    assert any(fact.event == "trial_started" for fact in proposed.interest)


def test_the_proposal_is_the_one_in_the_folder(reviewed) -> None:
    assert reviewed[2].read_text("utf-8") == (reviewed[1] / "proposal.yaml").read_text("utf-8")


def test_the_effect_counts_every_lead_by_both_agreements(reviewed) -> None:
    effect = pd.read_csv(reviewed[1] / "effect.csv")
    assert effect["leads"].sum() == effect["leads_proposed"].sum() > 0
    assert effect["converted"].sum() == effect["converted_proposed"].sum()


def test_the_agreement_itself_is_not_written_over(config, madeup_home) -> None:
    words = ["review", str(config), "--data", str(madeup_home / "madeup")]
    words += ["--propose", str(config.parent / "agreement.yaml")]
    with pytest.raises(ConfigError, match="would replace the agreement itself"):
        CliRunner().invoke(app, words, catch_exceptions=False)


@pytest.fixture(scope="module")
def chosen(config, madeup_home, tmp_path_factory):
    """The output of a choice by capacity, and the folder it wrote to."""
    out = tmp_path_factory.mktemp("thresholds") / "out"
    words = ("thresholds", config, "--data", madeup_home / "madeup", "--capacity", "20/month", "--stage", "MQL")
    return run(*words, "--out", out), out


def test_a_threshold_is_chosen_and_held_against_todays(chosen) -> None:
    assert "Sales can work 20 leads a month: begin at " in chosen[0]
    assert "Agreed for MQL are 40 points." in chosen[0].replace("\n", " ")


def test_the_chosen_threshold_is_in_the_table_and_lets_no_more_through(chosen) -> None:
    said = (chosen[1] / "thresholds.txt").read_text("utf-8")
    threshold = float(said.split("begin at ")[1].split(" ")[0])
    frame = pd.read_csv(chosen[1] / "thresholds.csv").set_index("threshold")
    assert frame.loc[threshold, "a_month"] <= 20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cost", "50"], "go together"),
        (["--cost", "50", "--value", "60", "--capacity", "10%"], "not both"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anything_is_read(config, words, said) -> None:
    done = CliRunner().invoke(app, ["thresholds", str(config), *words])
    assert done.exit_code == 2
    assert said in done.output


@pytest.mark.parametrize("words", [["--capacity", "many"], ["--cost", "5", "--value", "5"]])
def test_numbers_that_decide_nothing_are_refused(config, words) -> None:
    with pytest.raises(ConfigError):
        CliRunner().invoke(app, ["thresholds", str(config), *words], catch_exceptions=False)

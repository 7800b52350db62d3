"""``leadscore backtest``: what it prints, what it writes, and what it refuses before it begins."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from serving.cli import app
from training.backtest_report import CHARTS, TEXTS
from training.plots.saving import files_of

MADEUP = Path(__file__).parents[2] / "training" / "madeup"
QUICK = "learner: {bags: 2, bins: 16, folds: 2, jobs: 1}\n"
SIX = ("rules only", "model only", "blend", "naive Bayes", "logistic regression", "gradient boosting")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up company's configuration, quick to train."""
    folder = tmp_path_factory.mktemp("config")
    (folder / "train.yaml").write_text((MADEUP / "train.yaml").read_text("utf-8") + QUICK, "utf-8")
    (folder / "agreement.yaml").write_bytes((MADEUP / "agreement.yaml").read_bytes())
    return folder / "train.yaml"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures") / "out"


@pytest.fixture(scope="module")
def ran(config: Path, madeup_home: Path, out: Path) -> Result:
    """One run that most tests read."""
    options = ["--blocks", "2", "--share", "0.4", "--capacity", "60/month", "--out", str(out)]
    return CliRunner().invoke(app, ["backtest", str(config), "--data", str(madeup_home / "madeup"), *options])


def test_every_prediction_stands_in_the_table_with_its_interval(ran: Result) -> None:
    assert ran.exit_code == 0, ran.output
    lines = ran.stdout.splitlines()
    for name in SIX:
        row = next(i for i, line in enumerate(lines) if line.startswith(f"{name} "))
        assert len(re.findall(r"\d\.\d{3}|\d+\.\d+%?", lines[row])) >= 8
        assert len(re.findall(r"[\d.]+%?–[\d.]+%?", lines[row + 1])) == 8


def test_nothing_is_cut_off(ran: Result) -> None:
    assert "…" not in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 120


def test_each_block_stands_with_its_date_and_its_leads(ran: Result) -> None:
    for title in ("Log loss of each block", "AUC of each block"):
        below = ran.stdout.partition(title)[2].splitlines()[2:4]
        assert all(re.match(r"\d{4}-\d\d-\d\d +[\d,]+ +[\d,]+ +[\d.]+% +\d+% ", line) for line in below)


def test_the_blend_is_set_against_every_other(ran: Result) -> None:
    below = ran.stdout.partition("The blend minus each other")[2]
    for name in SIX:
        if name != "blend":
            assert re.search(rf"^{name} .*(wins|loses|undecided) *$", below, flags=re.MULTILINE), name


def test_it_says_what_was_known_and_what_sales_meets(ran: Result) -> None:
    said = " ".join(ran.stdout.split())
    assert "read at least 90 days before it." in said
    assert re.search(r"Of \d+ leads a month, 60 are [\d.]+%\. Sales that works", said)


def test_the_folder_holds_tables_and_pictures(ran: Result, out: Path) -> None:
    assert sorted(path.name for path in out.iterdir()) == sorted(files_of(CHARTS, TEXTS))
    assert (out / "backtest.csv").read_text("utf-8").startswith("block,begins,trained_on,tested_on,converted,")
    said = " ".join(ran.stdout.split())
    assert all(line in said for line in (out / "backtest.txt").read_text("utf-8").splitlines())


def test_a_folder_of_other_things_is_refused_before_anything_is_read(
    leadscore: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "holiday.png").write_bytes(b"sun")
    refused = leadscore("backtest", tmp_path / "no config.yaml", "--out", tmp_path)
    assert (refused.code, refused.err.splitlines()[0]) == (5, "leadscore: there is something else of that name")


@pytest.mark.parametrize("options", [("--capacity", "120"), ("--blocks", 5_000), ("--gap", 5)])
def test_what_cannot_be_tested_is_4(
    options: tuple[object, ...], leadscore: Callable[..., Any], config: Path, madeup_home: Path
) -> None:
    refused = leadscore("backtest", config, "--data", madeup_home / "madeup", *options)
    assert refused.code == 4
    assert f"where: {options[0]}" in refused.err


def test_columns_that_know_the_future_stop_it(
    leadscore: Callable[..., Any], config: Path, madeup_home: Path, tmp_path: Path
) -> None:
    leaking = tmp_path / "train.yaml"
    leaking.write_text(re.sub(r"knows_future:\n(  .*\n)+", "", config.read_text("utf-8")), "utf-8")
    (tmp_path / "agreement.yaml").write_bytes((MADEUP / "agreement.yaml").read_bytes())
    assert leadscore("backtest", leaking, "--data", madeup_home / "madeup").code == 6

"""``leadscore drift``: what it prints, what it writes, and its exit codes."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.drift.report import files
from training.madeup.company import make_company, write_company

MADEUP = Path(__file__).parents[2] / "training" / "madeup"
CONFIG = MADEUP / "train.yaml"
AGREEMENT = """
agreement: flat
version: "1"
agreed_on: 2026-01-01
conversion: {definition: buys, stage: Customer, horizon_days: 30}
points_double_odds: 10
fit:
  - {fact: source, field: source, points: [{equals: partner, points: 5}]}
stages:
  - {stage: Lead, definition: a name, owner: marketing}
  - {stage: Customer, definition: bought, owner: sales, gate: paid}
"""
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leads of the made-up company, drawn anew."""
    folder = tmp_path_factory.mktemp("newer")
    write_company(make_company(800, seed=8), folder)
    return folder


@pytest.fixture(scope="module")
def broken(newer: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same leads, but the form asks for the industry no more."""
    folder = tmp_path_factory.mktemp("broken")
    for file in newer.glob("*.csv"):
        (folder / file.name).write_bytes(file.read_bytes())
    leads = pd.read_csv(newer / "leads.csv", dtype=str)
    kept = leads["industry"].where(np.arange(len(leads)) % 2 == 0)
    leads.assign(industry=kept).to_csv(folder / "leads.csv", index=False)
    return folder


@pytest.fixture
def drift(leadscore: Run, madeup_home: Path) -> Run:
    """Watch a folder of leads, all of them recent."""

    def run(data: Path, *options: object, since: str = "2025-01-01") -> Any:
        return leadscore("drift", CONFIG, "--data", data, "--home", madeup_home, "--since", since, *options)

    return run


def test_where_nothing_drifted_the_exit_code_is_0(drift: Run, newer: Path) -> None:
    ran = drift(newer)
    said = " ".join(ran.out.split())
    assert ran.code == 0, ran.out
    assert "Nothing drifted that matters" in said
    assert re.search(r"madeup version 1: \d+ recent leads, .* against [\d,]+ leads that it learned from, ", said)


def test_where_something_drifted_that_matters_it_is_20_and_says_what(drift: Run, broken: Path) -> None:
    ran = drift(broken)
    said = " ".join(ran.out.split())
    assert ran.code == 20, ran.out
    assert re.search(r"industry: the share of 'unknown' rose from \d+ % to \d+ %; moves scores by ", said)
    assert "Drifted so that it matters: 1 fact" in said


def test_the_mean_shifts_shown_add_up_to_that_of_the_score(drift: Run, broken: Path) -> None:
    below = drift(broken).out.partition("mean shift")[2].partition("the score ")
    shifts = [float(found) for found in re.findall(r" ([+-]\d+\.\d) ", below[0])]
    total = re.search(r" ([+-]\d+\.\d) ", below[2])
    assert total is not None
    assert len(shifts) >= 12
    assert sum(shifts) == pytest.approx(float(total.group(1)), abs=0.05 * (len(shifts) + 1))


def test_nothing_is_cut_off(drift: Run, broken: Path) -> None:
    out = drift(broken).out
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= 120


def test_quiet_says_only_what_matters(drift: Run, newer: Path, broken: Path) -> None:
    assert drift(newer, "--quiet").out == ""
    alarms = drift(broken, "--quiet")
    assert alarms.code == 20
    assert alarms.out.startswith("industry: the share of 'unknown' rose")
    assert "PSI" not in alarms.out


def test_the_folder_and_the_file_hold_every_number(drift: Run, broken: Path, tmp_path: Path) -> None:
    drift(broken, "--out", tmp_path / "out", "--json", tmp_path / "now.json", "--quiet")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(files())
    assert (tmp_path / "now.json").read_bytes() == (tmp_path / "out" / "drift.json").read_bytes()
    told = json.loads((tmp_path / "now.json").read_text("utf-8"))
    assert (told["model"], told["version"], told["matters"]) == ("madeup", "1", True)
    shift = told["score"]["after"] - told["score"]["before"]
    assert sum(part["shift"] for part in told["score"]["parts"]) == pytest.approx(shift, abs=1e-9)
    assert [fact["fact"] for fact in told["facts"] if fact["matters"]] == ["industry"]
    table = pd.read_csv(tmp_path / "out" / "facts.csv")
    assert table.groupby("fact")["after"].sum().tolist() == pytest.approx([1.0] * len(told["facts"]))


def test_scores_as_leadscore_score_writes_them_are_joined(
    drift: Run, leadscore: Run, newer: Path, madeup_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "scores").mkdir()
    for month in ("2026-02-01", "2026-03-01"):
        file = tmp_path / "scores" / f"{month}.csv"
        assert leadscore("score", newer, file, "--as-of", month, "--home", madeup_home).code == 0
    learned = " ".join(drift(newer, "--scores", tmp_path / "scores").out.split())
    assert re.search(r"Note: \d+ scores from the time that their version had learned from\.", learned)
    assert "no score is left to hold against what came" in learned
    for file in (tmp_path / "scores").iterdir():  # as if an earlier version had served them
        pd.read_csv(file).assign(model_version="0").to_csv(file, index=False)
    said = " ".join(drift(newer, "--scores", tmp_path / "scores", "--json", tmp_path / "now.json").out.split())
    (version,) = json.loads((tmp_path / "now.json").read_text("utf-8"))["calibration"]
    assert "scores of leads that were closed already" in said
    assert "computed again" not in said
    assert (version["version"], version["current"]) == ("0", True)
    assert version["rows"] > version["leads"]  # of both months


def test_leads_that_have_not_finished_are_watched_and_so_it_is_said(
    leadscore: Run, madeup_home: Path, tmp_path: Path
) -> None:
    ran = leadscore("drift", CONFIG, "--data", madeup_home / "madeup", "--home", madeup_home, "--out", tmp_path / "out")
    said = " ".join(ran.out.split())
    assert ran.code in (0, 20)
    assert "no recent lead has finished its horizon; the first will have on 2026-" in said
    assert (tmp_path / "out" / "calibration.png").stat().st_size > 0


# What is refused, before anything is written


def test_without_a_model_it_is_9(leadscore: Run, newer: Path, tmp_path: Path) -> None:
    ran = leadscore("drift", CONFIG, "--data", newer, "--home", tmp_path / "none")
    assert (ran.code, ran.err.strip().splitlines()[0]) == (9, "leadscore: nothing was registered here yet")


@pytest.mark.parametrize(
    ("since", "said"),
    [("yesterday", "not a moment in time"), ("2031-01-01", "there is no lead from 2031-01-01 on")],
)
def test_a_moment_that_is_none_or_has_no_leads_is_5(drift: Run, newer: Path, since: str, said: str) -> None:
    ran = drift(newer, since=since)
    assert (ran.code, said in ran.err) == (5, True)


def test_scores_of_other_leads_are_5(drift: Run, newer: Path, tmp_path: Path) -> None:
    scores = {"lead_id": ["x"], "probability": [0.5], "as_of": ["2026-01-01"], "model_version": ["1"]}
    pd.DataFrame(scores).to_csv(tmp_path / "scores.csv", index=False)
    ran = drift(newer, "--scores", tmp_path / "scores.csv")
    assert (ran.code, ran.err.strip().splitlines()[0]) == (5, "leadscore: no score is of a lead of the data")


def test_a_folder_of_other_things_is_refused(drift: Run, newer: Path, tmp_path: Path) -> None:
    (tmp_path / "holiday.png").write_bytes(b"sun")
    ran = drift(newer, "--out", tmp_path)
    assert (ran.code, ran.err.strip().splitlines()[0]) == (5, "leadscore: there is something else of that name")


def test_a_file_that_cannot_be_written_is_5_and_leaves_nothing(drift: Run, newer: Path, tmp_path: Path) -> None:
    ran = drift(newer, "--json", tmp_path / "nowhere" / "now.json")
    assert (ran.code, ran.err.strip().splitlines()[0]) == (5, "leadscore: cannot write the numbers")
    assert list(tmp_path.iterdir()) == []


# A flat export


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration of a flat export and its leads: 900 to learn from, and 300 newer ones of whom half
    came from a source that had been rare.
    """
    folder, random = tmp_path_factory.mktemp("flat"), np.random.default_rng(0)
    shares = np.where(np.arange(1_200)[:, None] < 900, [[0.45, 0.45, 0.1]], [[0.25, 0.25, 0.5]])
    source = np.array([random.choice(["web", "partner", "fair"], p=p) for p in shares])
    odds = np.where(source == "partner", 0.6, np.where(source == "fair", 0.1, 0.2))
    visits = random.poisson(2, 1_200)
    won = random.random(1_200) < np.clip(odds + 0.05 * (visits - 2), 0.02, 0.98)
    number = np.arange(1_200)
    frame = pd.DataFrame(
        {"lead": [f"L-{i}" for i in number], "number": number, "source": source, "visits": visits, "won": won * 1}
    )
    frame.to_csv(folder / "all.csv", index=False)
    frame.head(900).to_csv(folder / "early.csv", index=False)
    (folder / "agreement.yaml").write_text(AGREEMENT, "utf-8")
    (folder / "train.yaml").write_text(
        "name: flat\nagreement: agreement.yaml\nleads: {id: lead}\norder: {column: number}\n"
        "outcome: {column: won}\nlearner: {bags: 2, bins: 16, folds: 2, jobs: 1}\n",
        "utf-8",
    )
    return folder


def test_a_flat_export_is_watched_with_outcomes_that_are_known_at_once(leadscore: Run, flat: Path) -> None:
    home = ("--home", flat / "home")
    assert leadscore("train", flat / "train.yaml", "--data", flat / "early.csv", *home).code == 0
    ran = leadscore("drift", flat / "train.yaml", "--data", flat / "all.csv", *home, "--json", flat / "now.json")
    told = json.loads((flat / "now.json").read_text("utf-8"))
    assert ran.code == 20, ran.out
    assert (told["leads"], told["since"], told["until"]) == (300, "900", "1199")
    assert [fact["fact"] for fact in told["facts"] if fact["matters"]] == ["source"]
    assert told["level"]["leads"] == 300
    assert not told["level"]["matters"]
    # newer leads alone will do: what they are compared with is kept with the version
    pd.read_csv(flat / "all.csv").tail(300).to_csv(flat / "late.csv", index=False)
    alone = leadscore("drift", flat / "train.yaml", "--data", flat / "late.csv", *home, "--json", flat / "alone.json")
    assert alone.code == 20
    assert json.loads((flat / "alone.json").read_text("utf-8"))["facts"] == told["facts"]
    # with nothing but the leads that it learned from, there is nothing to watch
    early = leadscore("drift", flat / "train.yaml", "--data", flat / "early.csv", *home)
    assert (early.code, early.err.strip().splitlines()[0]) == (5, "leadscore: there is no lead after 899")

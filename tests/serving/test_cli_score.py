"""``leadscore score``: a file of leads in, a file of scores out, whole or not at all."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.tables import Lead
from serving.scorer import Scorer

Run = Callable[..., Any]
AS_OF = ("--as-of", "2026-09-01T12:00:00Z")


@pytest.fixture(scope="module")
def flat(madeup_home: Path) -> pd.DataFrame:
    return pd.read_csv(madeup_home / "madeup" / "leads.csv").head(60)


def write(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return path


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, keep_default_na=False)


def assert_adds_up(scores: pd.DataFrame) -> None:
    terms = scores[[c for c in scores if c.startswith("points.")]]
    assert ((scores["base"] + terms.sum(axis=1) - scores["score"]).abs() < 1e-9).all()


@pytest.mark.parametrize("source", ["leads.csv", "leads.csv.gz", "leads.parquet"])
@pytest.mark.parametrize("target", ["scores.csv", "scores.csv.gz", "scores.parquet"])
def test_every_row_adds_up(
    leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame, source: str, target: str
) -> None:
    leads = write(flat, tmp_path / source)
    ran = leadscore("score", leads, tmp_path / target, "--home", madeup_home, "--terms", *AS_OF)
    scores = read(tmp_path / target)
    assert (ran.code, scores["lead_id"].tolist()) == (0, flat["lead_id"].tolist())
    assert_adds_up(scores)


def test_a_folder_is_scored_with_its_events(
    leadscore: Run, madeup_home: Path, tmp_path: Path, scorer: Scorer, leads: list[Lead], as_of: int
) -> None:
    leadscore("score", madeup_home / "madeup", tmp_path / "scores.parquet", "--home", madeup_home, "--terms", *AS_OF)
    scores = read(tmp_path / "scores.parquet")
    assert_adds_up(scores)
    answers = [scorer.answer(lead, as_of, with_moves=False) for lead in leads]
    for column in ("lead_id", "score", "stage", "reason_1", "reason_5", "fast_track"):
        assert scores[column].tolist() == [a[column] for a in answers]


def test_without_terms_there_are_only_the_flat_fields(
    leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame
) -> None:
    leadscore("score", write(flat, tmp_path / "leads.csv"), tmp_path / "scores.csv", "--home", madeup_home)
    assert not [c for c in read(tmp_path / "scores.csv") if c.startswith("points.")]


def test_without_an_id_rows_are_numbered(leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame) -> None:
    leads = write(flat.drop(columns="lead_id"), tmp_path / "leads.csv")
    leadscore("score", leads, tmp_path / "scores.csv", "--home", madeup_home)
    assert read(tmp_path / "scores.csv")["lead_id"].tolist() == list(range(1, 61))


def test_an_id_column_that_is_not_there_gives_the_nearest(
    leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame
) -> None:
    leads = write(flat, tmp_path / "leads.csv")
    ran = leadscore("score", leads, tmp_path / "scores.csv", "--home", madeup_home, "--id", "leadid")
    assert ran.code == 5
    assert "did you mean 'lead_id'?" in ran.err


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("target", ["missing/scores.csv", "folder.csv", "scores.xls", "scores"])
def test_a_target_that_cannot_be_written_leaves_nothing(
    leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame, target: str
) -> None:
    leads = write(flat, tmp_path / "leads.csv")
    (tmp_path / "folder.csv").mkdir()
    before = files(tmp_path)
    ran = leadscore("score", leads, tmp_path / target, "--home", madeup_home)
    assert ran.code == 5
    assert f"where: {tmp_path / target}" in ran.err
    assert files(tmp_path) == before


def test_a_bad_row_leaves_the_earlier_scores(
    leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame
) -> None:
    bad = flat.astype({"employees": object})
    bad.loc[30, "employees"] = "many"
    (tmp_path / "scores.csv").write_text("earlier", "utf-8")
    ran = leadscore("score", write(bad, tmp_path / "leads.csv"), tmp_path / "scores.csv", "--home", madeup_home)
    assert (ran.code, ran.err.splitlines()[:2]) == (
        5,
        ["leadscore: 'employees' cannot be read as a number", "  where: leads.csv, row 32, column 'employees'"],
    )
    assert (tmp_path / "scores.csv").read_text("utf-8") == "earlier"
    assert files(tmp_path) == ["leads.csv", "scores.csv"]


def test_a_folder_without_events_is_said(leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame) -> None:
    write(flat, tmp_path / "leads.csv")
    ran = leadscore("score", tmp_path, tmp_path / "scores.csv", "--home", madeup_home)
    assert (ran.code, ran.err.splitlines()[0]) == (5, "leadscore: the folder holds no table of events")


def test_no_moment_is_said(leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame) -> None:
    leads = write(flat, tmp_path / "leads.csv")
    ran = leadscore("score", leads, tmp_path / "scores.csv", "--home", madeup_home, "--as-of", "soon")
    assert (ran.code, ran.err.splitlines()[0]) == (5, "leadscore: not a moment in time")


def test_a_file_that_holds_no_field_of_the_model_is_refused(leadscore: Run, madeup_home: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", "utf-8")
    ran = leadscore("score", tmp_path / "other.csv", tmp_path / "scores.csv", "--home", madeup_home)
    assert (ran.code, ran.err.splitlines()[0]) == (
        5,
        "leadscore: the file holds none of the fields that the model reads",
    )
    assert files(tmp_path) == ["other.csv"]


def test_a_column_that_is_not_there_is_said(
    leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame
) -> None:
    leads = write(flat.rename(columns={"job_title": "jobtitle"}), tmp_path / "leads.csv")
    ran = leadscore("score", leads, tmp_path / "scores.csv", "--home", madeup_home)
    assert ran.code == 0
    assert "note: no column 'job_title'; did you mean 'jobtitle'?" in ran.err
    assert "facts are about events" in ran.err


def test_a_little_memory_is_enough(leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame) -> None:
    leads, small, plenty = write(flat, tmp_path / "leads.csv"), tmp_path / "small.csv", tmp_path / "plenty.csv"
    ran = leadscore("score", leads, small, "--home", madeup_home, "--memory", "100MB", *AS_OF)
    leadscore("score", leads, plenty, "--home", madeup_home, *AS_OF)
    assert (ran.code, small.read_bytes()) == (0, plenty.read_bytes())


def test_a_size_of_memory_that_is_none_is_said(
    leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame
) -> None:
    leads = write(flat, tmp_path / "leads.csv")
    ran = leadscore("score", leads, tmp_path / "scores.csv", "--home", madeup_home, "--memory", "much")
    assert ran.code == 4
    assert "got: 'much'" in ran.err
    assert files(tmp_path) == ["leads.csv"]


def test_without_spark_it_is_said_how_to_install_it(scorecard_path: Path, tmp_path: Path, flat: pd.DataFrame) -> None:
    words = ["score", write(flat, tmp_path / "leads.csv"), tmp_path / "scores", "--scorecard", scorecard_path]
    without = "import sys; sys.modules['pyspark'] = None; from serving.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", without, *map(str, words), "--engine", "spark"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.splitlines()) == (
        4,
        [
            "leadscore: --engine spark needs 'pyspark', which is not installed",
            "  do: pip install 'leadscore[spark]'",
        ],
    )


@pytest.mark.spark
def test_spark_writes_a_folder_and_no_csv(
    leadscore: Run, madeup_home: Path, tmp_path: Path, flat: pd.DataFrame, spark: Any
) -> None:
    leads, asked = write(flat, tmp_path / "leads.parquet"), ("--home", madeup_home, "--engine", "spark", *AS_OF)
    assert leadscore("score", leads, tmp_path / "scores.csv", *asked).code == 5
    assert leadscore("score", leads, tmp_path / "scores", *asked).code == 0
    assert sorted(pd.read_parquet(tmp_path / "scores")["lead_id"]) == sorted(flat["lead_id"])
    assert files(tmp_path) == ["leads.parquet", "scores"]

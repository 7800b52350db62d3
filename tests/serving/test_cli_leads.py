"""``--store``: the commands on history read the store of the service, and find in it what the files hold."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import create_engine
from stored_leads import TABLES, put_company
from typer.testing import CliRunner

from serving.cli import app
from serving.store import schema
from training.dataset import Dataset
from training.drift.outcomes import outcomes_of
from training.leads import Leads
from training.store_tables import Store

MADEUP = Path(__file__).parents[2] / "training" / "madeup"
QUICK = "learner: {bags: 2, bins: 16, folds: 2, jobs: 1}\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, madeup_home: Path) -> str:
    """The URL of a store of the made-up company."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'leadscore.db'}"
    engine = create_engine(url)
    schema.metadata.create_all(engine, tables=TABLES)
    with engine.begin() as connection:
        put_company(connection, madeup_home / "madeup")
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration that names no files, and no account but that of the store."""
    folder = tmp_path_factory.mktemp("config")
    told = (MADEUP / "train.yaml").read_text("utf-8").replace("{file: leads.csv, id: lead_id}", "{}")
    told = told.replace("events: events.csv, outcomes: outcomes.csv, ", "")
    (folder / "train.yaml").write_text(told + QUICK, "utf-8")
    (folder / "agreement.yaml").write_bytes((MADEUP / "agreement.yaml").read_bytes())
    return folder / "train.yaml"


def ordered(data: Dataset) -> dict[tuple[str, float], tuple[Any, ...]]:
    rows = zip(data.converted.tolist(), *(c.plain() for c in data.columns), strict=True)
    return dict(zip(zip(data.lead_ids, data.when.tolist(), strict=True), rows, strict=True))


def test_the_store_holds_what_the_files_hold(store: str, config: Path, madeup_home: Path) -> None:
    """The same facts are derived, and the same values learned from."""
    ours = Leads(config, Store(store)).everything
    theirs = Leads(MADEUP / "train.yaml", madeup_home / "madeup").everything
    assert [f.name for f in ours.features] == [f.name for f in theirs.features]
    assert ordered(ours) == ordered(theirs)
    assert (ours.known_until, ours.leads_in_table) == (theirs.known_until, theirs.leads_in_table)
    assert np.array_equal(ours.converts_ever, theirs.converts_ever)


def test_drift_holds_scores_against_the_outcomes_of_the_store(store: str, config: Path, madeup_home: Path) -> None:
    ours, theirs = Leads(config, Store(store)), Leads(MADEUP / "train.yaml", madeup_home / "madeup")
    found, expected = (outcomes_of(leads, leads.everything) for leads in (ours, theirs))
    assert found.table.sort_index().equals(expected.table.sort_index())
    assert found[1:] == expected[1:]


@pytest.mark.slow
def test_train_reads_the_store(store: str, config: Path, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["train", str(config), "--store", store, "--home", str(tmp_path / "home")])
    assert ran.exit_code == 0, ran.output
    assert "Registered leadscore-madeup version 1 (champion)." in ran.stdout
    again = ["retrain", str(config), "--store", store, "--home", str(tmp_path / "home")]
    assert CliRunner().invoke(app, again).exit_code == 10


@pytest.mark.parametrize("command", ["train", "retrain", "backtest", "review", "thresholds", "drift", "promote"])
def test_files_or_the_store_not_both(command: str, config: Path, store: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, [command, str(config), "--data", str(tmp_path), "--store", store])
    assert ran.exit_code == 2
    assert "give --data or --store, not both" in ran.stderr


def test_without_files_and_without_a_store_it_says_what_to_give(config: Path, leadscore: Any) -> None:
    ran = leadscore("review", config)
    assert "give the leads file with --data or the store with --store" in ran.err
    assert ran.code != 0

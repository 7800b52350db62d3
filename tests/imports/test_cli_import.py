"""The command ``leadscore import``."""

import csv
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from brought import csv_of, gz_of, parquet_of

from features.errors import DataError
from serving.cli import main
from serving.imports.files import files_of, table_of
from training.scorecard import Scorecard, save

LEADS = [{"lead_id": f"L-{i}", "created_at": "2026-01-01", "email": f"p{i}@acme.example"} for i in range(30)]
EVENTS = [{"lead_id": f"L-{i}", "at": "2026-01-02", "type": "page_view"} for i in range(30)]
OUTCOMES = [{"lead_id": "L-1", "at": "2026-01-03", "stage": "Customer"}]


@pytest.fixture
def home(tmp_path: Path, rules_card: Scorecard) -> Path:
    save(rules_card, tmp_path / "home" / "scorecard.json")
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The three tables, each in another format."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "outcomes.csv.gz").write_bytes(gz_of(OUTCOMES))
    (tmp_path / "tables" / "events.parquet").write_bytes(parquet_of(EVENTS))
    (tmp_path / "tables" / "leads.csv").write_bytes(csv_of(LEADS))
    return tmp_path / "tables"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    return int(stopped.value.code or 0)


def counted(home: Path, query: str) -> int:
    with sqlite3.connect(home / "store.db") as database:
        return int(database.execute(query).fetchone()[0])


def test_a_folder_is_imported_leads_first_and_scored(
    home: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", folder, "--home", home) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("leads.csv", "events.parquet", "outcomes.csv.gz"))
    assert "Scored 29 leads" in shown  # the customer is closed
    assert counted(home, "SELECT COUNT(*) FROM scores") == 29


def test_scoring_can_be_left_to_the_service(home: Path, folder: Path) -> None:
    assert run("import", folder, "--home", home, "--no-score") == 0
    assert counted(home, "SELECT COUNT(*) FROM scores") == 0


def test_refused_rows_are_written_beside_the_file_and_said_by_the_exit_code(home: Path, folder: Path) -> None:
    file = folder / "crm-leads.csv"
    file.write_bytes(csv_of([*LEADS, LEADS[0] | {"lead_id": None}]))
    assert run("import", file, "--home", home, "--no-score") == 5
    with (folder / "crm-leads.csv.refused.csv").open() as told:
        (row,) = csv.DictReader(told)
    assert (row["file"], row["row"], row["column"]) == ("crm-leads.csv", "32", "lead_id")
    assert counted(home, "SELECT COUNT(*) FROM leads") == 30


def test_refused_rows_are_written_where_it_was_asked_for(home: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "leads.csv").write_bytes(csv_of(LEADS[:5]))
    assert run("import", folder, "--home", home, "--no-score", "--refused", tmp_path / "why.csv") == 5
    assert (tmp_path / "why.csv").read_text().count("there is no such lead") == 25


def test_parts_of_one_table_are_imported_together(home: Path, tmp_path: Path) -> None:
    (tmp_path / "leads").mkdir()
    for part in (0, 1):
        (tmp_path / "leads" / f"part-{part}.parquet").write_bytes(parquet_of(LEADS[part * 15 : part * 15 + 15]))
    assert run("import", tmp_path / "leads", "--home", home, "--no-score") == 0
    assert counted(home, "SELECT COUNT(*) FROM leads") == 30


def test_a_file_whose_name_does_not_say_what_it_holds_needs_to_be_told(home: Path, folder: Path) -> None:
    file = folder / "export.csv"
    file.write_bytes(csv_of(LEADS))
    assert run("import", file, "--home", home) == 5
    assert run("import", file, "--home", home, "--table", "leads", "--no-score") == 0


@pytest.mark.parametrize("name", ["leads_and_events.csv", "export.csv"])
def test_a_name_that_tells_no_table_or_two_is_refused(name: str) -> None:
    with pytest.raises(DataError, match="does not say which table"):
        table_of(Path(name))


def test_an_empty_folder_holds_nothing_to_import(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing to import"):
        files_of(tmp_path)


KILLED = """
import os, signal, sys
from itertools import count
from pathlib import Path

from features.moments import now
from serving.imports.run import Import, Order
from serving.programs.opening import open_programs
from serving.settings import Settings
from serving.store.place import open_store

home, file = map(Path, sys.argv[1:])
store, batches = open_store(home), count(1)

def told(_):
    if next(batches) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

programs = open_programs(Settings(home=home), store)
one = Import(store, programs, file.open("rb"), Order("leads", "csv", "leads.csv", "me"), clock=now, told=told, batch=10)
store.write(one.begin)
one.run()
"""


def test_a_kill_leaves_whole_batches_and_importing_again_completes_them(home: Path, folder: Path) -> None:
    rows = [{"lead_id": f"L-{i}", "created_at": "2026-01-01"} for i in range(50)]
    (folder / "leads.csv").write_bytes(csv_of(rows))
    killed = subprocess.run([sys.executable, "-c", KILLED, home, folder / "leads.csv"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert counted(home, "SELECT stored FROM imports WHERE ended_at IS NULL") == 30
    assert counted(home, "SELECT COUNT(*) FROM leads") == counted(home, "SELECT COUNT(*) FROM standings") == 30
    assert run("import", folder / "leads.csv", "--home", home, "--no-score") == 0
    assert counted(home, "SELECT COUNT(*) FROM leads") == counted(home, "SELECT COUNT(*) FROM standings") == 50

"""``leadscore explain``: a lead by its id, from a JSON file, or from standard input."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.tables import Lead
from serving.scorer import Scorer
from serving.shapes import EXAMPLE

Run = Callable[..., Any]
AS_OF = ("--as-of", "2026-09-01T12:00:00Z")


def test_a_lead_by_its_id(leadscore: Run, madeup_home: Path, scorer: Scorer, leads: list[Lead], as_of: int) -> None:
    ran = leadscore("explain", leads[3].lead_id, "--home", madeup_home, *AS_OF)
    assert ran.code == 0
    assert " ".join(ran.out.split()).startswith(scorer.answer(leads[3], as_of)["summary"])


def test_a_lead_by_its_id_in_another_file(leadscore: Run, madeup_home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("number,industry\n17,software\n", "utf-8")
    ran = leadscore("explain", "17", "--data", tmp_path / "mine.csv", "--id", "number", "--home", madeup_home)
    assert "industry: software" in ran.out


def test_an_unknown_id_gives_the_nearest(leadscore: Run, madeup_home: Path) -> None:
    ran = leadscore("explain", "sim-000007", "--home", madeup_home)
    assert ran.code == 7
    assert "do: did you mean 'sim-00" in ran.err


def test_an_id_like_no_other_gives_one_that_is(leadscore: Run, madeup_home: Path) -> None:
    ran = leadscore("explain", "zzz", "--home", madeup_home)
    assert "do: ids look like 'sim-0000001'" in ran.err


def test_a_lead_in_a_file(leadscore: Run, madeup_home: Path, tmp_path: Path) -> None:
    (tmp_path / "lead.json").write_text(json.dumps(EXAMPLE), "utf-8")
    ran = leadscore("explain", tmp_path / "lead.json", "--home", madeup_home)
    assert "as of 2026-11-21T09:00:00Z" in ran.out
    assert "employees: 320" in ran.out


def test_the_moment_given_beats_the_moment_sent(leadscore: Run, madeup_home: Path, tmp_path: Path) -> None:
    lead = {"lead_id": "L-1", "as_of": "2026-11-21", "events": [{"type": "visit", "at": "2026-11-20"}]}
    (tmp_path / "lead.json").write_text(json.dumps(lead), "utf-8")
    ran = leadscore("explain", tmp_path / "lead.json", "--home", madeup_home, *AS_OF)
    assert "as of 2026-09-01T12:00:00Z" in ran.out
    assert "note: 1 event(s) after 2026-09-01T12:00:00Z were not read" in ran.out


def test_a_lead_on_standard_input(madeup_home: Path) -> None:
    arguments = [sys.executable, "-m", "serving.cli", "explain", "-", "--home", str(madeup_home)]
    lead = '{"lead_id": "L-1", "job_title": "Gründerin"}'.encode()
    done = subprocess.run(arguments, input=lead, capture_output=True, check=True)
    assert "seniority by job title: executive" in done.stdout.decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "the lead is not valid JSON"),
        (b"\xff", "the lead is not valid JSON"),
        (b'{"lead_id": "L-1", "industry": "\\ud800"}', "the lead is not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b'{"lead_id": 17.5}', "must be a valid string"),
        (b'{"lead_id": "L-1", "as_of": "soon"}', "not a moment in time"),
        (b'{"lead_id": "L-1", "stage_now": "Bogus"}', "'Bogus' is no stage of the agreement"),
    ],
)
def test_a_file_that_holds_no_lead(
    leadscore: Run, madeup_home: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "lead.json").write_bytes(content)
    ran = leadscore("explain", tmp_path / "lead.json", "--home", madeup_home)
    assert ran.code == 7
    assert ran.err.startswith(f"leadscore: {said}")


def test_a_file_that_is_not_there(leadscore: Run, madeup_home: Path, tmp_path: Path) -> None:
    ran = leadscore("explain", tmp_path / "lead.json", "--home", madeup_home)
    assert (ran.code, ran.err.splitlines()[0]) == (7, "leadscore: cannot read the lead")

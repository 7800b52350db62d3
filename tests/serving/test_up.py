"""``leadscore up``: the first time it makes up, trains and serves; the second time it only serves."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from serving.programs.registering import registered
from serving.programs.service import LEADS, in_service
from serving.settings import Settings
from serving.store.place import open_store
from serving.up import commands
from training.scorecard import Scorecard, rules_only, save

PATIENCE = 240.0
MADEUP = Path(__file__).parents[2] / "training" / "madeup"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """Ours without MLflow's settings: a training in this process leaves its registry there."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}


def up(home: Path) -> str:
    """Run until ready, stop, and return what was printed."""
    port = free_port()
    arguments = [sys.executable, "-m", "serving.cli", "up", "--leads", "1000", "--home", str(home), "--port", str(port)]
    with (home.parent / "out.txt").open("w+", encoding="utf-8") as out:
        with subprocess.Popen(arguments, stdout=out, stderr=subprocess.STDOUT, env=environment()) as process:
            until = time.monotonic() + PATIENCE
            while not ready(port) and process.poll() is None and time.monotonic() < until:
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
        out.seek(0)
        said = out.read()
    assert f"Serving on http://127.0.0.1:{port}" in said, said
    assert "Traceback" not in said
    return said


def ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx2.TransportError:
        return False


@pytest.mark.slow
def test_the_second_time_nothing_is_trained_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = up(home)
    made = (home / "scorecard.json").read_bytes()
    second = up(home)
    assert "Everything in it is simulated." in first
    assert "Registered leadscore-madeup version 1 (champion)." in first, first
    assert "Registered" not in second
    with closing(sqlite3.connect(home / "store.db")) as store:
        assert store.execute("SELECT count(*) FROM leads").fetchone() == (1_000,)
    assert (home / "scorecard.json").read_bytes() == made
    for said in (first, second):
        assert "score (history counts" in said
        assert "leadscore explain sim-0000931 --as-of 2026-10-01" in said


@pytest.mark.parametrize("before", [False, True])
def test_a_model_made_from_something_else_is_replaced_by_the_new_one(
    before: bool, tmp_path: Path, rules_card: Scorecard
) -> None:
    settings = Settings(home=tmp_path)
    if before:
        save(rules_card, settings.scorecard)
    made = commands(settings, MADEUP, 1_000)
    assert [words[0] for words in made] == ["madeup", "train", *(["promote"] if before else []), "madeup", "import"]
    assert not before or {"--override", "--reason"} <= set(made[-3])


def test_where_another_agreement_was_adopted_the_present_one_is_adopted_first(
    tmp_path: Path, rules_card: Scorecard
) -> None:
    settings = Settings(home=tmp_path)
    other = rules_only(replace(rules_card.agreement, version="of last year"))
    with closing(open_store(tmp_path, "")) as store:
        registered(store, in_service(LEADS, other), now=1)
    made = commands(settings, MADEUP, 1_000)
    assert [words[:2] for words in made[1:3]] == [["agreement", "propose"], ["agreement", "adopt"]]
    assert made[3][0] == "train"


def test_somebodys_own_model_is_not_written_over(
    leadscore: Callable[..., Any], tmp_path: Path, rules_card: Scorecard
) -> None:
    save(rules_card, tmp_path / "scorecard.json")
    before = (tmp_path / "scorecard.json").read_bytes()
    ran = leadscore("up", "--home", tmp_path, "--port", free_port())
    assert (ran.code, (tmp_path / "scorecard.json").read_bytes()) == (4, before)
    assert "this home holds the model" in ran.err

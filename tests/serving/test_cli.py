"""The command: help for everything, an exit code for every kind of error, never a traceback."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from features import errors
from serving import cli

REPO = Path(__file__).parents[2]
MADEUP = REPO / "training" / "madeup"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, inner in command.commands.items():
        yield (*path, name), inner
        if hasattr(inner, "commands"):
            yield from commands(inner, (*path, name))


EVERY = dict(commands(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_says_what_it_does(leadscore: Callable[..., Any], path: tuple[str, ...]) -> None:
    ran = leadscore(*path, "--help")
    first_line = (EVERY[path].help or "").splitlines()[0]
    assert ran.code == 0
    assert first_line.split()[0] in ran.out
    assert first_line.endswith(".")


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_option_says_what_it_is(path: tuple[str, ...]) -> None:
    unsaid = [p.name for p in EVERY[path].params if not getattr(p, "help", None) and p.name != "help"]
    assert unsaid == []


def test_without_a_command_there_is_help(leadscore: Callable[..., Any]) -> None:
    ran = leadscore()
    assert ran.code == 2
    assert "leadscore up" in ran.out + ran.err


def test_the_version(leadscore: Callable[..., Any]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n", leadscore("--version").out)


# Exit codes


def kinds(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield from kind.__subclasses__()
    for inner in kind.__subclasses__():
        yield from kinds(inner)


def test_every_kind_of_error_has_its_own_exit_code() -> None:
    told = {kind for kind in kinds(errors.LeadscoreError) if kind.__module__ == errors.__name__}
    assert told <= set(cli.EXIT_CODES)
    assert len(set(cli.EXIT_CODES.values())) == len(cli.EXIT_CODES)


def test_a_kind_comes_before_the_kind_that_it_is_one_of() -> None:
    order = list(cli.EXIT_CODES)
    assert all(order.index(kind) < order.index(of) for kind in order for of in kind.__mro__[1:] if of in order)


def test_the_exit_codes_are_told() -> None:
    assert all(f"{code} " in (cli.__doc__ or "") for code in cli.EXIT_CODES.values())


@pytest.fixture
def leaking(tmp_path: Path) -> Path:
    """The made-up company's configuration without the list of columns that know the future."""
    (tmp_path / "agreement.yaml").write_bytes((MADEUP / "agreement.yaml").read_bytes())
    listed = re.compile(r"knows_future:\n(  .*\n)+")
    config = tmp_path / "train.yaml"
    config.write_text(listed.sub("", (MADEUP / "train.yaml").read_text("utf-8")), "utf-8")
    return config


def test_wrong_usage_is_2(leadscore: Callable[..., Any]) -> None:
    assert leadscore("nothing").code == 2
    assert leadscore("score").code == 2
    assert leadscore("serve", "--port", "0").code == 2


def test_an_agreement_that_does_not_hold_together_is_3(leadscore: Callable[..., Any], tmp_path: Path) -> None:
    broken = tmp_path / "agreement.yaml"
    broken.write_text((MADEUP / "agreement.yaml").read_text("utf-8").replace("threshold: 40", "treshold: 40"), "utf-8")
    ran = leadscore("agreement", "check", broken)
    assert ran.code == 3
    assert "did you mean 'threshold'?" in ran.err


def test_a_configuration_that_does_not_is_4(leadscore: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "train.yaml").write_text("name: x\nagreement: a.yaml\n", "utf-8")
    ran = leadscore("train", tmp_path / "train.yaml", "--home", tmp_path / "home")
    assert ran.code == 4
    assert not (tmp_path / "home").exists()


def test_data_that_cannot_be_read_are_5(leadscore: Callable[..., Any], madeup_home: Path, tmp_path: Path) -> None:
    ran = leadscore("score", tmp_path / "leads.csv", tmp_path / "scores.csv", "--home", madeup_home)
    assert (ran.code, ran.err.splitlines()[0]) == (5, "leadscore: no such file")


def test_columns_that_know_the_future_are_6(
    leadscore: Callable[..., Any], madeup_home: Path, leaking: Path, tmp_path: Path
) -> None:
    ran = leadscore("train", leaking, "--data", madeup_home / "madeup", "--home", tmp_path / "home")
    assert ran.code == 6
    assert "lost_reason" in ran.err
    assert not (tmp_path / "home").exists()


def test_a_lead_that_cannot_be_scored_is_7(leadscore: Callable[..., Any], madeup_home: Path, tmp_path: Path) -> None:
    (tmp_path / "lead.json").write_text('{"lead_id": "L-1", "employees": "many"}', "utf-8")
    ran = leadscore("explain", tmp_path / "lead.json", "--home", madeup_home)
    assert (ran.code, ran.err.splitlines()[1]) == (7, "  where: profile.employees")


def test_a_scorecard_that_is_not_there_is_8(leadscore: Callable[..., Any], tmp_path: Path) -> None:
    assert leadscore("serve", "--home", tmp_path, "--port", "1").code in (4, 8)  # port 1 may be forbidden
    assert leadscore("explain", "L-1", "--home", tmp_path).code == 8


def test_a_home_with_nothing_to_serve_is_refused_before_a_key_is_made(
    leadscore: Callable[..., Any], tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ran = leadscore("serve", "--home", tmp_path, "--port", port)
    assert ran.code != 0
    assert "scorecard" in ran.err
    assert "key" not in ran.out
    assert not (tmp_path / "key").exists()


def test_being_stopped_is_130(madeup_home: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lead.json")
    arguments = [sys.executable, "-m", "serving.cli", "explain", tmp_path / "lead.json", "--home", madeup_home]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    with process, (tmp_path / "lead.json").open("wb"):  # opens when the command does
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said

"""``leadscore agreement``: check, show, diff, schema."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.agreement import Agreement
from features.schema import agreement_schema
from training.scorecard import Scorecard, load, save

Run = Callable[..., Any]
REPO = Path(__file__).parents[2]
FILE = REPO / "training" / "madeup" / "agreement.yaml"


@pytest.fixture(scope="module")
def agreement(rules_card: Scorecard) -> Agreement:
    return rules_card.agreement


def words(text: str) -> str:
    """The text without the lines of tables and without line breaks."""
    return " ".join("".join(" " if c in "│┃┏━┡╇└┴┳┓┩┘─┐┌┬├┼┤╈" else c for c in text).split())


def test_check_runs_the_examples_and_says_the_hash(leadscore: Run, agreement: Agreement) -> None:
    ran = leadscore("agreement", "check", FILE)
    assert ran.code == 0
    assert f"{len(agreement.stages)} stages, {len(agreement.examples)} worked examples" in ran.out
    assert ran.out.splitlines()[-1] == agreement.content_hash()


@pytest.mark.parametrize("name", ["nothing.yaml", "."])
def test_check_of_no_file(leadscore: Run, tmp_path: Path, name: str) -> None:
    ran = leadscore("agreement", "check", tmp_path / name)
    assert (ran.code, ran.err.splitlines()[0]) == (3, "leadscore: cannot read the file")


def test_show_names_every_fact_stage_and_signature(leadscore: Run, agreement: Agreement) -> None:
    shown = leadscore("agreement", "show", FILE).out
    names = [fact.label or fact.fact for _, fact in agreement.facts]
    names += [stage.stage for stage in agreement.stages] + [s.name for s in agreement.signatures]
    names += [test.name for test in (*agreement.exclusions, *agreement.fast_tracks)]
    assert [name for name in names if name.split()[0] not in shown] == []


def test_show_shows_every_number_of_points(leadscore: Run, agreement: Agreement) -> None:
    shown = words(leadscore("agreement", "show", FILE).out)
    points = [p.points for _, fact in agreement.facts for p in fact.points]
    points += [fact.points_each for _, fact in agreement.facts if fact.points_each is not None]
    assert [p for p in points if f" {p:+g} " not in shown] == []


def test_show_says_the_process_the_segments_and_the_quadrant(leadscore: Run, agreement: Agreement) -> None:
    shown = words(leadscore("agreement", "show", FILE).out)
    segments, quadrant = agreement.segments, agreement.quadrant
    assert segments is not None
    assert quadrant is not None
    told = ["goes back to Lead", "Europe/Berlin", "40 % go on", "stays at most 14 days", *quadrant.names]
    told += [test.name for test in (*segments.personas, *segments.phases)]
    assert [each for each in told if each not in shown] == []


def test_show_says_nothing_of_segments_where_there_are_none(leadscore: Run) -> None:
    shown = leadscore("agreement", "show", REPO / "tests" / "agreement" / "accepted.yaml").out
    assert "Personas" not in shown
    assert "Fit by interest" not in shown


def test_show_takes_brackets_as_they_are(leadscore: Run, tmp_path: Path) -> None:
    file = tmp_path / "agreement.yaml"
    file.write_text(FILE.read_text("utf-8").replace("an offer is out", "'[red]an offer[/blue]'"), "utf-8")
    ran = leadscore("agreement", "show", file)
    assert ran.code == 0
    assert "[red]an" in ran.out


def test_diff_says_the_changes_in_words(leadscore: Run, tmp_path: Path) -> None:
    later = tmp_path / "agreement.yaml"
    later.write_text(FILE.read_text("utf-8").replace("threshold: 40", "threshold: 41"), "utf-8")
    ran = leadscore("agreement", "diff", FILE, later)
    assert ran.code == 0
    changes = ran.out.splitlines()
    assert len(changes) == 1
    assert changes[0].startswith("- ")
    assert "41" in changes[0]


def test_diff_of_the_same(leadscore: Run) -> None:
    assert leadscore("agreement", "diff", FILE, FILE).out == "Both say the same.\n"


def test_schema_prints_the_schema(leadscore: Run) -> None:
    assert json.loads(leadscore("agreement", "schema").out) == json.loads(json.dumps(agreement_schema()))


def test_adopt_serves_the_agreed_points(leadscore: Run, tmp_path: Path, agreement: Agreement) -> None:
    ran = leadscore("agreement", "adopt", FILE, "--home", tmp_path / "home")
    card = load(tmp_path / "home" / "scorecard.json")
    assert ran.code == 0
    assert (card.weight_of_history, card.agreement_hash) == (0.0, agreement.content_hash())


def test_adopt_does_not_write_over_a_trained_model(leadscore: Run, tmp_path: Path, card: Scorecard) -> None:
    save(card, tmp_path / "scorecard.json")
    ran = leadscore("agreement", "adopt", _later(tmp_path), "--home", tmp_path)
    assert ran.code == 3
    assert "propose it first" in ran.err
    assert load(tmp_path / "scorecard.json") == card


def test_a_later_agreement_is_proposed_then_adopted(leadscore: Run, tmp_path: Path, card: Scorecard) -> None:
    save(card, tmp_path / "scorecard.json")
    shown = leadscore("agreement", "propose", _later(tmp_path), "--home", tmp_path)
    assert shown.code == 0
    assert "MQL now needs 41 points instead of 40" in shown.out
    assert "no lead is affected: there is none" in shown.out
    assert leadscore("agreement", "effect", "2026-11", "--home", tmp_path).out in shown.out
    ran = leadscore("agreement", "adopt", "2026-11", "--home", tmp_path)
    assert (ran.code, load(tmp_path / "scorecard.json").model_version) == (0, "1+2026-11")
    assert "Adopted version 2026-11" in ran.out


def test_the_history_lists_every_agreement(leadscore: Run, tmp_path: Path, card: Scorecard) -> None:
    save(card, tmp_path / "scorecard.json")
    leadscore("agreement", "propose", _later(tmp_path), "--home", tmp_path)
    told = words(leadscore("agreement", "history", "--home", tmp_path).out)
    assert "2026-11 proposed" in told
    assert "2026-10 adopted" in told


def test_customers_begin_with_a_card_of_their_own(leadscore: Run, tmp_path: Path) -> None:
    leadscore("agreement", "adopt", FILE, "--home", tmp_path)
    customers = FILE.with_name("agreement_customers.yaml")
    assert leadscore("agreement", "adopt", customers, "--program", "customers", "--home", tmp_path).code == 0
    assert load(tmp_path / "customers" / "scorecard.json").agreement.covers == "customers"


def test_an_agreement_of_others_is_refused(leadscore: Run, tmp_path: Path) -> None:
    ran = leadscore("agreement", "adopt", FILE, "--program", "customers", "--home", tmp_path)
    assert ran.code == 3
    assert "give the program 'leads'" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("effect",), "no agreement ''"),
        (("adopt", "2027-01"), "no agreement '2027-01'"),
        (("propose", FILE, "--move", "MQL"), "not a move of stages"),
    ],
)
def test_what_cannot_be_meant_is_4(leadscore: Run, tmp_path: Path, arguments: tuple[object, ...], said: str) -> None:
    leadscore("agreement", "adopt", FILE, "--home", tmp_path)
    ran = leadscore("agreement", *arguments, "--home", tmp_path)
    assert ran.code == 4
    assert said in ran.err


def _later(folder: Path) -> Path:
    """The next version of the agreement."""
    text = FILE.read_text("utf-8").replace('version: "2026-10"', 'version: "2026-11"')
    (folder / "later.yaml").write_text(text.replace("threshold: 40", "threshold: 41"), "utf-8")
    return folder / "later.yaml"

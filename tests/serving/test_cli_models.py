"""Versions from the command line: what is said, and what a script is told by the exit code."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from training.registry.champion import make_champion
from training.registry.lock import alone
from training.registry.moves import moved
from training.registry.place import Registry
from training.registry.runs import Run, register
from training.scorecard import History, Scorecard, load, save

MADEUP = Path(__file__).parents[2] / "training" / "madeup"
SURE = {"1": 1.0, "2": 4.0, "3": 1.0}  # how sure each version is: the second one far too much


@pytest.fixture(scope="module")
def tried(rules_card: Scorecard, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a champion, a worse version, and one that is as good, tested on the same 500 leads. Read only."""
    home = tmp_path_factory.mktemp("tried")
    registry = Registry.embedded(home)
    random = np.random.default_rng(3)
    z = random.normal(size=500)
    known = {"lead_id": [f"L-{i}" for i in range(500)], "when": np.arange(500.0)}
    known["converted"] = (random.uniform(size=500) < 1 / (1 + np.exp(-z))).astype(np.int64)
    past = History(leads=1_000, converted=500, trained_at="2026-10-01", data_fingerprint="sha256:0", known_until=0.0)
    for version, sure in SURE.items():
        card = replace(rules_card, name="tried", model_version="unregistered", scale_b=0.05 * sure, history=past)
        predictions = pd.DataFrame(known | {"blend": 1 / (1 + np.exp(-sure * z))})
        metrics = {"blend.auc": 0.7, "blend.log_loss": 0.5}
        example = pd.DataFrame({"industry": ["software"]})
        run = Run(card, {}, metrics, {}, {}, example, "tried", tested=card, predictions=predictions)
        made = register(registry, run)
        if version == "1":
            make_champion(registry, made, home, moved("first", version, reason="the first"))
    return home


@pytest.fixture
def home(tried: Path, tmp_path: Path) -> Path:
    """The test's own copy of it; artifacts stay where they are."""
    for name in ("mlflow.db", "scorecard.json"):
        shutil.copy(tried / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def call(leadscore: Callable[..., Any], home: Path) -> Callable[..., Any]:
    """The command on that home."""
    return lambda command, *more: leadscore(command, *more, "--home", home)


def served(home: Path) -> str:
    return load(home / "scorecard.json").model_version


def plain(text: str) -> str:
    return " ".join(text.split())


# promote


def test_a_challenger_that_is_not_worse_is_promoted(call, home) -> None:
    ran = call("promote")
    assert (ran.code, served(home)) == (0, "3")
    assert "On the same 500 leads that neither has learned from" in ran.out
    assert "Promoted: version 3 is the champion, in place of version 1: the challenger is not worse" in plain(ran.out)


def test_a_worse_one_is_refused_with_11(call, home) -> None:
    ran = call("promote", "--version", "2")
    assert (ran.code, served(home)) == (11, "1")
    assert "Not promoted: the challenger is worse: its log loss is higher by" in ran.out
    assert "and the challenger is miscalibrated" in plain(ran.out)
    assert "Version 1 stays the champion" in plain(ran.out)


def test_an_override_promotes_it_all_the_same(call, home) -> None:
    ran = call("promote", "--version", "2", "--override", "--reason", "a new [market]", "--by", "Ann")
    assert (ran.code, served(home)) == (0, "2")
    assert "Promoted against the evidence: version 2" in ran.out
    assert "overridden by Ann: a new [market]" in call("versions").out


def test_an_override_without_a_reason_is_4(call, home) -> None:
    ran = call("promote", "--version", "2", "--override")
    assert (ran.code, served(home)) == (4, "1")
    assert "needs a reason" in ran.err


def test_without_a_challenger_it_is_10(call) -> None:
    call("promote")
    ran = call("promote")
    assert (ran.code, ran.out.strip()) == (10, "No challenger waits: version 3 is the champion.")


def test_a_version_that_is_not_there_is_9(call) -> None:
    ran = call("promote", "--version", "7")
    assert ran.code == 9
    assert "3 (challenger), 2, 1 (champion)" in ran.err


# rollback


def test_a_rollback_brings_the_one_before_back(call, home) -> None:
    call("promote")
    ran = call("rollback", "--reason", "calls dropped")
    assert (ran.code, served(home)) == (0, "1")
    assert ran.out.strip() == "Rolled back: version 1 is the champion, in place of version 3."


def test_there_is_nothing_before_the_first(call, home) -> None:
    ran = call("rollback", "--reason", "calls dropped")
    assert (ran.code, served(home)) == (9, "1")
    assert "no champion came before version 1" in ran.err


def test_a_rollback_needs_a_reason(call) -> None:
    ran = call("rollback")
    assert ran.code == 2
    assert "--reason" in ran.err


# versions


def test_versions_are_listed_with_aliases_and_champions(call) -> None:
    call("promote")
    said = plain(call("versions").out)
    assert "│ 3 │ champion │" in said
    assert "│ 1 │ previous │" in said
    assert "version 1, first by" in said
    assert "version 3 in place of 1, promoted by" in said


def test_a_home_without_versions_is_9(leadscore, tmp_path) -> None:
    ran = leadscore("versions", "--home", tmp_path)
    assert (ran.code, list(tmp_path.iterdir())) == (9, [])
    assert "nothing was registered here yet" in ran.err


def test_a_silent_server_is_9(leadscore, tmp_path) -> None:
    ran = leadscore("versions", "--tracking-uri", "http://127.0.0.1:1", "--home", tmp_path, "--model", "tried")
    assert ran.code == 9
    assert "check the tracking server" in ran.err


# compare


def test_two_versions_are_compared_in_words(call) -> None:
    said = plain(call("compare", "champion", "2").out)
    assert "A: tried version 1 (trained 2026-10-01 on 1,000 leads" in said
    assert "B: tried version 2" in said
    assert "40 points (MQL) mean a probability of" in said


def test_versions_that_say_the_same_are_said_to(call) -> None:
    assert "Both say the same." in call("compare", "1", "3").out


def test_a_scorecard_file_can_be_compared_and_leads_be_told_that_would_move(
    leadscore, madeup_home, card, tmp_path
) -> None:
    agreement = replace(
        card.agreement,
        stages=tuple(
            replace(s, threshold=s.threshold + 5) if s.stage == "MQL" and s.threshold else s
            for s in card.agreement.stages
        ),
    )
    save(replace(card, agreement=agreement, agreement_hash=agreement.content_hash()), tmp_path / "b.json")
    data = ("--data", madeup_home / "madeup", "--as-of", "2026-09-01T12:00:00Z")
    ran = leadscore("compare", "champion", tmp_path / "b.json", "--home", madeup_home, *data)
    assert ran.code == 0
    assert "MQL now needs 45 points instead of 40" in ran.out
    assert "Of 1,500 leads, " in ran.out
    assert "into Lead: sim-" in plain(ran.out)


def test_nothing_is_read_from_a_file_that_is_not_there(leadscore, madeup_home, tmp_path) -> None:
    ran = leadscore("compare", "champion", tmp_path / "b.json", "--home", madeup_home)
    assert ran.code == 8


# train and retrain


def test_nothing_new_is_10(leadscore, madeup_home, tmp_path) -> None:
    for name in ("mlflow.db", "scorecard.json"):
        shutil.copy(madeup_home / name, tmp_path / name)
    ran = leadscore("retrain", MADEUP / "train.yaml", "--data", madeup_home / "madeup", "--home", tmp_path)
    assert ran.code == 10
    assert "Nothing to do: 0 leads have matured since version 1 was trained" in plain(ran.out)


def test_another_retraining_at_work_is_13(leadscore, tmp_path) -> None:
    with alone(tmp_path, "retrain"):
        ran = leadscore("retrain", MADEUP / "train.yaml", "--data", tmp_path, "--home", tmp_path)
    assert ran.code == 13
    assert "another process is at it" in ran.err


def test_a_configuration_that_is_wrong_is_4_in_retraining_too(leadscore, tmp_path) -> None:
    (tmp_path / "train.yaml").write_text("name: x\nagreement: a.yaml\n", "utf-8")
    assert leadscore("retrain", tmp_path / "train.yaml", "--home", tmp_path / "home").code == 4


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A configuration with forty leads, quick to train."""
    (tmp_path / "agreement.yaml").write_text(
        'agreement: shop\nversion: "1"\nagreed_on: 2026-01-01\npoints_double_odds: 10\n'
        "conversion: {definition: buys, stage: Customer, horizon_days: 30}\n"
        "fit: [{fact: size, field: size, points_each: 5}]\n"
        "stages:\n  - {stage: Lead, definition: a name, owner: marketing}\n"
        "  - {stage: Customer, definition: bought, owner: sales, gate: paid}\n",
        "utf-8",
    )
    (tmp_path / "train.yaml").write_text(
        "name: shop\nagreement: agreement.yaml\nleads: {file: leads.csv}\norder: {rows: true}\n"
        "outcome: {column: bought, positive: ['1']}\nderive_features: false\nknown_from: {size: a test}\n"
        "learner: {bags: 2, bins: 8, folds: 2, jobs: 1}\n",
        "utf-8",
    )
    random = np.random.default_rng(0)
    size, lot = random.uniform(-3, 3, 40), random.uniform(size=40)
    rows = pd.DataFrame({"size": size.round(2), "bought": (lot < 1 / (1 + np.exp(-size))).astype(int)})
    rows.to_csv(tmp_path / "leads.csv", index=False)
    return tmp_path / "train.yaml"


def test_training_can_decide_at_once(leadscore, shop, tmp_path) -> None:
    home = ("--home", tmp_path / "home")
    first = leadscore("train", shop, "--promote", *home)
    assert (first.code, "version 1 (champion)" in first.out) == (0, True)
    second = leadscore("train", shop, "--promote", *home)
    assert second.code == 12
    assert "version 2 (challenger)" in second.out
    assert "Not promoted: too few leads tell" in second.out
    assert served(tmp_path / "home") == "1"


# what is told


@pytest.mark.parametrize(("command", "codes"), [("promote", (10, 11, 12)), ("retrain", (10, 11, 12, 13))])
def test_exit_codes_are_told_by_help(leadscore, command, codes) -> None:
    said = leadscore(command, "--help").out
    from serving import cli

    assert all(f"{code} " in said and f"{code} " in (cli.__doc__ or "") for code in codes)

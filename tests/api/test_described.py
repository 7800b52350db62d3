"""Every answer is as the API's description says: a short run of Schemathesis. ``make api`` is the long one."""

from pathlib import Path

from described import examine
from running import started

from training.scorecard import Scorecard, save


def test_every_answer_is_as_described(rules_card: Scorecard, tmp_path: Path) -> None:
    save(rules_card, tmp_path / "scorecard.json")
    with started(tmp_path, tmp_path / "scorecard.json", "--private-webhooks", log=tmp_path / "log") as running:
        found = examine(running, tmp_path, "--phases", "examples,fuzzing,stateful", "-n", 25, "--seed", 7)
    assert found.failures == 0, found.said
    assert found.cases > 1_000

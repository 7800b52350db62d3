"""The long run of Schemathesis, on either database: ``make api``. Writes api.json with the number of cases."""

import json
from pathlib import Path

import pytest
from described import examine
from running import started

from training.scorecard import Scorecard, save

EXAMPLES = {"sqlite": 400, "postgresql": 120}  # of an operation, in fuzzing and again in stateful runs
REPORT = Path(__file__).parents[2] / "api.json"


@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_every_answer_is_as_described(
    kind: str, rules_card: Scorecard, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    save(rules_card, tmp_path / "scorecard.json")
    url = f"sqlite:///{tmp_path}/store.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url").replace("+psycopg", "")
    options = ("--private-webhooks", "--store", url)
    with started(tmp_path, tmp_path / "scorecard.json", *options, log=tmp_path / "log") as running:
        found = examine(running, tmp_path, "-n", EXAMPLES[kind])
    print(found.said)
    told = json.loads(REPORT.read_bytes()) if REPORT.exists() else {}
    REPORT.write_text(json.dumps(told | {kind: found._replace(said="")._asdict()}, indent=1) + "\n", "utf-8")
    assert found.failures == 0, found.said
    assert found.cases >= (20_000 if kind == "sqlite" else 5_000)

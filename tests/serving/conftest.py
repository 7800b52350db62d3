"""What the tests of serving share: leads to score, scorers, one shape of problems, the command in process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from httpx2 import Response

from features.moments import moment
from features.tables import Lead
from serving.batch import read_leads
from serving.bulk.tables import find_tables
from serving.cli import main
from serving.scorer import Scorer
from training.scorecard import Scorecard

AS_OF = moment("2026-09-01T12:00:00Z")
TRACES = ("Traceback", 'File "', ".py")


@pytest.fixture(scope="session")
def as_of() -> int:
    """A moment at which some made-up leads are fresh and some are old."""
    return AS_OF


@pytest.fixture(scope="session")
def leads(madeup_home: Path, card: Scorecard) -> list[Lead]:
    """All leads of the made-up company with their events."""
    return read_leads(card, find_tables(card, madeup_home / "madeup", None).tables)


@pytest.fixture(scope="session")
def scorer(card: Scorecard) -> Scorer:
    """The champion's scorer."""
    return Scorer(card)


@pytest.fixture(scope="session")
def rules(rules_card: Scorecard) -> Scorer:
    """The scorer of the agreement alone."""
    return Scorer(rules_card)


@pytest.fixture(scope="session")
def problem_of() -> Callable[[Response, int], dict[str, Any]]:
    """Check that an answer is a problem of the one shape (RFC 9457), and return it."""

    def check(response: Response, status: int) -> dict[str, Any]:
        assert response.status_code == status, response.text[:500]
        assert response.headers["content-type"] == "application/problem+json"
        assert not any(trace in response.text for trace in TRACES)
        problem: dict[str, Any] = response.json()
        assert list(problem) == ["type", "title", "status", "detail", "instance", "errors"]
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        for error in problem["errors"]:
            assert list(error) == ["what", "where", "got", "allowed", "do"]
            assert all(isinstance(part, str) for part in error.values())
        return problem

    return check


class Ran(NamedTuple):
    """What the command said, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def leadscore(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command in this process."""

    def run(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(int(stop.value.code or 0), said.out, said.err)

    return run

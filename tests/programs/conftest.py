"""A service over a home and a store, without HTTP: what serves it follows at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from msgspec.structs import replace
from office import Office

from features.agreement import Agreement
from features.loading import load_agreement
from serving.programs.home import card_path
from serving.store.database import Store
from training.scorecard import Scorecard, save

MADEUP = Path(__file__).parents[2] / "training" / "madeup"


@pytest.fixture
def agreement(rules_card: Scorecard) -> Agreement:
    return rules_card.agreement


@pytest.fixture
def later(agreement: Agreement) -> Agreement:
    """The next version: software gives 20 points instead of 10, and MQL begins at 45 instead of 40."""
    industry, *others = agreement.fit
    first, *rest = industry.points
    stages = [replace(s, threshold=45.0) if s.stage == "MQL" else s for s in agreement.stages]
    fit = (replace(industry, points=(replace(first, points=20.0), *rest)), *others)
    return replace(agreement, version="2026-11", fit=fit, stages=tuple(stages), examples=())


@pytest.fixture
def customers() -> Agreement:
    return load_agreement(MADEUP / "agreement_customers.yaml")


@pytest.fixture
def office(store: Store, rules_card: Scorecard, tmp_path: Path) -> Office:
    """An office that works by the made-up company's agreement, without history."""
    return _office(store, tmp_path, replace(rules_card, name="madeup"))


@pytest.fixture
def trained_office(store: Store, card: Scorecard, tmp_path: Path) -> Office:
    """The same with what was learned: version 1 of the model."""
    return _office(store, tmp_path, card)


def _office(store: Store, folder: Path, card: Scorecard) -> Office:
    home = folder / "home"
    save(card, card_path(home, "leads"))
    return Office(home, store)


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Makes a home one that nobody can write to, even root: a file stands where its lock would be made."""

    def spoil(home: Path) -> None:
        lock = home / ".champion.lock"
        lock.unlink(missing_ok=True)
        lock.mkdir()

    return spoil


@pytest.fixture
def problem_of() -> Callable[[Response, int], dict[str, Any]]:
    """Check that an answer is a problem (RFC 9457), and return it."""

    def check(response: Response, status: int) -> dict[str, Any]:
        assert response.status_code == status, response.text[:500]
        assert response.headers["content-type"] == "application/problem+json"
        found: dict[str, Any] = response.json()
        return found

    return check

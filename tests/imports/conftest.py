"""The desk, on either database."""

from pathlib import Path

import pytest
from desk import Desk, programs_of

from serving.store.database import Store
from training.scorecard import Scorecard


@pytest.fixture
def desk(store: Store, rules_card: Scorecard, tmp_path: Path) -> Desk:
    """A desk that works by the made-up company's agreement, without history."""
    return Desk(store, programs_of(store, tmp_path, leads=rules_card))

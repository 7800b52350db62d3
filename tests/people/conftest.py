"""A desk at which people came, did things, were scored, worked, told of and complained about."""

from pathlib import Path

import pytest
from desk import Desk, programs_of
from kim import kim_and_lee
from msgspec.structs import replace

from features.agreement import Fact
from serving.store.database import Store
from training.scorecard import Scorecard, rules_only


@pytest.fixture(scope="session")
def card_of_teams(rules_card: Scorecard) -> Scorecard:
    """The made-up company's agreement, with a fact of the whole account."""
    team = Fact(fact="team_visits", event="page_view", over="account", window_days=30.0, points_each=1.0, cap=5.0)
    return rules_only(replace(rules_card.agreement, interest=(*rules_card.agreement.interest, team)))


@pytest.fixture
def desk(store: Store, card_of_teams: Scorecard, tmp_path: Path) -> Desk:
    """Kim's and Lee's."""
    return kim_and_lee(Desk(store, programs_of(store, tmp_path, leads=card_of_teams)))

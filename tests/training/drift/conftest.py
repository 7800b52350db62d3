"""What the tests of the drift watch share: the made-up company's champion, and newer leads of the same kind."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.drift.champion import Champion, champion_of
from training.drift.watch import Watched, watch
from training.leads import Leads
from training.madeup.company import Company, make_company, write_company
from training.registry.place import Registry

CONFIG = Path(__file__).parents[3] / "training" / "madeup" / "train.yaml"
ALL = "2025-01-01"  # before the first made-up lead

Change = Callable[[Company], Company]
Watch = Callable[..., Watched]


@pytest.fixture(scope="session")
def champion(madeup_home: Path) -> Champion:
    """The champion of the made-up company, with what is kept of the leads that it learned from."""
    return champion_of(Registry.embedded(madeup_home), madeup_home, "madeup")


@pytest.fixture(scope="session")
def leads_learned_from(champion: Champion, madeup_home: Path) -> Dataset:
    """The leads that the champion learned from."""
    return Leads(CONFIG, madeup_home / "madeup").read(champion.card)


@pytest.fixture(scope="session")
def newer() -> Company:
    """Leads of the same company, drawn anew: none of them was learned from, and nothing has drifted."""
    return make_company(1_500, seed=8)


@pytest.fixture(scope="module")
def watched(champion: Champion, newer: Company, tmp_path_factory: pytest.TempPathFactory) -> Watch:
    """Watch the newer leads, changed beforehand."""

    def run(change: Change = lambda company: company, scores: Path | None = None, since: str | None = ALL) -> Watched:
        folder = tmp_path_factory.mktemp("newer")
        write_company(change(newer), folder)
        return watch(Leads(CONFIG, folder), champion, scores=scores, since=since)

    return run


@pytest.fixture(scope="session")
def with_column() -> Callable[[Company, str, object, float], Company]:
    """A company in which so large a share of the leads has another value in a column."""

    def change(company: Company, column: str, value: object, share: float) -> Company:
        chosen = np.random.default_rng(0).random(len(company.leads)) < share
        changed = company.leads[column].mask(chosen, value)
        return replace(company, leads=company.leads.assign(**{column: changed}))

    return change


@pytest.fixture(scope="session")
def fewer_wins() -> Callable[[Company, str, float], Company]:
    """A company in which so large a share of the wins after a day has not come."""

    def change(company: Company, since: str, share: float) -> Company:
        table = company.outcomes
        late = (table["stage"] == "Customer") & (table["at"] >= pd.Timestamp(since, tz="UTC"))
        gone = late & (np.random.default_rng(0).random(len(table)) < share)
        return replace(company, outcomes=table[~gone])

    return change

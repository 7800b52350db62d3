"""What the tests of the review share: leads whose true points are known, and the made-up company reviewed once."""

from collections.abc import Callable
from math import log
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from features.agreement import Agreement, Fact, Points
from features.catalog import Value
from training.dataset import Dataset
from training.leads import Leads
from training.madeup.company import make_company, write_company
from training.review.review import Review, review

MADEUP = Path(__file__).parents[3] / "training" / "madeup"
POINT = log(2) / 10  # log-odds, as 10 points double the odds in the tests' agreements


class History:
    """Leads whose outcome is drawn from points per fact."""

    def __init__(self, leads: int, seed: int = 1, base: float = -1.5) -> None:
        self.random, self.leads = np.random.default_rng(seed), leads
        self.log_odds = np.full(leads, base)
        self.columns: dict[str, list[Value]] = {}

    def yes_no(self, name: str, points: float = 0.0, share: float | NDArray[np.float64] = 0.5) -> NDArray[np.bool_]:
        """A fact that is ``yes`` for a share of the leads, who have so many points more; else it is unknown."""
        has = self.random.random(self.leads) < share
        self.log_odds += has * points * POINT
        self.columns[name] = ["yes" if h else None for h in has]
        return has

    def counted(self, name: str, each: float, most: float = 3.0) -> None:
        """A count with points for each, up to so many."""
        counts = self.random.poisson(1.0, self.leads)
        self.log_odds += np.minimum(counts, most) * each * POINT
        self.columns[name] = counts.astype(float).tolist()

    def outcomes(self) -> list[int]:
        """Who converts, by chance."""
        chance = 1 / (1 + np.exp(-self.log_odds))
        return (self.random.random(self.leads) < chance).astype(int).tolist()


@pytest.fixture(scope="session")
def history() -> Callable[..., History]:
    """A history to be filled with facts."""
    return History


@pytest.fixture(scope="session")
def asks() -> Callable[[str, float], Fact]:
    """A rule: so many points for ``yes``."""
    return lambda name, points: Fact(fact=name, field=name, points=(Points(equals="yes", points=points),))


@pytest.fixture(scope="session")
def counts() -> Callable[..., Fact]:
    """A rule: so many points for each, up to so many."""
    return lambda name, each, most=3.0: Fact(fact=name, field=name, points_each=each, cap=each * most)


Held = Callable[..., Review]


@pytest.fixture(scope="session")
def held(make_dataset, make_agreement) -> Held:
    """A history held against rules."""

    def hold(history: History, *rules: Fact) -> Review:
        return review(make_dataset(history.outcomes(), **history.columns), make_agreement(fit=rules))

    return hold


@pytest.fixture(scope="session")
def madeup_review(madeup: tuple[Agreement, Dataset]) -> Review:
    """The made-up company's agreement held against its 1,500 leads."""
    agreement, data = madeup
    return review(data, agreement)


@pytest.fixture(scope="session")
def reviewed_company(tmp_path_factory) -> Callable[[int], Review]:
    """The agreement held against a made-up company of 5,000 leads."""

    def reviewed(seed: int) -> Review:
        folder = tmp_path_factory.mktemp("company")
        write_company(make_company(5_000, seed), folder)
        leads = Leads(MADEUP / "train.yaml", folder)
        return review(leads.everything, leads.agreement)

    return reviewed

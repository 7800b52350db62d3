"""Designs made in the test: facts as codes, outcomes drawn from known log-odds."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit

from training.dataset import Dataset
from training.learn.design import Design, design_of

Draw = Callable[..., Dataset]


@pytest.fixture(scope="session")
def draw(make_dataset) -> Draw:
    """A data set whose outcomes follow given log-odds of its columns' values."""

    def make(seed: int, log_odds: np.ndarray, **columns) -> Dataset:
        won = np.random.default_rng([seed, 99]).random(len(log_odds)) < expit(log_odds)
        return make_dataset(won.astype(int), **{k: list(v) for k, v in columns.items()})

    return make


@pytest.fixture(scope="session")
def design() -> Callable[[Dataset], Design]:
    """A data set in bins, all rows alike in weight."""
    return lambda data: design_of(data, np.ones(len(data)))

"""A model in log-odds: an intercept and a table per fact, looked up by code."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class AdditiveModel(NamedTuple):
    """``log-odds = intercept + sum of tables[fact][code]``."""

    intercept: float
    tables: tuple[Floats, ...]

    def log_odds(self, codes: Sequence[NDArray[np.intp]]) -> Floats:
        """The log-odds of n rows, given (n,) codes per fact."""
        total = np.full(len(codes[0]), self.intercept)
        for table, code in zip(self.tables, codes, strict=True):
            total += table[code]
        return total


def mixed(parts: Sequence[tuple[float, AdditiveModel]]) -> AdditiveModel:
    """The weighted sum of models, which is additive again."""
    tables = zip(*(m.tables for _, m in parts), strict=True)
    weights = [w for w, _ in parts]
    return AdditiveModel(
        float(sum(w * m.intercept for w, m in parts)),
        tuple(np.sum([w * t for w, t in zip(weights, of_fact, strict=True)], axis=0) for of_fact in tables),
    )

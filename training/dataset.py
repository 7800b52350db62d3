"""The data set that a model learns from: facts as they were at a moment, outcomes as they became, in time."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalog import Feature
from features.columns import Column, Numbers


@dataclass(frozen=True)
class Dataset:
    """n leads in order of time.

    columns: per feature its n values; converted: (n,) 0 or 1; when: (n,) the order in time
    horizon: how much of ``when`` must pass before an outcome is known (0 for a flat export)
    profile: the raw profile columns that facts are read from, for the leakage guard
    leads_in_table: how many leads the table held, before any was left out
    """

    features: tuple[Feature, ...]
    columns: tuple[Column, ...]
    converted: NDArray[np.int64]
    when: NDArray[np.float64]
    lead_ids: tuple[str, ...]
    profile: pd.DataFrame
    fingerprint: str
    horizon: float = 0.0
    leads_in_table: int = 0

    def __len__(self) -> int:
        return len(self.converted)

    def take(self, rows: NDArray[np.intp]) -> "Dataset":
        """The rows at these positions."""
        return replace(
            self,
            columns=tuple(column.take(rows) for column in self.columns),
            converted=self.converted[rows],
            when=self.when[rows],
            lead_ids=tuple(self.lead_ids[i] for i in rows),
            profile=self.profile.iloc[rows],
        )

    def split(self, share: float) -> tuple["Dataset", "Dataset"]:
        """The first ``share`` in time and the rest; of the first only leads whose outcome was known by then."""
        cut = int(share * len(self))
        test = np.arange(cut, len(self))
        known = self.when[:cut] + self.horizon <= self.when[cut]
        return self.take(np.flatnonzero(known) if self.horizon else np.arange(cut)), self.take(test)

    def frame(self) -> pd.DataFrame:
        """The facts as a frame: numbers as float64, texts as objects with None."""
        data = {
            f.name: pd.Series(c.values) if isinstance(c, Numbers) else pd.Series(c.plain(), dtype=object)
            for f, c in zip(self.features, self.columns, strict=True)
        }
        return pd.DataFrame(data)

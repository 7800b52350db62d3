"""The data set that a model learns from: facts as they were at a moment, outcomes as they became, in time."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalog import Feature
from features.columns import Column, Numbers
from features.errors import DataError
from features.moments import DAY


@dataclass(frozen=True)
class Dataset:
    """n snapshots of leads in order of time; a lead may have several.

    columns: per feature its n values; converted: (n,) 0 or 1; when: (n,) the order in time
    converts_ever: (n,) whether the row's lead converts at any time in the data, also after the horizon
    lead_ids: n names, the same for every row of a lead
    horizon: how much of ``when`` must pass before an outcome is known (0 for a flat export)
    dated: whether ``when`` is in microseconds since 1970; else it is an order only
    decided: (n,) the moment at which the row's lead converted, NaN where it has not; None where it is not told
    known_until: the moment at which outcomes are as they stand here, where ``decided`` or a table of outcomes tells
    when they came
    profile: the raw profile columns that facts are read from, for the leakage guard
    leads_in_table: how many leads the table held, before any was left out
    """

    features: tuple[Feature, ...]
    columns: tuple[Column, ...]
    converted: NDArray[np.int64]
    when: NDArray[np.float64]
    converts_ever: NDArray[np.bool_]
    lead_ids: tuple[str, ...]
    profile: pd.DataFrame
    fingerprint: str
    horizon: float = 0.0
    dated: bool = False
    decided: NDArray[np.float64] | None = None
    known_until: float = 0.0
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
            converts_ever=self.converts_ever[rows],
            decided=None if self.decided is None else self.decided[rows],
            lead_ids=tuple(self.lead_ids[i] for i in rows),
            profile=self.profile.iloc[rows],
        )

    def known_at(self, moment: float) -> "Dataset":
        """The same rows with outcomes as they were known at a moment, where the data say when they came."""
        if self.decided is None:
            return self
        came = (self.converted == 1) & (self.decided <= moment)
        decided = np.where(came, self.decided, np.nan)
        return replace(self, converted=came.astype(np.int64), decided=decided, known_until=moment)

    def has_finished(self, horizon_days: float) -> NDArray[np.bool_]:
        """Whether each row's outcome is known, (n,): its horizon has passed.

        A flat export without the dates of its outcomes says nothing of time: its outcomes are taken as final. With
        them, the agreement's ``horizon_days`` must have passed.
        """
        if self.decided is not None:
            return np.asarray(self.when + horizon_days * DAY <= self.known_until, dtype=np.bool_)
        return self.when + self.horizon <= self.known_until if self.horizon else np.ones(len(self), np.bool_)

    def matured(self, horizon_days: float) -> "Dataset":
        """The rows on which probabilities can be judged: those that ``has_finished``.

        Raises DataError where there is none.
        """
        finished = self.has_finished(horizon_days)
        if finished.all():
            return self
        if not finished.any():
            got = f"a horizon of {horizon_days:g} days, and {len(self)} leads that are all younger"
            raise DataError("the horizon of no lead has passed", got=got, do="wait, or agree on a shorter horizon")
        return self.take(np.flatnonzero(finished))

    def split(self, share: float) -> tuple["Dataset", "Dataset"]:
        """The part that trains and the part that tests, cut at the moment of the row at ``share``; no lead in both.

        A lead belongs to the side of its first snapshot. Those from the cut on test, with all their rows. Of the
        others the rows train whose outcome was known at the cut; their later rows are in neither part. Where the data
        say when outcomes came, those that came after the cut have not come yet for the rows that train.
        """
        cut, rows = int(share * len(self)), np.arange(len(self))
        first, whose = self.leads()
        before = first[whose] < cut
        known = self.when + self.horizon <= self.when[cut] if self.horizon else rows < cut
        first_part = self.take(np.flatnonzero(before & known)).known_at(float(self.when[cut]))
        return first_part, self.take(np.flatnonzero(~before))

    def leads(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The first row of each lead, in order of time, and for each row which of these leads it is of; (n,)."""
        seen: dict[str, int] = {}
        firsts = np.array([seen.setdefault(lead, i) for i, lead in enumerate(self.lead_ids)], dtype=np.intp)
        first, whose = np.unique(firsts, return_inverse=True)
        return first, whose

    def once(self) -> "Dataset":
        """One row a lead: its first, converted where any of its rows is."""
        first, whose = self.leads()
        converted = np.zeros(len(first), dtype=np.int64)
        np.maximum.at(converted, whose, self.converted)
        return replace(self.take(first), converted=converted)

    def frame(self) -> pd.DataFrame:
        """The facts as a frame: numbers as float64, texts as objects with None."""
        data = {
            f.name: pd.Series(c.values) if isinstance(c, Numbers) else pd.Series(c.plain(), dtype=object)
            for f, c in zip(self.features, self.columns, strict=True)
        }
        return pd.DataFrame(data)

"""Who the leads of a table are, and what their profiles were at any moment."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.engines.rows import ACCOUNT_FROM, VALID_FROM
from features.snapshots import Positions, Times
from training.reading import lead_ids, lead_names, moments, refuse_unreadable, require

DATED = (VALID_FROM, ACCOUNT_FROM)


class People(NamedTuple):
    """n leads, and the v rows of their profiles, one a lead unless profiles have versions.

    names, created_at: (n,); profile: (v rows) the raw columns that may be read
    whose, since: (v,) whose each row is, as a position among the leads, and from when on; None without versions
    """

    names: list[str]
    created_at: Times
    profile: pd.DataFrame
    whose: Positions | None = None
    since: Times | None = None

    def profiles_at(self, lead: Positions, as_of: Times) -> pd.DataFrame:
        """The row of each snapshot, as it was then, unknown before the first; labelled by the lead's position."""
        if self.whose is None or self.since is None:
            return self.profile.iloc[lead]
        rows = _rows_at(self.whose, self.since, lead, as_of)
        return self.profile.reset_index(drop=True).reindex(rows).set_axis(lead)


def people_of(frame: pd.DataFrame, id_column: str, left_out: Collection[str]) -> People:
    """The leads of a table; ``left_out``: the columns that may not be read.

    Raises DataError for a column that is not there, a name that is missing or, without versions, stands twice, an
    unreadable time, and a column that no fact can read.
    """
    for column in (id_column, "created_at"):
        require(frame, column, what="the column", table="leads")
    kept = {id_column, "created_at", *DATED, *left_out}
    profile = frame[[c for c in frame.columns if c not in kept]]
    refuse_unreadable(profile, "leads")
    created = np.array(moments(frame["created_at"], table="leads"), dtype=np.int64)
    if VALID_FROM not in frame.columns:
        return People(lead_names(frame, id_column), created, profile)
    ids = lead_ids(frame[id_column])
    position = {name: i for i, name in enumerate(dict.fromkeys(ids))}
    whose = np.array([position[name] for name in ids], dtype=np.intp)
    _, first = np.unique(whose, return_index=True)
    since = np.array(moments(frame[VALID_FROM], table="leads"), dtype=np.int64)
    return People(list(position), created[first], profile, whose, since)


def _rows_at(whose: Positions, since: Times, lead: Positions, as_of: Times) -> NDArray[np.intp]:
    """For each lead and moment the row of the latest version by then; -1 where there is none yet."""
    order = np.lexsort((since, whose))
    moments_, rank = np.unique(np.concatenate([since, as_of]), return_inverse=True)
    keys = whose * len(moments_) + rank[: len(since)]
    at = np.searchsorted(keys[order], lead * len(moments_) + rank[len(since) :], side="right") - 1
    rows = order[at]
    return np.where((at >= 0) & (whose[rows] == lead), rows, -1)

"""What happened, before any fact is read: leads at their moments, outcomes, and the raw profile columns."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.engines.sources import Tables
from features.errors import DataError


class History(NamedTuple):
    """n snapshots in order of time.

    tables: what facts are read from; lead_ids, as_of: whose and as of when, (n,)
    converted: (n,) whether the lead converted within the horizon
    converts_ever: (n,) whether the lead converts at any time in the data, also after the horizon
    when: (n,) the order in time, microseconds or any ascending number
    horizon: how much of ``when`` must pass before an outcome is known (0 for a flat export)
    dated: whether ``when`` is in microseconds
    profile: (n rows) the raw columns that may be read
    decided: (n,) as in ``training.dataset.Dataset``; known_until: too
    event_types: the types of events, each with the share of leads that had one by their last moment
    leads: how many the table holds
    """

    tables: Tables
    lead_ids: Sequence[str]
    as_of: NDArray[np.int64]
    converted: NDArray[np.bool_]
    converts_ever: NDArray[np.bool_]
    when: NDArray[np.float64]
    horizon: float
    dated: bool
    profile: pd.DataFrame
    event_types: Mapping[str, float]
    leads: int
    decided: NDArray[np.float64] | None = None
    known_until: float = 0.0


def refuse_one_class(converted: int, leads: int, *, where: str, seen: str = "") -> None:
    """Raise DataError when nobody converted, or everybody; ``seen`` says what the outcomes look like."""
    if converted in (0, leads):
        raise DataError(
            "all leads have the same outcome, so there is nothing to learn",
            where=where,
            got=f"{converted} of {leads} converted" + (f"; {seen}" if seen else ""),
            do="check the outcome and which of its values mean 'converted'",
        )

"""What happened, before any fact is read: leads at their moments, outcomes, and the raw profile columns."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import DataError
from features.snapshots import Snapshot


class History(NamedTuple):
    """n snapshots in order of time.

    when: (n,) the order in time, microseconds or any ascending number
    converts_ever: (n,) whether the lead converts at any time in the data, also after the horizon
    horizon: how much of ``when`` must pass before an outcome is known (0 for a flat export)
    profile: (n rows) the raw columns that may be read
    fingerprint: a hash of the tables that it came from
    """

    snapshots: list[Snapshot]
    when: NDArray[np.float64]
    converts_ever: NDArray[np.bool_]
    horizon: float
    profile: pd.DataFrame
    fingerprint: str


def refuse_one_class(converted: int, leads: int, *, where: str, seen: str = "") -> None:
    """Raise DataError when nobody converted, or everybody; ``seen`` says what the outcomes look like."""
    if converted in (0, leads):
        raise DataError(
            "all leads have the same outcome, so there is nothing to learn",
            where=where,
            got=f"{converted} of {leads} converted" + (f"; {seen}" if seen else ""),
            do="check the outcome and which of its values mean 'converted'",
        )

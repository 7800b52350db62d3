"""What a run predicted for its later leads: kept with it, so that two versions can be compared lead by lead."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.dataset import Dataset

Floats = NDArray[np.float64]


def predictions_table(later: Dataset, predictions: Mapping[str, Floats]) -> pd.DataFrame:
    """One row a snapshot: ``lead_id``, ``when`` (a time in UTC where the data have times, else their order),
    ``converted`` (0 or 1), and each prediction's probability under its name. Nothing of a lead's profile.
    """
    when: pd.Series = pd.Series(later.when)
    if later.dated:
        when = pd.to_datetime(when.astype("int64"), unit="us", utc=True)
    known = {"lead_id": list(later.lead_ids), "when": when, "converted": later.converted}
    return pd.DataFrame(known | {name.replace(" ", "_"): p for name, p in predictions.items()})


def order_of(table: pd.DataFrame) -> Floats:
    """The order in time of a table's rows, as the data set had it: microseconds, or any ascending number."""
    when = table["when"]
    if isinstance(when.dtype, pd.DatetimeTZDtype):
        when = when.astype("datetime64[us, UTC]").astype("int64")
    return np.asarray(when, dtype=np.float64)

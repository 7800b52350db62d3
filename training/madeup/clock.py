"""The made-up company's time: whole seconds since 1970, UTC, until they leave in a frame."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DAY = 86_400
MONTH = round(365.25 / 12 * DAY)
NEVER = np.iinfo(np.int64).max  # later than everything that happens

EXPORTED_AT = 1_790_812_800  # 2026-10-01T00:00:00Z: nothing later is in the tables
REVIEW_AFTER_DAYS = 21  # a lead is reviewed so many days after it was created
HORIZON_DAYS = 90  # a conversion counts so many days after the review


def days(count: Floats) -> Ints:
    """Days as whole seconds."""
    return np.rint(count * DAY).astype(np.int64)


def times(seconds: Ints) -> pd.DatetimeIndex:
    """Seconds since 1970 as UTC times.

    >>> str(times(np.array([EXPORTED_AT]))[0])
    '2026-10-01 00:00:00+00:00'
    """
    return pd.DatetimeIndex(seconds.astype("datetime64[s]").astype("datetime64[us]"), tz="UTC")

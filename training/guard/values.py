"""One column as the detectors read it: what is filled, its values as codes, and as numbers where they are."""

import re
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from training.guard.evidence import Bools, Floats, Ints

BINS = 20
DAY = 86_400e6  # microseconds
MISTYPED = 0.02  # share of texts in a column of dates that are none
_DATE = re.compile(r"\s*(\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})(?:\D|$)")
_NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")
_EPOCHS = ((1e9, 2e9, 1e6), (1e12, 2e12, 1e3), (1e15, 2e15, 1.0))  # seconds, milliseconds, microseconds since 1970


class Values(NamedTuple):
    """A column of the training leads in order of time, and of the later leads.

    filled: (n,) of the training leads; codes: (n,) their values as 1, 2, ..., 0 where empty
    numbers: (n,) where they are numbers or dates (microseconds since 1970), NaN where empty; else None
    later_codes, later_numbers: (m,) the same of the later leads; words: the value behind each code but 0
    dates: whether the numbers are dates
    """

    name: str
    filled: Bools
    codes: Ints
    numbers: Floats | None
    later_codes: Ints
    later_numbers: Floats | None
    words: tuple[object, ...]
    dates: bool

    @property
    def text(self) -> bool:
        """Whether the values are neither numbers nor dates."""
        return self.numbers is None

    @property
    def distinct(self) -> int:
        """How many values the training leads have."""
        return len(np.unique(self.codes[self.filled]))

    def grouped(self) -> Ints:
        """(n,) 0 where empty; else the twentieth that a number falls into, or the value itself where they are few."""
        if self.numbers is None or self.distinct <= BINS:
            return self.codes
        return binned(self.numbers, self.numbers)


def read_values(name: str, first: pd.Series, later: pd.Series) -> Values:
    """Read a column of both parts."""
    both, n = pd.concat([first, later], ignore_index=True), len(first)
    codes, words = pd.factorize(both)
    codes = codes.astype(np.int64) + 1
    numbers, dates = _numbers(both, codes, words)
    later_numbers = None if numbers is None else numbers[n:]
    first_numbers = None if numbers is None else numbers[:n]
    filled = codes[:n] > 0
    return Values(name, filled, codes[:n], first_numbers, codes[n:], later_numbers, tuple(words), dates)


def binned(values: Floats, like: Floats, bins: int = BINS) -> Ints:
    """The part of ``like`` that each number falls into, cut into ``bins`` of like size: 1, 2, ...; 0 where empty."""
    known = like[~np.isnan(like)]
    if not len(known):
        return np.zeros(len(values), dtype=np.int64)
    cuts = np.unique(np.quantile(known, np.arange(1, bins) / bins))
    return np.where(np.isnan(values), 0, np.searchsorted(cuts, values, side="right") + 1)


def _numbers(values: pd.Series, codes: Ints, words: pd.Index) -> tuple[Floats | None, bool]:
    """The values as numbers, and whether they are dates."""
    if pd.api.types.is_bool_dtype(values):
        return None, False
    if values.dtype == object and infer_dtype(values, skipna=True) in _NUMBERS:
        values = pd.to_numeric(values.map(float, na_action="ignore"))
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return _epoch(np.where(np.isinf(numbers), np.nan, numbers))
    dates = _dates(pd.Series(words))
    return (None, False) if dates is None else (np.append(dates, np.nan)[codes - 1], True)


def _epoch(numbers: Floats) -> tuple[Floats, bool]:
    """Seconds, milliseconds or microseconds since 1970, where all numbers are plausible as such."""
    known = numbers[~np.isnan(numbers)]
    for low, high, unit in _EPOCHS:
        if len(known) and known.min() >= low and known.max() < high and known.max() - known.min() > DAY / unit:
            return numbers * unit, True
    return numbers, False


def _dates(words: pd.Series) -> Floats | None:
    """Different texts or dates as microseconds since 1970; None where they do not look like dates."""
    if not pd.api.types.is_datetime64_any_dtype(words):
        texts = words.map(str)
        parts = texts.head(200).str.extract(_DATE, expand=False)
        if not len(words) or parts.isna().mean() > MISTYPED:
            return None
        day_first = bool((parts.dropna().str.extract(r"^(\d{1,2})\D", expand=False).astype(float) > 12).any())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of a day that stands first, or of a format that differs
            words = pd.to_datetime(texts, format="mixed", dayfirst=day_first, errors="coerce", utc=True)
    if words.isna().mean() > MISTYPED:
        return None
    moments = pd.to_datetime(words, utc=True).dt.tz_localize(None)
    numbers = moments.to_numpy("datetime64[us]").astype(np.float64)
    return np.where(moments.isna(), np.nan, numbers)

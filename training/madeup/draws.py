"""Words drawn by their shares, and how they leave in a table."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from training.madeup.clock import Floats, Ints


def pick(rng: np.random.Generator, shares: Mapping[str, float], size: int) -> pd.Series:
    """``size`` words, each with its share."""
    weights = np.array(list(shares.values()))
    return words_of(rng.choice(len(weights), size, p=weights / weights.sum()), list(shares))


def pick_by_row(rng: np.random.Generator, words: Sequence[str], shares: Floats) -> pd.Series:
    """One word for each row of ``shares`` (n rows, a column a word, rows summing to 1)."""
    above = (rng.random(len(shares))[:, None] > np.cumsum(shares, axis=1)).sum(axis=1)
    # Rounding may leave the last sum a hair below 1.
    return words_of(np.minimum(above, len(words) - 1), words)


def words_of(codes: Ints, words: Sequence[str]) -> pd.Series:
    """The word behind each code, as a categorical column."""
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index(list(words))))


def plain_text(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its words as text, as they are read from a file."""
    return table.astype(dict.fromkeys(table.select_dtypes("category").columns, "str"))

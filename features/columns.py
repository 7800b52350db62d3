"""Many values of one feature, as arrays: what the bulk engines give, what models learn from and score."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.catalog import Feature, Value

UNKNOWN = -1  # the code of an unknown text


class Numbers(NamedTuple):
    """n numbers: ``values`` (n,) float64, NaN where unknown."""

    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.intp]) -> "Numbers":
        """The values at these positions."""
        return Numbers(self.values[rows])

    def part(self, rows: slice) -> "Numbers":
        """The values of a stretch of rows, not copied."""
        return Numbers(self.values[rows])

    def plain(self) -> list[Value]:
        """The values as the reference gives them: floats, None where unknown."""
        return [None if v != v else v for v in self.values.tolist()]


class Texts(NamedTuple):
    """n texts: ``codes`` (n,) int32 into ``words``, -1 where unknown; every word stands once."""

    codes: NDArray[np.int32]
    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[np.intp]) -> "Texts":
        """The values at these positions."""
        return Texts(self.codes[rows], self.words)

    def part(self, rows: slice) -> "Texts":
        """The values of a stretch of rows, not copied."""
        return Texts(self.codes[rows], self.words)

    def plain(self) -> list[Value]:
        """The values as the reference gives them: texts, None where unknown."""
        words: list[Value] = [*self.words, None]
        return [words[code] for code in self.codes.tolist()]


Column = Numbers | Texts


def column_of(feature: Feature, values: Iterable[Value]) -> Column:
    """Values as the reference gives them, as an array.

    >>> from features.catalog import Source
    >>> f = Feature(name="country", label="country", kind="fit", type="text", source=Source(field="country"))
    >>> column_of(f, ["de", None, "de"]).codes.tolist()
    [0, -1, 0]
    """
    if feature.type == "number":
        return Numbers(np.array([np.nan if v is None else v for v in values], dtype=np.float64))
    words: dict[Value, int] = {None: UNKNOWN}
    codes = [words.setdefault(v, len(words) - 1) for v in values]
    return Texts(np.array(codes, dtype=np.int32), tuple(str(w) for w in words if w is not None))


def columns_of(features: Sequence[Feature], rows: Iterable[Sequence[Value]]) -> tuple[Column, ...]:
    """Rows of values as one column per feature."""
    values = list(zip(*rows, strict=True)) or [()] * len(features)
    return tuple(column_of(f, v) for f, v in zip(features, values, strict=True))


def joined_columns(parts: Sequence[Column]) -> Column:
    """Columns of one feature, one after the other.

    >>> both = joined_columns([Texts(np.array([0, -1]), ("de",)), Texts(np.array([0, 1]), ("at", "de"))])
    >>> both.plain()
    ['de', None, 'at', 'de']
    """
    if isinstance(parts[0], Numbers):
        return Numbers(np.concatenate([p.values for p in parts if isinstance(p, Numbers)]))
    words: dict[str, int] = {}
    texts = [p for p in parts if isinstance(p, Texts)]
    tables = [np.array([*(words.setdefault(w, len(words)) for w in p.words), UNKNOWN], dtype=np.int32) for p in texts]
    codes = [table[p.codes] for p, table in zip(texts, tables, strict=True)]
    return Texts(np.concatenate(codes), tuple(words))

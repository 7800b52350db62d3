"""Rows that were not stored, each with its reason."""

from typing import NamedTuple

from features.errors import DataError

MOST_KEPT = 1_000  # with an import; all are counted
MOST_SHOWN = 60  # characters of a value


class Refused(NamedTuple):
    """A row that was not stored; ``row``: as people count, the first after the header is 2; ``about``: the lead."""

    row: int
    column: str
    what: str
    got: str = ""
    allowed: str = ""
    do: str = ""
    about: str = ""

    @classmethod
    def of(cls, row: int, error: DataError, about: str = "") -> "Refused":
        """A row whose cell cannot be read."""
        return cls(row, error.where, error.what, error.got, error.allowed, error.do, about)


def shown(value: object) -> str:
    """A value as it is shown in a reason.

    >>> shown("x" * 100)[-4:]
    'xxx…'
    """
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"

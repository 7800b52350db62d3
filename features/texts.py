"""The normal form of texts and numbers, so that spelling and layout make no difference."""

import math
import re
from collections.abc import Iterable
from typing import Any

from features.tables import Scalar

LARGEST = 1e15  # the magnitude up to which a number is usable: beyond it, not even cents are told apart

_SCALARS = (str, float, int, bool, type(None))


def text(value: Scalar) -> str | None:
    """The normal form of a text: trimmed, single spaces, case folded; empty is unknown.

    >>> text("  Head of   IT "), text(True), text(3.0), text("")
    ('head of it', 'true', '3', None)
    """
    if isinstance(value, str):
        return " ".join(value.split()).casefold() or None
    if value is None or value != value:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split()).casefold() or None


def number(value: Scalar) -> float | None:
    """A number, or None when unknown (blank text too); text that spells a number is read as one.

    Raises ValueError for anything else, and beyond ``LARGEST``, so that every sum of points stays finite.

    >>> number(" 3.50 "), number(" ")
    (3.5, None)
    """
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        raise ValueError("no number, though Python reads it as one")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not abs(result) <= LARGEST:  # "nan" neither
        raise ValueError("not a usable number")
    return result + 0.0  # -0.0 is 0.0, so that equal numbers are the same bits


def text_of_any(value: Any) -> str | None:
    """As ``text``, for whatever a property may hold: lists and objects as they are written.

    >>> text_of_any(["a"]), text_of_any(2.0)
    ("['a']", '2')
    """
    return text(value) if isinstance(value, _SCALARS) else text(str(value))


def word_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of the words as whole words; ``*`` stands for any ending.

    >>> bool(word_pattern(["market*"]).search("head of marketing"))
    True
    """
    parts = (re.escape(text(w) or "").replace(r"\*", r"\w*") for w in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)

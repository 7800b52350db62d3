"""One cell as the store can hold it. Each function raises DataError for what cannot be read as meant."""

import json
import re
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any

import orjson

from features.errors import DataError
from features.moments import iso, of_datetime
from features.tables import Scalar
from serving.imports.refused import shown
from serving.intake.shapes import MOST_BYTES

LONGEST_NAME = 200
_SHORT = 200  # characters of properties that are remembered, as they repeat
_HUGE = re.compile(r"\d{17}")
_FIRST, _LAST = of_datetime(datetime.min), of_datetime(datetime.max)


class Times:
    """The times of one column: all name their zone, or none does, which means UTC.

    now: the moment after which none can be
    """

    def __init__(self, column: str, now: int) -> None:
        self._column, self._now = column, now
        self._zoned: bool | None = None

    def of(self, cell: str | int | None) -> int | None:
        """The moment, microseconds; None for an empty cell. A number is one already."""
        if cell is None:
            return None
        at = self._read(cell) if isinstance(cell, str) else cell
        if not _FIRST <= at <= _LAST:
            got = f"{at} microseconds since 1970"
            raise DataError("not a moment in time", where=self._column, got=got, allowed="the years 1 to 9999")
        if at > self._now:
            allowed, do = f"up to the present, {iso(self._now)}", "mend the date, or leave out what is only planned"
            raise DataError("a moment that has not come yet", where=self._column, got=iso(at), allowed=allowed, do=do)
        return at

    def needed(self, cell: str | int | None) -> int:
        """As ``of``, of a cell that may not be empty."""
        at = self.of(cell)
        if at is None:
            raise _empty(self._column)
        return at

    def _read(self, text: str) -> int:
        try:
            found = datetime.fromisoformat(text)
            at = of_datetime(found)
        except (ValueError, OverflowError):
            allowed = "ISO 8601, such as 2026-11-02T10:00:00Z"
            raise DataError("not a moment in time", where=self._column, got=shown(text), allowed=allowed) from None
        zoned = found.tzinfo is not None
        if self._zoned is None:
            self._zoned = zoned
        if zoned != self._zoned:
            got = f"{shown(text)}, {'with' if zoned else 'without'} a zone, unlike the first one"
            do = "write all with an offset or Z, or all without (which means UTC)"
            raise DataError("some times name their zone and others do not", where=self._column, got=got, do=do)
        return at


def name(cell: Any, column: str) -> str:
    """A name: of a lead, an event, a type."""
    if cell is None or cell == "":
        raise _empty(column)
    text = plain(cell, column)
    if len(text) > LONGEST_NAME:
        got, allowed = f"{len(text):,} characters", f"up to {LONGEST_NAME}"
        raise DataError("too long for a name", where=column, got=got, allowed=allowed)
    return text


def words(cell: Any, column: str) -> str:
    """A text that may be missing."""
    return "" if cell is None else plain(cell, column)


def plain(text: str, column: str) -> str:
    """A text that every database can hold."""
    if "\0" in text:
        raise DataError("a text with the character NUL", where=column, got=shown(text), do="take it out")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise DataError("bytes that are no text", where=column, got=shown(text), allowed="UTF-8") from None
    return text


def scalar(cell: Any, column: str) -> Scalar:
    """A profile value; structures and lists as JSON, dates as they are written."""
    if isinstance(cell, str):
        return plain(cell, column)
    if cell is None or isinstance(cell, bool | int):
        return cell
    if isinstance(cell, float):
        if isfinite(cell) or cell != cell:
            return cell if cell == cell else None
        raise DataError("not a usable number", where=column, got=repr(cell), allowed="a finite one, or none")
    return plain(json.dumps(cell, default=str) if isinstance(cell, dict | list) else str(cell), column)


def profile_text(profile: dict[str, Scalar]) -> str:
    """A profile as JSON."""
    try:
        text = orjson.dumps(profile)
    except orjson.JSONEncodeError as error:
        raise DataError("a value that cannot be kept", where="profile", got=shown(str(error))) from None
    _refuse_long(text, "profile")
    return text.decode()


def properties_text(cell: str | None) -> str:
    """The properties of an event as JSON, by the order of their names."""
    if not cell:
        return "{}"
    return _remembered(cell) if len(cell) <= _SHORT else _canonical(cell)


def _canonical(cell: str) -> str:
    allowed = 'such as {"path": "/pricing"}'
    try:
        decoded = orjson.loads(cell)
        if not isinstance(decoded, dict):
            raise ValueError
        text = orjson.dumps(decoded, option=orjson.OPT_SORT_KEYS)
    except (ValueError, RecursionError):
        what = "an event's properties are no JSON object"
        raise DataError(what, where="properties", got=shown(cell), allowed=allowed) from None
    if _HUGE.search(cell) and repr(json.loads(cell)) != repr(decoded):
        what, allowed = "a whole number that is too large to be kept exactly", "up to 64 bits; or a text, in quotes"
        raise DataError(what, where="properties", got=shown(cell), allowed=allowed)
    _refuse_long(text, "properties")
    return text.decode()


_remembered = lru_cache(maxsize=16_384)(_canonical)


def _refuse_long(text: bytes, column: str) -> None:
    if len(text) > MOST_BYTES:
        got, allowed = f"{len(text):,} bytes", f"{MOST_BYTES:,}"
        raise DataError("too much for one row", where=column, got=got, allowed=allowed)


def _empty(column: str) -> DataError:
    return DataError(f"a row has no '{column}'", where=column, do="fill it, or leave such rows out")

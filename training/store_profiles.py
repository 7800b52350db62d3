"""Profiles as the store keeps them, JSON objects, as columns that read as each value by itself would.

A column whose values are all texts, all numbers or all yes and no keeps its kind. Where kinds are mixed, values are
written as texts: ``features.texts`` reads a number, or yes and no, and the text of it alike.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

import pyarrow as pa

from features.errors import DataError
from features.texts import text

EXACT = 2**53  # up to which every whole number is a double

_KINDS: dict[type, pa.DataType] = {str: pa.string(), bool: pa.bool_(), int: pa.float64(), float: pa.float64()}


class Profiles:
    """Collects profiles, some at a time."""

    def __init__(self) -> None:
        self._parts: dict[str, list[pa.Array]] = {}
        self._sizes: list[int] = []

    def add(self, written: Sequence[str]) -> None:
        """More profiles, each the JSON text of an object."""
        told = [_decoded(one) for one in written]
        for field in dict.fromkeys(name for profile in told for name in profile):
            before = [pa.nulls(size) for size in self._sizes]
            self._parts.setdefault(field, before).append(_array([profile.get(field) for profile in told]))
        self._sizes.append(len(told))
        for parts in self._parts.values():
            if len(parts) < len(self._sizes):
                parts.append(pa.nulls(len(told)))

    def columns(self, left_out: Collection[str]) -> dict[str, pa.ChunkedArray]:
        """A column per field by name, in the order of the names; without fields that a table has for itself."""
        return {name: _joined(self._parts[name]) for name in sorted(self._parts) if name not in left_out}


def _decoded(written: str) -> dict[str, Any]:
    try:
        profile = json.loads(written)
    except ValueError:
        profile = None
    if not isinstance(profile, dict):
        raise DataError("a profile is no JSON object", where="the store", got=repr(written)[:60])
    return profile


def _array(values: list[Any]) -> pa.Array:
    """The values of one field, as the one kind that they are of, or as texts.

    >>> _array([1, 2.5, None]).to_pylist(), _array([1, "2a", True]).to_pylist()
    ([1.0, 2.5, None], ['1', '2a', 'true'])
    """
    kinds = {_KINDS.get(type(v), pa.string()) for v in values if v is not None}
    large = any(type(v) is int and abs(v) > EXACT for v in values)
    if len(kinds) == 1 and not large:
        return pa.array(values, kinds.pop())
    return pa.array([_written(v) for v in values], pa.string()) if kinds else pa.nulls(len(values))


def _joined(parts: Sequence[pa.Array]) -> pa.ChunkedArray:
    """Parts of a column as one, of the kind of all, or texts."""
    kinds = {part.type for part in parts} - {pa.null()}
    if len(kinds) <= 1:
        kind = kinds.pop() if kinds else pa.null()
        return pa.chunked_array([part.cast(kind) for part in parts], kind)
    texts = [pa.array([_written(v) for v in part.to_pylist()], pa.string()) for part in parts]
    return pa.chunked_array(texts, pa.string())


def _written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return text(value) if isinstance(value, bool | int | float) else json.dumps(value)

"""Which events a feature is about: those of a type whose properties pass its tests.

Features that are about the same events share one selection, and each event is sorted into selections once.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from features.catalog import Source, Where
from features.texts import text, text_of_any

ANY = "any"
REMEMBERED = 4_096  # combinations of property values whose selections are kept at hand, per event type

Passes = Callable[[Any], bool]
Sorter = Callable[[Mapping[str, Any]], tuple[int, ...]]


class Selections:
    """The distinct selections of some sources, numbered from 0.

    >>> pricing = Source(event="page_view", where={"path": Where(starts_with="/pricing")})
    >>> selections = Selections([Source(event="any"), pricing])
    >>> selections.of("page_view", {"path": "/pricing/eu"}), selections.of("webinar", {})
    ((0, 1), (0,))
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        distinct = {_key(source): source for source in sources if source.event is not None}
        self._number = {key: i for i, key in enumerate(distinct)}
        by_type: dict[str, list[tuple[int, Source]]] = {}
        for i, source in enumerate(distinct.values()):
            by_type.setdefault(source.event or "", []).append((i, source))
        of_any = by_type.get(ANY, [])
        self._sorters = {kind: _sorter([*found, *of_any]) for kind, found in by_type.items() if kind != ANY}
        self._else = _sorter(of_any)

    def __len__(self) -> int:
        return len(self._number)

    def number(self, source: Source) -> int:
        """The selection of one of the sources that they were made from."""
        return self._number[_key(source)]

    def of(self, kind: str, properties: Mapping[str, Any]) -> tuple[int, ...]:
        """The selections that an event belongs to."""
        return self._sorters.get(kind, self._else)(properties)


def _key(source: Source) -> tuple[str | None, bytes]:
    return source.event, msgspec.json.encode(source.where, order="deterministic")


def _sorter(found: list[tuple[int, Source]]) -> Sorter:
    """The function from the properties of an event of one type to its selections."""
    found = sorted(found, key=_first)
    names = sorted({name for _, source in found for name in source.where})
    if not names:
        all_of_them = tuple(i for i, _ in found)
        return lambda _: all_of_them
    first, *others = names
    tests = [(i, [(names.index(n), property_test(w)) for n, w in s.where.items()]) for i, s in found]

    def sort(*values: Any) -> tuple[int, ...]:
        return tuple(i for i, each in tests if all(passes(values[at]) for at, passes in each))

    remembered = lru_cache(maxsize=REMEMBERED, typed=True)(sort)

    def of(properties: Mapping[str, Any]) -> tuple[int, ...]:
        values = [properties.get(first), *map(properties.get, others)] if others else (properties.get(first),)
        try:
            return remembered(*values)
        except TypeError:  # a list or an object cannot be remembered
            return sort(*values)

    return of


def _first(pair: tuple[int, Source]) -> int:
    return pair[0]


def property_test(where: Where | str | float | bool) -> Passes:
    """Whether a property of an event passes a test; an unknown one passes none."""
    if not isinstance(where, Where):
        where = Where(equals=where)
    equal = {text(v) for v in (where.equals, *where.one_of) if v is not None}
    start, part = text(where.starts_with), text(where.contains)

    def test(value: Any) -> bool:
        plain = text_of_any(value)
        if plain is None:
            return False
        return (
            (not equal or plain in equal)
            and (start is None or plain.startswith(start))
            and (part is None or part in plain)
        )

    return test

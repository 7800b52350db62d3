"""The plain Python reference: the value of every feature for one lead as of a moment.

Events count when ``as_of - window < at <= as_of``; a decayed count is the sum of ``0.5 ** (age / half-life)``.
Every other engine must agree with this one, and serving uses it as it is.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from features.catalog import OTHER, Feature, Source, Value, Where, WordClass
from features.derive import DERIVATIONS
from features.errors import LeadError
from features.moments import DAY
from features.tables import Event, Lead, Scalar, known_events

Profile = Callable[[Scalar], Value]
OverEvents = Callable[[list[Event], int], Value]

LARGEST = 1e15  # the magnitude up to which a number is usable: beyond it, not even cents are told apart

_at = attrgetter("at")
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
    return result


class Reader:
    """Reads a fixed list of features from leads.

    >>> from features.catalog import Feature, Source
    >>> staff = Feature(name="staff", label="staff", kind="fit", type="number", source=Source(field="employees"))
    >>> Reader([staff]).read(Lead("L-1", {"employees": 320}), as_of=0)
    [320.0]
    """

    def __init__(self, features: Sequence[Feature], missing: Iterable[str] = ()) -> None:
        self.features = tuple(features)
        self._missing = frozenset(m for m in map(text, missing) if m is not None)
        self._profile = [(i, f, self._field(f)) for i, f in enumerate(self.features) if not f.of_events]
        self._events = [(i, f.source.event, over_events(f.source)) for i, f in enumerate(self.features) if f.of_events]

    def read(self, lead: Lead, as_of: int) -> list[Value]:
        """The value of every feature, in their order; events after ``as_of`` are not read.

        Raises LeadError when a profile value cannot be read as the feature's type.
        """
        return self.read_known(lead, known_events(lead.events, as_of), as_of)

    def read_known(self, lead: Lead, known: list[Event], as_of: int) -> list[Value]:
        """As ``read``, for events that ``known_events`` has already sorted out."""
        values: list[Value] = [None] * len(self.features)
        for i, feature, read in self._profile:
            values[i] = self._read_field(lead, feature, read)
        for i, value in self.event_values(known, as_of).items():
            values[i] = value
        return values

    def event_values(self, known: list[Event], as_of: int, of_type: str | None = None) -> dict[int, Value]:
        """The event features by position; with ``of_type`` only those that such an event can move."""
        by_type: dict[str | None, list[Event]] = {"any": known}
        for event in known:
            if of_type is None or event.type == of_type:
                by_type.setdefault(event.type, []).append(event)
        return {
            i: measure(by_type.get(kind, []), as_of)
            for i, kind, measure in self._events
            if of_type is None or kind in (of_type, "any")
        }

    def _field(self, feature: Feature) -> Profile:
        if feature.type == "number":
            return self._number
        derive = DERIVATIONS[feature.source.derive] if feature.source.derive else None
        classify = _classifier(feature.classes) if feature.classes else None
        return lambda value: self._text(value, derive, classify)

    def _number(self, value: Scalar) -> Value:
        return None if self._missing and text(value) in self._missing else number(value)

    def _text(
        self,
        value: Scalar,
        derive: Callable[[str], str | None] | None,
        classify: Callable[[str], str] | None,
    ) -> Value:
        plain = text(value)
        if plain is None or plain in self._missing:
            return None
        if derive is not None:
            plain = derive(plain)
        return classify(plain) if classify is not None and plain is not None else plain

    @staticmethod
    def _read_field(lead: Lead, feature: Feature, read: Profile) -> Value:
        name = feature.source.field or ""
        value = lead.profile.get(name)
        try:
            return read(value)
        except (TypeError, ValueError, OverflowError):
            raise LeadError(
                f"lead {lead.lead_id}: '{name}' cannot be read as a {feature.type}",
                where=f"profile.{name}",
                got=repr(value),
                allowed=f"a number up to {LARGEST:g}, or null when unknown",
                do=f"send '{name}' as a number",
            ) from None


def over_events(source: Source) -> OverEvents:
    """The function that measures ``source`` over the sorted events of its type known at a moment."""
    tests = [(name, property_test(where)) for name, where in source.where.items()]
    window = None if source.window_days is None else round(source.window_days * DAY)
    measure = _measure(source)

    def run(events: list[Event], as_of: int) -> Value:
        if window is not None and events:
            events = events[bisect_right(events, as_of - window, key=_at) :]
        if tests:
            events = [e for e in events if all(test(e.properties.get(name)) for name, test in tests)]
        return measure(events, as_of)

    return run


def _measure(source: Source) -> OverEvents:
    if source.measure == "days_since_last":
        return lambda events, as_of: (as_of - events[-1].at) / DAY if events else None
    if source.measure == "distinct":
        name = source.property or ""
        return lambda events, _: float(len({v for e in events if (v := _plain(e.properties.get(name))) is not None}))
    if source.half_life_days is not None:
        half_life = source.half_life_days * DAY
        return lambda events, as_of: math.fsum(0.5 ** ((as_of - e.at) / half_life) for e in events)
    return lambda events, _: float(len(events))


def _plain(value: Any) -> str | None:
    return text(value) if isinstance(value, _SCALARS) else text(str(value))


def property_test(where: Where | str | float | bool) -> Callable[[Any], bool]:
    """Whether a property of an event passes a test; an unknown one passes none."""
    if not isinstance(where, Where):
        where = Where(equals=where)
    equal = {text(v) for v in (where.equals, *where.one_of) if v is not None}
    start, part = text(where.starts_with), text(where.contains)

    def test(value: Any) -> bool:
        plain = _plain(value)
        if plain is None:
            return False
        return (
            (not equal or plain in equal)
            and (start is None or plain.startswith(start))
            and (part is None or part in plain)
        )

    return test


def _classifier(classes: Sequence[WordClass]) -> Callable[[str], str]:
    patterns = [(text(c.name) or OTHER, word_pattern(c.words)) for c in classes]
    return lambda plain: next((name for name, pattern in patterns if pattern.search(plain)), OTHER)


def word_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of the words as whole words; ``*`` stands for any ending.

    >>> bool(word_pattern(["market*"]).search("head of marketing"))
    True
    """
    parts = (re.escape(text(w) or "").replace(r"\*", r"\w*") for w in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)

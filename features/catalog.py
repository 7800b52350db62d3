"""What a feature is: one declaration of a fact about a lead, evaluated the same way everywhere.

A fact is read from a profile field (as it is, or derived) or measured over events in a window. The
agreement's rules and the learned tables refer to the same declarations.
"""

from typing import Literal

import msgspec

Derivation = Literal["email_domain", "email_class", "seniority"]
Measure = Literal["count", "distinct", "days_since_last"]
Kind = Literal["fit", "interest"]
Value = float | str | None


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The base of everything that people write in YAML: frozen, unknown keys refused."""


class Where(Strict, frozen=True, kw_only=True):
    """A test on one property of an event; text is compared without regard to case.

    equals: the property is this
    in: the property is one of these
    starts_with: the property begins with this text
    contains: the property holds this text
    """

    equals: str | float | bool | None = None
    one_of: tuple[str | float, ...] = msgspec.field(default=(), name="in")
    starts_with: str | None = None
    contains: str | None = None


class Source(Strict, frozen=True, kw_only=True):
    """Where a fact is read: a profile ``field``, or the events of a type.

    field: profile field (column) to read; give this or ``event``
    derive: what to read out of that field instead of the field itself
    event: event type to measure, or ``any``
    where: tests that the event's properties must all pass
    measure: count (the default), distinct values of ``property``, or days since the last one
    property: the property whose distinct values count
    window_days: only events at most so many days old; without it, all
    half_life_days: an event counts half after so many days (count only)
    """

    field: str | None = None
    derive: Derivation | None = None
    event: str | None = None
    where: dict[str, Where | str | float | bool] = {}
    measure: Measure = "count"
    property: str | None = None
    window_days: float | None = None
    half_life_days: float | None = None


class WordClass(Strict, frozen=True, kw_only=True):
    """A named class of texts.

    name: what a text of the class is called
    words: a text that holds one of these belongs to it (whole words, ``*`` for any ending)
    """

    name: str
    words: tuple[str, ...]


KNOWN = WordClass(name="known", words=("*",))


class Feature(Strict, frozen=True, kw_only=True):
    """One fact, ready to be read from a lead.

    name: a short name without spaces, the same in scores, reasons and learned tables
    label: the words that people read
    kind: fit (who the lead is) or interest (what it does)
    type: what a value is: number (float, None when unknown) or text (str, None when unknown)
    source: where it is read
    classes: turn a text field into the name of its first matching class, else ``other``
    """

    name: str
    label: str
    kind: Kind
    type: Literal["number", "text"]
    source: Source
    classes: tuple[WordClass, ...] = ()

    @property
    def of_events(self) -> bool:
        """Whether the fact is measured over events rather than read from the profile."""
        return self.source.event is not None

    @property
    def asks_only_whether_known(self) -> bool:
        """Whether the fact reads of its field no more than that it is known."""
        return self.classes == (KNOWN,) and self.source.derive is None

    @property
    def is_count(self) -> bool:
        """Whether every value is a whole number of events or of distinct values."""
        return self.of_events and self.source.measure != "days_since_last" and self.source.half_life_days is None

    @property
    def nothing(self) -> Value:
        """The value of a lead about whom nothing is known: no visit, an unknown field."""
        return 0.0 if self.of_events and self.source.measure != "days_since_last" else None


OTHER = "other"
BOUNDS = "bounds"  # in an answer, the term of what the agreement's bounds cut off a score: no fact's name

"""What a feature is: one declaration of a fact about a lead, evaluated the same way everywhere.

A fact is read from a profile field (as it is, or derived), measured over events in a window, read from the
lead itself (its age, its stage), or made of other facts: the points agreed for them, or two of them together. The
agreement's rules and the learned tables refer to the same declarations.
"""

import builtins
from typing import Literal

import msgspec

Derivation = Literal["email_domain", "email_class", "seniority", "persona"]
Measure = Literal[
    "count", "distinct", "sum", "max", "last", "days_since_first", "days_since_last", "pace", "sessions", "leads"
]
OfLead = Literal["age_days", "stage", "days_in_stage", "colleagues"]
COUNTING: tuple[Measure, ...] = ("count", "distinct", "sessions", "leads")  # never unknown, 0 without any event
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


class Pair(Strict, frozen=True, kw_only=True):
    """Two facts together: its value is a text for every combination of theirs, such as ``software × 3 to 8``.

    first: the name of a fact, which must be among those that are read
    second: the name of another one
    first_cuts: where the ranges of a number begin, ascending; none for a text
    second_cuts: the same for the second fact
    """

    first: str
    second: str
    first_cuts: tuple[float, ...] = ()
    second_cuts: tuple[float, ...] = ()


class Source(Strict, frozen=True, kw_only=True):
    """Where a fact is read: exactly one of ``field``, ``event``, ``lead``, ``points_of`` and ``pair``.

    field: profile field (column) to read
    derive: what to read out of that field instead of the field itself
    event: event type to measure, or ``any``
    where: tests that the event's properties must all pass
    measure: what to measure over the events; without it, their count
    property: the property that distinct, sum, max and last read
    window_days: only events at most so many days old; without it, all
    compare_days: pace only: the longer window that the pace of ``window_days`` is compared with
    half_life_days: an event counts half after so many days (count only)
    gap_minutes: sessions only: a longer pause begins a new session
    over: account also measures the events of the other leads of the same account (company)
    delay_days: the source is so many days late: nothing is read before it was there
    lead: a fact of the lead itself: its age, its stage, the days in it, or how many colleagues are leads too
    points_of: the points agreed for this fact; or for all: fit, interest or score
    pair: two other facts, taken together
    """

    field: str | None = None
    derive: Derivation | None = None
    event: str | None = None
    where: dict[str, Where | str | float | bool] = {}
    measure: Measure = "count"
    property: str | None = None
    window_days: float | None = None
    compare_days: float | None = None
    half_life_days: float | None = None
    gap_minutes: float | None = None
    over: Literal["lead", "account"] = "lead"
    delay_days: float = 0.0
    lead: OfLead | None = None
    points_of: str | None = None
    pair: Pair | None = None

    @builtins.property
    def table(self) -> Literal["leads", "events", "outcomes", "agreement", "facts"]:
        """The table of the data contract that it is read from; ``facts`` where it is made of other facts."""
        if self.pair is not None:
            return "facts"
        if self.event is not None:
            return "events"
        if self.points_of is not None:
            return "agreement"
        return "outcomes" if self.lead in ("stage", "days_in_stage") else "leads"

    @builtins.property
    def made_of_facts(self) -> bool:
        """Whether it is made of other facts, rather than read from a lead; then no pair can be made of it."""
        return self.table in ("agreement", "facts")

    @builtins.property
    def gives_text(self) -> bool | None:
        """Whether its values are texts; None where both are possible, so that its owner must say."""
        if self.field is not None:
            return True if self.derive is not None else None
        if self.event is not None:
            return None if self.measure == "last" else False
        return self.lead == "stage" or self.pair is not None

    @builtins.property
    def unknown_without(self) -> bool:
        """Whether a lead of whom nothing is known has no value, rather than 0."""
        if self.event is not None:
            return self.measure in ("max", "last", "days_since_first", "days_since_last", "pace")
        return self.points_of is None and self.lead != "colleagues"


class Labels(Strict, frozen=True, kw_only=True):
    """What a fact is called in other languages; where one is missing, its ``label`` is read.

    en: in English
    de: in German
    zh: in simplified Chinese
    """

    en: str = ""
    de: str = ""
    zh: str = ""


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
    labels: the same in other languages
    kind: fit (who the lead is) or interest (what it does)
    type: what a value is: number (float, None when unknown) or text (str, None when unknown)
    source: where it is read
    classes: turn a text field into the name of its first matching class, else ``other``
    unit: of a number, such as days or EUR
    meaning: what it says about a lead, and why it may matter
    """

    name: str
    label: str
    labels: Labels = Labels()
    kind: Kind
    type: Literal["number", "text"]
    source: Source
    classes: tuple[WordClass, ...] = ()
    unit: str = ""
    meaning: str = ""

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
        """Whether every value is a whole number: of events, of distinct values, of sessions, of leads."""
        if self.source.lead == "colleagues":
            return True
        return self.of_events and self.source.measure in COUNTING and self.source.half_life_days is None

    @property
    def nothing(self) -> Value:
        """The value of a lead about whom nothing is known: no visit, an unknown field."""
        return None if self.source.unknown_without else 0.0


OTHER = "other"
BOUNDS = "bounds"  # in an answer, the term of what the agreement's bounds cut off a score: no fact's name

"""What a list of features asks of the tables: fields, selections of events, properties, stages, accounts."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from features.agreement import Agreement
from features.catalog import Feature
from features.made import made_facts
from features.measures import microseconds
from features.selections import Selections

Form = Literal["text", "word", "number", "amount"]


class Read(NamedTuple):
    """A property that is read, and as what: a word is a text whose values are only told apart, an amount a whole
    number of millionths.
    """

    property: str
    form: Form


class Session(NamedTuple):
    """Sessions of one selection, apart by pauses of more than ``gap`` microseconds."""

    selection: int
    gap: int


class Frame(NamedTuple):
    """The ages of the events that a feature reads, in microseconds: ``late <= age < window``."""

    window: int | None
    late: int


class Plan:
    """The features asked for, the agreed facts behind their points, and what all of them read.

    features: those asked for (the first ``asked``), then those that only points need
    measured: the positions of the features over events
    made: the features made of others, as ``features.made.made_facts`` gives them
    """

    def __init__(
        self, features: Sequence[Feature], missing: Iterable[str] = (), agreement: Agreement | None = None
    ) -> None:
        self._made_of = tuple(features), tuple(missing), agreement
        behind, self.made = made_facts(features, agreement)
        self.asked = len(features)
        self.features = (*features, *behind)
        self.missing = self._made_of[1]
        self.measured = [i for i, f in enumerate(self.features) if f.of_events]
        self.fields = [i for i, f in enumerate(self.features) if f.source.field is not None]
        self.selections = Selections(f.source for f in self.features)
        self.reads = tuple(dict.fromkeys(r for i in self.measured if (r := read_of(self.features[i])) is not None))
        self.sessions = tuple(dict.fromkeys(s for i in self.measured if (s := self.session_of(i)) is not None))

    def __reduce__(self) -> tuple[Any, ...]:
        """A plan travels as what it is made of, and is made again where it arrives."""
        return Plan, self._made_of

    @property
    def read(self) -> list[int]:
        """The positions of the features that are read, not made of others."""
        made = {one.place for one in self.made}
        return [i for i in range(len(self.features)) if i not in made]

    @property
    def reads_accounts(self) -> bool:
        """Whether any feature is about the other leads of an account."""
        return any(f.source.over == "account" or f.source.lead == "colleagues" for f in self.features)

    @property
    def reads_stages(self) -> bool:
        """Whether any feature is about stages."""
        return any(f.source.table == "outcomes" for f in self.features)

    @property
    def reads_only_fields(self) -> bool:
        """Whether the values are those of fields, whenever they are read."""
        return all(self.features[i].source.field and not self.features[i].source.delay_days for i in self.read)

    @property
    def longest_window(self) -> int | None:
        """The age at which no feature reads an event any more; None where one reads all."""
        ages = [self.features[i].source.compare_days or self.features[i].source.window_days for i in self.measured]
        known = [microseconds(age) for age in ages if age is not None]
        return max(known, default=None) if len(known) == len(ages) else None

    def frame_of(self, at: int, *, compared: bool = False) -> Frame:
        """The ages that a feature reads; ``compared``: those that its pace is compared with."""
        source = self.features[at].source
        days = source.compare_days if compared else source.window_days
        return Frame(None if days is None else microseconds(days), microseconds(source.delay_days))

    def session_of(self, at: int) -> Session | None:
        """The sessions that a feature counts."""
        source = self.features[at].source
        if source.event is None or source.gap_minutes is None:
            return None
        return Session(self.selections.number(source), microseconds(source.gap_minutes / 1440))


_FORMS: dict[str, Form] = {"distinct": "word", "sum": "amount", "max": "number"}


def read_of(feature: Feature) -> Read | None:
    """The property that a feature reads, and as what."""
    source = feature.source
    if source.event is None or source.property is None:
        return None
    if source.measure == "last":
        return Read(source.property, feature.type)
    return Read(source.property, _FORMS[source.measure])

"""The plain Python reference: the value of every feature for one lead as of a moment.

Every other engine must agree with this one, and serving uses it as it is. ``features.measures`` says what is
measured over events, ``features.derive`` what is read out of a field.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from features.agreement import Agreement
from features.catalog import Feature, Value
from features.errors import LeadError
from features.fields import FieldReader, field_reader
from features.made import made_facts, made_within
from features.measures import Chosen, OverChosen, UnreadableProperty, measure_of, microseconds
from features.moments import DAY
from features.selections import Selections
from features.tables import Event, Lead, changes_at, colleagues_at, known_events, profile_at
from features.texts import LARGEST, text

OfLead = Callable[[Lead, int], Value]
Sorted = Mapping[int, Chosen]  # by the number of the selection


class _Field(NamedTuple):
    place: int
    feature: Feature
    name: str
    read: FieldReader
    delay: int


class Reader:
    """Reads a fixed list of features from leads.

    missing: texts that mean "unknown"; agreement: whose points ``points_of`` features read

    >>> from features.catalog import Feature, Source
    >>> staff = Feature(name="staff", label="staff", kind="fit", type="number", source=Source(field="employees"))
    >>> Reader([staff]).read(Lead("L-1", {"employees": 320}), as_of=0)
    [320.0]
    """

    def __init__(
        self, features: Sequence[Feature], missing: Iterable[str] = (), agreement: Agreement | None = None
    ) -> None:
        self.features = tuple(features)
        behind, self._made = made_facts(self.features, agreement)
        everything = (*self.features, *behind)
        self._made_within = made_within(self._made, len(self.features))
        unknown = frozenset(m for m in map(text, missing) if m is not None)
        self._nothing = [f.nothing for f in everything]
        self._fields = [
            _Field(i, f, f.source.field, field_reader(f, unknown), microseconds(f.source.delay_days))
            for i, f in enumerate(everything)
            if f.source.field is not None
        ]
        self._of_lead = [(i, _OF_LEAD[f.source.lead]) for i, f in enumerate(everything) if f.source.lead is not None]
        self._of_events = [i for i, f in enumerate(self.features) if f.of_events]
        self._own = _Measures((i, f) for i, f in enumerate(everything) if f.of_events and f.source.over == "lead")
        self._shared = _Measures((i, f) for i, f in enumerate(everything) if f.of_events and f.source.over == "account")

    def read(self, lead: Lead, as_of: int) -> list[Value]:
        """The value of every feature, in their order; events after ``as_of`` are not read.

        Raises LeadError when a profile value or a property cannot be read as the feature's type.
        """
        return self.read_known(lead, known_events(lead.events, as_of), as_of)

    def sort(self, known: Sequence[Event]) -> Sorted:
        """The events that each selection of the features is about, of those that ``known_events`` gives."""
        return self._own.sort(known)

    def read_known(self, lead: Lead, known: Sequence[Event], as_of: int, own: Sorted | None = None) -> list[Value]:
        """As ``read``, for events that ``known_events`` has already sorted out; ``own``: what ``sort`` made of them."""
        values = self._nothing.copy()
        profile = profile_at(lead, as_of)
        for place, feature, name, read, delay in self._fields:
            if delay and lead.created_at is not None and lead.created_at + delay > as_of:
                continue
            try:
                values[place] = read(profile.get(name))
            except (TypeError, ValueError, OverflowError):
                raise _unreadable(lead, f"profile.{name}", name, profile.get(name), feature.type) from None
        for place, of_lead in self._of_lead:
            values[place] = of_lead(lead, as_of)
        self._measure(values, lead, known, as_of, own)
        for made in self._made:
            values[made.place] = made.value(values)
        return values[: len(self.features)]

    def event_values(
        self, lead: Lead, known: Sequence[Event], as_of: int, own: Sorted | None = None
    ) -> dict[int, Value]:
        """The event features by position; of the events some may be later."""
        values = self._nothing.copy()
        self._measure(values, lead, known, as_of, own)
        return {i: values[i] for i in self._of_events}

    def values_then(self, lead: Lead, own: Sorted, as_of: int) -> dict[int, Value] | None:
        """The event features that any of these events is about, as of an earlier moment; None where others' count too.

        All others are as if nothing was known. The events are those of ``sort``, each heard of when it happened.
        """
        if self._shared:
            return None
        values: dict[int, Value] = {}
        self._measure(values, lead, (), as_of, own)
        return values

    def made_values(self, values: Sequence[Value], changed: Container[int]) -> dict[int, Value]:
        """The features made of others, by position, given the values of all, of which some have ``changed``.

        Only those that the changed ones move, and that are made of no fact beside the features.
        """
        return {m.place: m.value(values) for m in self._made_within if any(at in changed for at in m.parts)}

    def makes_others_of(self, place: int) -> bool:
        """Whether ``made_values`` may change with the feature at a position."""
        return any(place in made.parts for made in self._made_within)

    def _measure(
        self,
        values: list[Value] | dict[int, Value],
        lead: Lead,
        known: Sequence[Event],
        as_of: int,
        own: Sorted | None,
    ) -> None:
        try:
            self._own.measure(values, self._own.sort(known) if own is None else own, as_of)
            if self._shared:
                owned = _of_account(lead, known, as_of)
                events, owners = [e for e, _ in owned], [owner for _, owner in owned]
                self._shared.measure(values, self._shared.sort(events, owners), as_of)
        except UnreadableProperty as error:
            raise _unreadable(lead, f"events.properties.{error.name}", error.name, error.value, "number") from None


class _Measures:
    """The event features over one set of events, by what they are about."""

    def __init__(self, features: Iterable[tuple[int, Feature]]) -> None:
        features = list(features)
        self._selections = Selections(f.source for _, f in features)
        self._measures: list[list[tuple[int, OverChosen]]] = [[] for _ in range(len(self._selections))]
        for i, f in features:
            measure = measure_of(f.source, text=f.type == "text")
            self._measures[self._selections.number(f.source)].append((i, measure))

    def __bool__(self) -> bool:
        return bool(self._measures)

    def sort(self, events: Sequence[Event], owners: Sequence[str] = ()) -> Sorted:
        """The events of each selection that any is of, oldest first as they came; ``owners``: whose each event is."""
        found: dict[int, Chosen] = {}
        of = self._selections.of
        for at, event in enumerate(events):
            for number in of(event.type, event.properties):
                chosen = found.get(number)
                if chosen is None:
                    chosen = found[number] = Chosen([], [], [])
                chosen.events.append(event)
                chosen.times.append(event.at)
                if owners:
                    chosen.owners.append(owners[at])
        return found

    def measure(self, values: list[Value] | dict[int, Value], of_selection: Sorted, as_of: int) -> None:
        """Put the value of every feature that an event is about in its place."""
        for number, chosen in of_selection.items():
            for place, measure in self._measures[number]:
                values[place] = measure(chosen, as_of)


def _of_account(lead: Lead, known: Sequence[Event], as_of: int) -> list[tuple[Event, str]]:
    """The events known of a lead and of the colleagues who were leads by then, oldest first."""
    owned = [(e, lead.lead_id) for e in known if e.at <= as_of]
    for colleague in colleagues_at(lead, as_of):
        owned += [(e, colleague.lead_id) for e in known_events(colleague.events, as_of)]
    return sorted(owned, key=lambda pair: pair[0].at)


def _age_days(lead: Lead, as_of: int) -> Value:
    return None if lead.created_at is None or lead.created_at > as_of else (as_of - lead.created_at) / DAY


def _stage(lead: Lead, as_of: int) -> Value:
    last = max(((c.at, text(c.stage) or "") for c in changes_at(lead, as_of)), default=None)
    return (last[1] or None) if last else None


def _days_in_stage(lead: Lead, as_of: int) -> Value:
    last = max((c.at for c in changes_at(lead, as_of)), default=None)
    return _age_days(lead, as_of) if last is None else (as_of - last) / DAY


_OF_LEAD: dict[str, OfLead] = {
    "age_days": _age_days,
    "stage": _stage,
    "days_in_stage": _days_in_stage,
    "colleagues": lambda lead, as_of: float(len(colleagues_at(lead, as_of))),
}


def _unreadable(lead: Lead, where: str, name: str, value: object, kind: str) -> LeadError:
    return LeadError(
        f"lead {lead.lead_id}: '{name}' cannot be read as a {kind}",
        where=where,
        got=repr(value),
        allowed=f"a number up to {LARGEST:g}, or null when unknown",
        do=f"send '{name}' as a number",
    )

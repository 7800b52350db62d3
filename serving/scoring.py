"""One lead as the scorer sees it: its values, the points behind its scores, and what a change would make of them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import compress
from operator import add
from typing import NamedTuple

from features.catalog import Feature, Value
from features.errors import LeadError
from features.points import added
from features.reference import Reader, Sorted
from features.stages import Scores, StageRules
from features.tables import Event, Lead, known_events
from serving.remembered import Remembered
from training.additive import AdditiveScorer, FactPoints, Scored
from training.scorecard import Scorecard

MOST_EVENTS = 3
_NOBODY, _NOTHING = Lead(""), (0.0,) * MOST_EVENTS
_AGREED, _COUNTED = FactPoints._fields.index("agreed"), FactPoints._fields.index("counted")


class State(NamedTuple):
    """A lead with all that was read of it, the events known of it, the moment, and its points.

    read: the values of the facts, and then of what exclusions and fast-tracks test
    own: the known events of the lead itself, sorted for the reader; None where they are not
    points: of each fact; sums: of the points behind each score that thresholds look at, without the base and before
    the agreement's bounds
    """

    lead: Lead
    read: list[Value]
    known: list[Event]
    own: Sorted | None
    as_of: int
    points: list[FactPoints]
    sums: dict[str, float]

    @property
    def values(self) -> list[Value]:
        """The values of the facts."""
        return self.read[: len(self.points)]

    @property
    def asked(self) -> list[Value]:
        """The values of what exclusions and fast-tracks test."""
        return self.read[len(self.points) :]


class Part(NamedTuple):
    """What a score that thresholds look at adds up: which of a fact's points, and those of which facts."""

    of_points: int
    counts: frozenset[int]


class LeadScorer:
    """A scorecard made ready for single leads."""

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        self.stages = StageRules(card.agreement, card.missing_values)
        self.features = (*card.features, *self.stages.asks)
        self.reader = Reader(self.features, card.missing_values, card.agreement)
        self.additive = AdditiveScorer(card)
        self.points = [Remembered(partial(self.additive.points_of, i)) for i in range(len(card.features))]
        self.position = {f.name: i for i, f in enumerate(card.features)}
        self._facts = len(card.features)
        self._makes = any(map(self.reader.makes_others_of, range(self._facts)))
        self._growth = [_growth(feature) for feature in self.features]
        self._measures_anew = any(f.of_events and not g for f, g in zip(self.features, self._growth, strict=True))
        self._fit = [f.kind == "fit" for f in card.features]
        self._interest = [not is_fit for is_fit in self._fit]
        self._parts = _parts(self._fit)
        self._grown = {on: [self._growth_in(part, i) for i in range(self._facts)] for on, part in self._parts.items()}
        self.whole = _whole(self.additive)

    def scored(self, lead: Lead, as_of: int) -> tuple[State, Scored]:
        """The score of a lead and all that it was made of; raises LeadError where a value cannot be read."""
        known = known_events(lead.events, as_of)
        own = self.reader.sort(known)
        read = self.reader.read_known(lead, known, as_of, own)
        points = [of_value[value] for of_value, value in zip(self.points, read, strict=False)]
        scored = self.additive.scored(points)
        fit, interest = added(compress(scored.points, self._fit)), added(compress(scored.points, self._interest))
        sums = {"score": scored.total, "agreed": scored.agreed_total, "fit": fit, "interest": interest}
        return State(lead, read, known, own, as_of, points, sums), scored

    def scores(self, state: State) -> Scores:
        """The scores that thresholds look at."""
        return Scores(*[whole(state.sums[on]) for on, whole in self.whole.items()])

    def score(self, state: State, on: str) -> float:
        """One of the scores that thresholds look at."""
        return self.whole[on](state.sums[on])

    def moved_by(self, event: Event) -> tuple[int, ...]:
        """The positions of what one such event, just now, moves; none where something cannot read it."""
        try:
            just_now = self.reader.event_values(_NOBODY, [Event(event.type, 0, event.properties)], 0)
        except LeadError:
            return ()
        without = self.reader.event_values(_NOBODY, [], 0)
        return tuple(i for i, value in just_now.items() if value != without[i])

    def after_events(self, state: State, moved: Sequence[int], event: Event, n: int) -> dict[int, Value]:
        """The values at ``moved`` positions after ``n`` such events at the state's own moment.

        A count grows by their number (a new event counts in full, however fast it will fade), and the last one
        was just now; all else is measured anew.
        """
        changes: dict[int, Value] = {}
        anew: dict[int, Value] = {}
        for i in moved:
            growth = self._growth[i]
            if growth == "count":
                changes[i] = state.read[i] + n  # type: ignore[operator]
            elif growth == "last":
                changes[i] = 0.0
            else:
                anew = anew or self.reader.event_values(state.lead, _with_events(state, event, n), state.as_of)
                changes[i] = anew[i]
        return changes

    def sum_after(self, state: State, on: str, changes: Mapping[int, Value]) -> float:
        """The sum of the points behind a score after the values of some facts changed; only theirs are added anew."""
        total, (of, counts) = state.sums[on], self._parts[on]
        for i, value in self._with_made(state, changes).items():
            if i in counts:
                total += self.points[i][value][of] - state.points[i][of]
        return total

    def growths(self, state: State, on: str) -> list[tuple[float, ...]]:
        """What each fact adds to a score after one more event that it counts or dates, after two more, three."""
        pairs = zip(self._grown[on], state.read, strict=False)
        return [_NOTHING if grown is None else grown[value] for grown, value in pairs]

    def moves_apart(self, i: int) -> bool:
        """Whether what such events make of a fact depends on its value alone, and nothing is made of it."""
        return self._growth[i] != "" and not self.reader.makes_others_of(i)

    def score_before(self, state: State, earlier: int) -> float:
        """The score of the same lead by what it had done at an earlier moment, as was known then."""
        values, late = None, [event for event in state.known if event.known_from is not None]
        if state.own is not None and all(_only_its_moment_matters(event, earlier) for event in late):
            values = self.reader.values_then(state.lead, state.own, earlier)
        if values is None:
            values = self.reader.event_values(state.lead, known_events(state.lead.events, earlier), earlier)
        read, facts = state.read, self._facts
        changes = {i: values[i] for i in sorted(values) if i < facts and values[i] != read[i]}
        return self.whole["score"](self.sum_after(state, "score", changes))

    def after(self, state: State, on: str, changes: Mapping[int, Value], event: Event | None, n: int) -> State:
        """The state after the values of some facts changed, by ``n`` such events now if it was by events.

        Its sums are those of the score ``on`` alone.
        """
        sums = {on: self.sum_after(state, on, changes)}
        read, points = state.read.copy(), state.points.copy()
        for i, value in self._with_made(state, changes).items():
            read[i], points[i] = value, self.points[i][value]
        known = _with_events(state, event, n) if event and self._measures_anew else state.known
        return State(state.lead, read, known, None, state.as_of, points, sums)

    def _growth_in(self, part: Part, i: int) -> Remembered[tuple[float, ...]] | None:
        """What one fact adds to a score after one more event, and so on, by its value; None where it never does."""
        points, of = self.points[i], part.of_points
        if i not in part.counts or not self.moves_apart(i):
            return None
        more = range(1, MOST_EVENTS + 1)

        def grown(value: Value) -> tuple[float, ...]:
            now = points[value][of]
            if self._growth[i] == "last":
                return (points[0.0][of] - now,) * MOST_EVENTS
            return tuple([points[value + n][of] - now for n in more])  # type: ignore[operator]

        return Remembered(grown)

    def _with_made(self, state: State, changes: Mapping[int, Value]) -> Mapping[int, Value]:
        """The changes, and what they make of facts that are made of others."""
        if not self._makes:
            return changes
        values = state.values
        for i, value in changes.items():
            values[i] = value
        return {**changes, **self.reader.made_values(values, changes)}


def _with_events(state: State, event: Event, n: int) -> list[Event]:
    """The events known of a lead, and ``n`` such events at this moment."""
    return [*state.known, *[Event(event.type, state.as_of, event.properties)] * n]


def _parts(is_fit: Sequence[bool]) -> dict[str, Part]:
    everything = frozenset(range(len(is_fit)))
    fit = frozenset(compress(range(len(is_fit)), is_fit))
    return {
        "score": Part(_COUNTED, everything),
        "agreed": Part(_AGREED, everything),
        "fit": Part(_COUNTED, fit),
        "interest": Part(_COUNTED, everything - fit),
    }


def _whole(additive: AdditiveScorer) -> dict[str, Callable[[float], float]]:
    """The functions from the sum of the points behind a score to that score, in the order of ``Scores``."""
    based, cut = partial(add, additive.base), additive.cut
    if not additive.has_bounds:
        return {"score": based, "agreed": float, "fit": float, "interest": float}
    return {"score": lambda total: cut(based(total)), "agreed": cut, "fit": float, "interest": float}


def _growth(feature: Feature) -> str:
    """What one more event, just now, does to an event feature: it may ``count``, or be the ``last`` one."""
    source = feature.source
    if not feature.of_events or source.delay_days:
        return ""
    return {"count": "count", "days_since_last": "last"}.get(source.measure, "")


def _only_its_moment_matters(late: Event, earlier: int) -> bool:
    """Whether an event that was heard of late counted at an earlier moment if it had happened by then.

    One with an id may hide another one of that id.
    """
    return late.event_id is None and (late.at > earlier or (late.known_from or 0) <= earlier)

"""What would move a lead to a stage: the few changes that reach its threshold, with their exact points.

A move is either an agreed field that is still unknown, filled with the value worth most, or up to three more events
of a kind, now. One more event moves every fact that it touches, and may open a fast-track. Where several facts are read
out of one field (seniority and department out of a title), each is tried by itself: no title can be made up. Facts
that are made of a changed one, such as a pair, change with it.
"""

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any, NamedTuple

from features.agreement import Agreement, Fact, FastTrack, Points, class_name
from features.catalog import Feature, Source, Value, Where
from features.describe import condition_words
from features.errors import LeadError
from features.points import agreed_points, exact_values, holds, span
from features.reference import Reader
from features.stages import feature_of_test
from features.tables import Event
from serving.scoring import LeadScorer, State

MOST_EVENTS = 3
MOST_MOVES = 3


class Kind(NamedTuple):
    """A kind of event that some fact counts: the fact's name and label, and such an event."""

    fact: str
    label: str
    event: Event
    moved: tuple[int, ...]


class Move(NamedTuple):
    """One change: what the fact becomes, all values that it changes, and the state after it."""

    fact: str
    to: Value
    text: str
    changes: dict[int, Value]
    events: list[Event]
    after: State


class Options:
    """Every single move of one lead; worked out once, and only as far as a stage asks for it."""

    def __init__(self, moves: "Moves", state: State) -> None:
        self._moves, self.state = moves, state
        self.fields = [moves.fill(state, i) for i in moves.fillings if state.values[i] is None]
        self._more: dict[str, list[Move]] = {kind.fact: [] for kind in moves.kinds}

    def more(self, kind: Kind, n: int) -> Move:
        """``n`` more events of a kind."""
        made = self._more[kind.fact]
        while len(made) < n:
            made.append(self._moves.more_events(self.state, kind, len(made) + 1))
        return made[n - 1]


class Moves:
    """Finds moves for the leads of one scorecard."""

    def __init__(self, scorer: LeadScorer) -> None:
        self._scorer = scorer
        card = scorer.card
        self._order = {stage.stage: i for i, stage in enumerate(card.agreement.stages)}
        self.kinds = _event_kinds(scorer, card.features, card.agreement)
        positions = [(scorer.position[fact.fact], fact) for fact in _fields(card.agreement)]
        self.fillings = {i: found for i, fact in positions if (found := self._fillings(i, fact))}
        tracks = card.agreement.fast_tracks
        self._tracks = [
            (track, kind, Reader([feature_of_test(track)], card.missing_values))
            for track in tracks
            if (kind := self._kind_for(track)) is not None
        ]

    def options(self, state: State) -> Options:
        """The single moves of a lead."""
        return Options(self, state)

    def towards(self, options: Options, stage: str, on: str, short: float) -> tuple[str, list[dict[str, Any]]]:
        """The moves that add ``short`` points to the score ``on``, or lead straight to ``stage``.

        Returns ("one", moves) where each gets the lead there alone, smallest first; ("all", moves) where it takes
        them together; and ("", moves) with the best found where three moves do not suffice.
        """
        straight = self._straight(options, stage, on)
        used = {m["fact"] for m in straight}
        single = [m for m in self._singles(options, on, short) if m[1].fact not in used]
        alone = sorted((m for m in single if m[0] >= short), key=_gain)
        if straight or alone:
            return "one", [*straight, *(_told(gain, move) for gain, move in alone)][:MOST_MOVES]
        return self._together(options.state, single, on, short)

    def _singles(self, options: Options, on: str, short: float) -> list[tuple[float, Move]]:
        """Every move that adds points, with its gain; of events the fewest that suffice, else as many as add more."""
        have = self._score(options.state, on)
        found = [(self._score(m.after, on) - have, m) for m in options.fields]
        for kind in self.kinds:
            best: tuple[float, Move] | None = None
            for n in range(1, MOST_EVENTS + 1):
                move = options.more(kind, n)
                gain = self._score(move.after, on) - have
                if gain <= (best[0] if best else 0.0):
                    break
                best = (gain, move)
                if gain >= short:
                    break
            found += [best] if best else []
        return [(gain, move) for gain, move in found if gain > 0]

    def _together(
        self, state: State, single: Iterable[tuple[float, Move]], on: str, short: float
    ) -> tuple[str, list[dict[str, Any]]]:
        """The largest moves one after the other, each with what it adds to those before."""
        chosen: list[dict[str, Any]] = []
        for _, move in sorted(single, key=_gain, reverse=True)[:MOST_MOVES]:
            after = self._again(state, move)
            gain = self._score(after, on) - self._score(state, on)
            if gain <= 0:
                continue
            chosen.append(_told(gain, move))
            state, short = after, short - gain
            if short <= 0:
                return "all", chosen
        return "", chosen

    def _straight(self, options: Options, stage: str, on: str) -> list[dict[str, Any]]:
        """The events that one more of opens a fast-track to the stage or beyond."""
        have, state, told = self._score(options.state, on), options.state, []
        for track, kind, reader in self._tracks:
            if self._order[track.to] >= self._order[stage] and _opens(track, reader, kind.event, state):
                move = options.more(kind, 1)
                text = f"{move.text} (straight to {track.to})"
                told.append(_told(self._score(move.after, on) - have, move) | {"text": text})
        return told

    def fill(self, state: State, index: int) -> Move:
        """An unknown field, filled with the value worth most."""
        return max((self._filled(state, index, f) for f in self.fillings[index]), key=_counted)

    def _filled(self, state: State, index: int, filling: tuple[Value, str]) -> Move:
        feature, (value, words) = self._scorer.card.features[index], filling
        text = f"if {feature.label} turns out to be {words}"
        changes = {index: value}
        return Move(feature.name, value, text, changes, [], self._scorer.changed(state, changes))

    def more_events(self, state: State, kind: Kind, n: int) -> Move:
        """``n`` more events of a kind, now."""
        events = [Event(kind.event.type, state.as_of, kind.event.properties)] * n
        changes = self._scorer.after_events(state, kind.moved, events)
        position = self._scorer.position.get(kind.fact)
        to = float(n) if position is None else changes.get(position, state.values[position])
        after = self._scorer.changed(state, changes)
        return Move(kind.fact, to, f"{n} more: {kind.label}", changes, events, after)

    def _again(self, state: State, move: Move) -> State:
        """The state after a move that was worked out for another state."""
        if not move.events:
            return self._scorer.changed(state, move.changes)
        changes = self._scorer.after_events(state, tuple(move.changes), move.events)
        return self._scorer.changed(state, changes, [*state.known, *move.events])

    def _score(self, state: State, on: str) -> float:
        return float(getattr(self._scorer.scores(state), on))

    def _fillings(self, index: int, fact: Fact) -> list[tuple[Value, str]]:
        """The values of an unknown field that the agreement names, and their words.

        Only the one worth most, where it is worth the same whatever else is known of a lead.
        """
        named: list[tuple[Value, str]] = [
            (value, _words(p, fact)) for p in fact.points if (value := _such_a_value(p)) is not None
        ]
        if self._scorer.reader.makes_others_of(index):
            return named
        named.sort(key=lambda filling: self._scorer.additive.terms_of(index, filling[0])[2], reverse=True)
        return named[:1]

    def _kind_for(self, track: FastTrack) -> Kind | None:
        """The kind of event that a fast-track waits for."""
        if track.event is None:
            return None
        event = example_event(track)
        return next((kind for kind in self.kinds if kind.event == event), None)


def _gain(pair: tuple[float, Move]) -> float:
    return pair[0]


def _counted(move: Move) -> float:
    return move.after.sums[0]


def _told(gain: float, move: Move) -> dict[str, Any]:
    return {"fact": move.fact, "to": move.to, "points": gain, "text": move.text}


def _opens(track: FastTrack, reader: Reader, event: Event, state: State) -> bool:
    """Whether one more event makes a fast-track hold; not where such an event cannot be read."""
    events = [*state.known, Event(event.type, state.as_of, event.properties)]
    try:
        (value,) = reader.read_known(state.lead, events, state.as_of)
    except LeadError:
        return False
    return holds(track.when)(value)


def _fields(agreement: Agreement) -> list[Fact]:
    """The agreed facts that are read from a field: both teams said that they are worth asking for."""
    return [fact for _, fact in agreement.facts if fact.field is not None]


def _such_a_value(points: Points) -> Value:
    """A value for which a condition holds."""
    bounds = span(points)
    if bounds is None:
        return next(iter(exact_values(points)), None)
    low, high = bounds
    return low if isfinite(low) else high - 1


def _words(points: Points, fact: Fact) -> str:
    return class_name(points) if points.matches else condition_words(points, fact.unit)


def _event_kinds(scorer: LeadScorer, features: Sequence[Feature], agreement: Agreement) -> list[Kind]:
    """For each fact that counts events, and each fast-track that waits for one, such an event; each event once.

    Left out: events that both teams agreed speak against a lead.
    """
    facts = {fact.fact: fact for _, fact in agreement.facts}
    counted = [f for f in features if f.of_events and f.source.measure == "count" and f.source.event != "any"]
    sources = [(f.name, f.label, f.source) for f in sorted(counted, key=lambda f: f.name not in facts)]
    sources += [(t.name, t.name, t) for t in agreement.fast_tracks if t.event not in (None, "any")]
    kinds: dict[tuple[str, str], Kind] = {}
    for name, label, source in sources:
        event = example_event(source)
        moved = scorer.moved_by(event)
        wanted = name not in facts or agreed_points(facts[name])(1.0) >= 0
        if wanted and (name not in scorer.position or scorer.position[name] in moved):
            kinds.setdefault((event.type, repr(event.properties)), Kind(name, label, event, moved))
    return list(kinds.values())


def example_event(source: Source) -> Event:
    """An event that a source counts."""
    properties = {name: _example(where) for name, where in source.where.items()}
    return Event(type=source.event or "", at=0, properties=properties)


def _example(where: Where | str | float | bool) -> str | float | bool:
    if not isinstance(where, Where):
        return where
    if where.equals is not None:
        return where.equals
    if where.one_of:
        return where.one_of[0]
    return f"{where.starts_with or ''}{where.contains or ''}" or "any"

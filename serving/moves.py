"""What would move a lead to a stage: the few changes that reach its threshold, with their exact points.

A move is either a field that is still unknown, filled with the value worth most, or up to three more events
of a kind, now. Each is tried on the lead itself, so that every fact that it touches counts.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from features.agreement import Agreement
from features.catalog import Feature, Source, Value, Where
from features.describe import number_words
from features.tables import Event
from serving.scoring import LeadScorer, State

MOST_EVENTS = 3
MOST_MOVES = 3


class Move(NamedTuple):
    """One change, the state after it, and what it adds to the score that is looked at."""

    fact: str
    to: Value
    text: str
    after: State
    gain: float


class Moves:
    """Finds moves for the leads of one scorecard."""

    def __init__(self, scorer: LeadScorer) -> None:
        self._scorer = scorer
        card = scorer.card
        self._labels = {f.name: f.label for f in card.features}
        self._best = {i: best for i, f in enumerate(card.features) if (best := self._best_value(i, f)) is not None}
        self._kinds = _event_kinds(card.features, card.agreement)

    def towards(self, state: State, on: str, short: float) -> tuple[str, list[dict[str, Any]]]:
        """The moves that add ``short`` points to the score ``on``.

        Returns ("one", moves) where each reaches it alone, smallest first; ("all", moves) where it takes them
        together; and ("", moves) with the best found where three moves do not suffice.
        """
        moves = list(self._gaining(state, on, short))
        alone = sorted((m for m in moves if m.gain >= short), key=_gain)
        if alone:
            return "one", [_told(m) for m in alone[:MOST_MOVES]]
        chosen: list[Move] = []
        while moves and len(chosen) < MOST_MOVES:
            best = max(moves, key=_gain)
            chosen.append(best)
            short -= best.gain
            if short <= 0:
                return "all", [_told(m) for m in chosen]
            used = {m.fact for m in chosen}
            moves = [m for m in self._gaining(best.after, on, short) if m.fact not in used]
        return "", [_told(m) for m in chosen]

    def _gaining(self, state: State, on: str, short: float) -> Iterator[Move]:
        """Every single move that adds points."""
        have = self._score(state, on)
        for i, value in self._best.items():
            if state.values[i] is None:
                feature = self._scorer.card.features[i]
                after = self._scorer.changed(state, {i: value})
                words = number_words(value) if isinstance(value, float) else value
                text = f"if {feature.label} turns out to be {words}"
                yield from _if_more(Move(feature.name, value, text, after, self._score(after, on) - have))
        for name, event in self._kinds.items():
            yield from _if_more(self._more_events(state, name, event, on, short))

    def _more_events(self, state: State, name: str, event: Event, on: str, short: float) -> Move:
        """The fewest more events that suffice, else as many as still add points."""
        have, position = self._score(state, on), self._scorer.position[name]
        best = Move(name, state.values[position], "", state, 0.0)
        known = state.known
        for n in range(1, MOST_EVENTS + 1):
            known = [*known, Event(event.type, state.as_of, event.properties)]
            changes = self._scorer.reader.event_values(known, state.as_of, event.type)
            after = self._scorer.changed(state, changes, known)
            gain = self._score(after, on) - have
            if gain <= best.gain:
                break
            best = Move(name, after.values[position], f"{n} more: {self._labels[name]}", after, gain)
            if gain >= short:
                break
        return best

    def _score(self, state: State, on: str) -> float:
        return float(getattr(self._scorer.scores(state), on))

    def _best_value(self, index: int, feature: Feature) -> Value:
        """The value of an unknown field that is worth most."""
        if feature.of_events:
            return None
        values = self._scorer.additive.telling_values(index)
        return max(values, key=lambda v: self._scorer.additive.terms_of(index, v)[2], default=None)


def _if_more(move: Move) -> Iterator[Move]:
    if move.gain > 0:
        yield move


def _gain(move: Move) -> float:
    return move.gain


def _told(move: Move) -> dict[str, Any]:
    return {"fact": move.fact, "to": move.to, "points": move.gain, "text": move.text}


def _event_kinds(features: Sequence[Feature], agreement: Agreement) -> dict[str, Event]:
    """For each fact that counts events, an event that it would count; agreed facts first, each event once."""
    agreed = {fact.fact for _, fact in agreement.facts}
    counted = [f for f in features if f.of_events and f.source.measure == "count" and f.source.event != "any"]
    kinds: dict[str, Event] = {}
    for feature in sorted(counted, key=lambda f: f.name not in agreed):
        event = example_event(feature.source)
        if event not in kinds.values():
            kinds[feature.name] = event
    return kinds


def example_event(source: Source) -> Event:
    """An event that a source counts."""
    properties = {name: _example(where) for name, where in source.where.items()}
    return Event(type=source.event or "", at=0, properties=properties)


def _example(where: Where | str | float | bool) -> str | float | bool:
    if not isinstance(where, Where):
        return where
    if where.equals is not None:
        return where.equals
    return where.one_of[0] if where.one_of else f"{where.starts_with or ''}{where.contains or ''}"

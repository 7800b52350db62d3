"""What about a lead can be moved at all: the unknown fields worth asking for, the kinds of events worth having."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from features.agreement import Agreement, Fact, FastTrack, Points, class_name
from features.catalog import Feature, Source, Value, Where
from features.points import agreed_points, exact_values, span
from features.tables import Event
from serving.scoring import MOST_EVENTS, LeadScorer
from serving.wording import Wording
from serving.words.conditions import condition_in


class Filling(NamedTuple):
    """A value that an unknown field may turn out to have: the fact and its position, and what is said of it."""

    fact: str
    position: int
    value: Value
    text: str


class Kind(NamedTuple):
    """A kind of event that some fact counts: the fact's name and position, if it is one, and such an event.

    moved: positions of the facts that it moves; tests: those of exclusions and fast-tracks
    apart: whether each of the facts moves by itself; texts: what is said of one more, of two, of three
    """

    fact: str
    position: int | None
    event: Event
    moved: tuple[int, ...]
    tests: tuple[int, ...]
    apart: bool
    texts: tuple[str, ...]


def fillings_of(scorer: LeadScorer, wording: Wording) -> dict[int, list[Filling]]:
    """For each agreed fact that is read from a field, by position, the values that the agreement names.

    Both teams said that they are worth asking for. Only the value worth most, where it is worth the same whatever else
    is known of a lead.
    """
    found = {}
    for _, fact in scorer.card.agreement.facts:
        if fact.field is not None:
            position = scorer.position[fact.fact]
            found[position] = _fillings(scorer, wording, position, fact)
    return {position: fillings for position, fillings in found.items() if fillings}


def _fillings(scorer: LeadScorer, wording: Wording, position: int, fact: Fact) -> list[Filling]:
    text = wording.words.filled("said.turns_out", "label", "value")
    named = [
        Filling(fact.fact, position, value, text(wording.labels[fact.fact], _said(p, fact, wording)))
        for p in fact.points
        if (value := _such_a_value(p)) is not None
    ]
    if scorer.reader.makes_others_of(position):
        return named
    return sorted(named, key=lambda filling: scorer.points[position][filling.value].counted, reverse=True)[:1]


def _such_a_value(points: Points) -> Value:
    """A value for which a condition holds."""
    bounds = span(points)
    if bounds is None:
        return next(iter(exact_values(points)), None)
    low, high = bounds
    return low if isfinite(low) else high - 1


def _said(points: Points, fact: Fact, wording: Wording) -> str:
    return class_name(points) if points.matches else condition_in(wording.words, points, fact.unit)


def event_kinds(scorer: LeadScorer, wording: Wording) -> list[Kind]:
    """For each fact that counts events, and each fast-track that waits for one, such an event; each event once.

    Left out: events that both teams agreed speak against a lead.
    """
    card = scorer.card
    facts = {fact.fact: fact for _, fact in card.agreement.facts}
    kinds: dict[tuple[str, str], Kind] = {}
    for name, source in _waited_for(card.features, card.agreement):
        kind = _kind(scorer, wording, name, example_event(source))
        wanted = name not in facts or agreed_points(facts[name])(1.0) >= 0
        if wanted and (kind.position is None or kind.position in kind.moved):
            kinds.setdefault((kind.event.type, repr(kind.event.properties)), kind)
    return list(kinds.values())


def _waited_for(features: Sequence[Feature], agreement: Agreement) -> list[tuple[str, Source]]:
    """Names and sources: agreed facts first, then learned ones, then fast-tracks."""
    agreed = {fact.fact for _, fact in agreement.facts}
    counted = [f for f in features if f.of_events and f.source.measure == "count" and f.source.event != "any"]
    of_facts = [(f.name, f.source) for f in sorted(counted, key=lambda f: f.name not in agreed)]
    tracks: list[FastTrack] = [t for t in agreement.fast_tracks if t.event not in (None, "any")]
    return of_facts + [(t.name, t) for t in tracks]


def _kind(scorer: LeadScorer, wording: Wording, name: str, event: Event) -> Kind:
    moved, facts = scorer.moved_by(event), len(scorer.card.features)
    text, label = wording.words.filled("said.more", "count", "label"), wording.labels.get(name, name)
    texts = tuple(text(str(n), label) for n in range(1, MOST_EVENTS + 1))
    of_facts, of_tests = (tuple(i for i in moved if (i < facts) is these) for these in (True, False))
    return Kind(
        name, scorer.position.get(name), event, of_facts, of_tests, all(map(scorer.moves_apart, of_facts)), texts
    )


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

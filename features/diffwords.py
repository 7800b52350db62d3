"""How a change of an agreement is said: a sentence per field, and per thing with a name that is new, gone or moved."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, TypeVar

import msgspec

from features.agreement import Anchor, Bounds, Condition, Conversion, ExampleEvent, FastTrack, LeadTest, Sla
from features.catalog import Labels, Pair
from features.describe import amount, condition_words, number_words, pair_words, test_words, value_words, where_words

T = TypeVar("T")


class Said(NamedTuple):
    """How a field's change is said: ``subject`` ({} is the owner's name), ``verb``, new instead of old."""

    subject: str
    verb: str = "is"
    unit: str = ""


_SAID: Mapping[str, Said] = {
    "agreement": Said("the agreement", "is called"),
    "agreed_on": Said("the agreement", "was agreed on"),
    "conversion": Said("a conversion"),
    "expected": Said("the expectation without history"),
    "largest_weight_of_history": Said("the largest weight of history"),
    "bounds": Said("scores", "are cut to"),
    "points_double_odds": Said("the odds of converting", "double with", "points"),
    "points_each": Said("each of {}", "gives", "points"),
    "cap": Said("cap of {}", "is", "points"),
    "field": Said("{}", "is read from the field"),
    "event": Said("{}", "is measured over the events"),
    "labels": Said("the label of {} in other languages"),
    "where": Said("{}", "looks at events with"),
    "lead": Said("{}", "is read from the lead's"),
    "points_of": Said("{}", "is the points agreed for"),
    "pair": Said("{}", "is made of"),
    "over": Said("{}", "is measured over the events of the"),
    "window_days": Said("window of {}", "is", "days"),
    "compare_days": Said("the longer window of {}", "is", "days"),
    "gap_minutes": Said("the pause between sessions of {}", "is", "minutes"),
    "delay_days": Said("{}", "is late by", "days"),
    "half_life_days": Said("half-life of {}", "is", "days"),
    "why": Said("the reason for {}"),
    "since": Said("{}", "applies since"),
    "when": Said("{}", "hits when the value is"),
    "to": Said("{}", "leads to the stage"),
    "threshold": Said("{}", "now needs", "points"),
    "on": Said("the points that {} looks at", "are those of"),
    "required": Said("the fields that {} requires", "are"),
    "sla": Said("the SLA of {}"),
    "target": Said("the target of {}"),
    "most_days": Said("the longest time in {}", "is", "days"),
    "covers": Said("the agreement", "is about"),
    "recycle_to": Said("leads", "are sent back to"),
    "rest_days": Said("the rest of a lead that was sent back", "is", "days"),
    "again_points": Said("what ends that rest earlier", "is a rise by", "points"),
    "score_age_hours": Said("the largest age of a stored score", "is", "hours"),
    "changed_points": Said("the change of a score that is told", "is", "points"),
    "remind_share": Said("the share of an SLA's hours after which its owner is reminded"),
    "days": Said("the business days", "are"),
    "opens": Said("work", "begins at"),
    "closes": Said("work", "ends at"),
    "zone": Said("business hours", "are those of the time zone"),
    "holidays": Said("holidays", "are"),
    "stages": Said("the stages of {}", "are"),
    "fit": Said("high fit", "begins at", "points"),
    "interest": Said("high interest", "begins at", "points"),
    "both_high": Said("high fit with high interest", "is called"),
    "fit_high": Said("high fit with low interest", "is called"),
    "interest_high": Said("low fit with high interest", "is called"),
    "both_low": Said("low fit with low interest", "is called"),
    "score": Said("{}", "now expects"),
    "stage": Said("{}", "now expects the stage"),
    "events": Said("the events of {}", "are"),
}
_APART = frozenset(
    "signatures fit interest stages exclusions fast_tracks process segments quadrant grades examples points".split()
)
_WORDS: Mapping[type, Callable[[Any], str]] = {
    Anchor: lambda a: f"a probability of {number_words(a.probability)} at {amount(a.score, 'points')}",
    Bounds: lambda b: f"{number_words(b.low)} to {number_words(b.high)}",
    Condition: condition_words,
    Conversion: lambda c: f"'{c.definition}' ({c.stage} within {amount(c.horizon_days, 'days')})",
    ExampleEvent: lambda e: f"{e.times} {e.type} {amount(e.days_ago, 'days')} ago{_properties(e)}",
    Sla: lambda s: f"'{s.do}' within {amount(s.hours, 'hours')}",
    Labels: lambda labels: ", ".join(
        f"{n} '{getattr(labels, n)}'" for n in labels.__struct_fields__ if getattr(labels, n)
    ),
    Pair: pair_words,
    date: date.isoformat,
    dict: where_words,
    str: lambda s: f"'{s}'" if " " in s else value_words(s),
    tuple: lambda t: ", ".join(map(words, t)),
}


def field_changes(name: str, before: Any, after: Any, apart: Collection[str] = _APART) -> list[str]:
    """A sentence per field of a struct that says something else, but for those that are compared apart."""
    sentences = []
    for field in before.__struct_fields__:
        old, new = getattr(before, field), getattr(after, field)
        if field not in apart and old != new:
            said = _SAID.get(field) or Said(f"the {field.replace('_', ' ')} of {{}}")
            subject = said.subject.replace("{}", name)
            was = words(old, "" if isinstance(new, float) else said.unit)
            sentences.append(f"{subject} {said.verb} {words(new, said.unit)} instead of {was}")
    return sentences


def words(value: Any, unit: str = "") -> str:
    """Any value of an agreement; ``none`` where nothing is said."""
    if value is None or value in ("", (), {}, Labels()):
        return "none"
    said = _WORDS.get(type(value))
    return said(value) if said else value_words(value, unit)


def _properties(event: ExampleEvent) -> str:
    said = [f"{k} {msgspec.json.encode(v).decode()}" for k, v in event.properties.items()]
    return f" with {' and '.join(said)}" if said else ""


def name_changes(
    kind: str,
    before: Mapping[str, T],
    after: Mapping[str, T],
    changes: Callable[[str, T, T], list[str]],
    new: Callable[[str, T], str],
) -> list[str]:
    """Sentences on what is gone, what is new and what changed among things that have names."""
    return [
        *(f"the {kind} '{name}' is gone" for name in before if name not in after),
        *(f"new {kind}: {new(name, thing)}" for name, thing in after.items() if name not in before),
        *(s for name in before if name in after for s in changes(name, before[name], after[name])),
    ]


def order_changes(subject: str, before: Iterable[str], after: Iterable[str]) -> list[str]:
    """A sentence when the names that both versions have stand in another order."""
    old, new = list(before), list(after)
    if [n for n in old if n in new] == [n for n in new if n in old]:
        return []
    return [f"{subject} is {', '.join(new)} instead of {', '.join(old)}"]


def test_changes(kind: str, before: tuple[LeadTest, ...], after: tuple[LeadTest, ...]) -> list[str]:
    """Sentences on named tests of a lead: exclusions, fast-tracks, personas, phases."""

    def changes(name: str, old: LeadTest, new: LeadTest) -> list[str]:
        return field_changes(f"the {kind} '{name}'", old, new, apart=())

    return name_changes(kind, {t.name: t for t in before}, {t.name: t for t in after}, changes, _new_test)


def _new_test(name: str, test: LeadTest) -> str:
    to = f", leads to the stage {test.to}" if isinstance(test, FastTrack) else ""
    return f"'{name}', {test_words(test)}{to}"

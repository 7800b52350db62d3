"""Two versions of an agreement compared, in sentences that a sales lead understands.

Facts, stages, exclusions, fast-tracks, grades and examples are matched by name. The order of stages, and of
the classes that a text is tried against, says something; the order of anything else does not.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, TypeVar

import msgspec

from features.agreement import (
    Agreement,
    Anchor,
    Bounds,
    Condition,
    Conversion,
    Example,
    ExampleEvent,
    Fact,
    FastTrack,
    LeadTest,
    Points,
    Signature,
    Sla,
    Stage,
    class_name,
)
from features.catalog import Pair
from features.describe import (
    amount,
    condition_words,
    fact_words,
    number_words,
    pair_words,
    range_words,
    rule_words,
    source_words,
    stage_words,
    value_words,
    where_words,
)

T = TypeVar("T")


class _Said(NamedTuple):
    """How a field's change is said: ``subject`` ({} is the owner's name), ``verb``, new instead of old."""

    subject: str
    verb: str = "is"
    unit: str = ""


_SAID: Mapping[str, _Said] = {
    "agreement": _Said("the agreement", "is called"),
    "agreed_on": _Said("the agreement", "was agreed on"),
    "conversion": _Said("a conversion"),
    "expected": _Said("the expectation without history"),
    "largest_weight_of_history": _Said("the largest weight of history"),
    "bounds": _Said("scores", "are cut to"),
    "points_double_odds": _Said("the odds of converting", "double with", "points"),
    "points_each": _Said("each of {}", "gives", "points"),
    "cap": _Said("cap of {}", "is", "points"),
    "field": _Said("{}", "is read from the field"),
    "event": _Said("{}", "is measured over the events"),
    "where": _Said("{}", "looks at events with"),
    "lead": _Said("{}", "is read from the lead's"),
    "points_of": _Said("{}", "is the points agreed for"),
    "pair": _Said("{}", "is made of"),
    "over": _Said("{}", "is measured over the events of the"),
    "window_days": _Said("window of {}", "is", "days"),
    "compare_days": _Said("the longer window of {}", "is", "days"),
    "gap_minutes": _Said("the pause between sessions of {}", "is", "minutes"),
    "delay_days": _Said("{}", "is late by", "days"),
    "half_life_days": _Said("half-life of {}", "is", "days"),
    "why": _Said("the reason for {}"),
    "since": _Said("{}", "applies since"),
    "when": _Said("{}", "hits when the value is"),
    "to": _Said("{}", "leads to the stage"),
    "threshold": _Said("{}", "now needs", "points"),
    "on": _Said("the points that {} looks at", "are those of"),
    "required": _Said("the fields that {} requires", "are"),
    "sla": _Said("the SLA of {}"),
    "score": _Said("{}", "now expects"),
    "stage": _Said("{}", "now expects the stage"),
    "events": _Said("the events of {}", "are"),
}
_APART = frozenset("signatures fit interest stages exclusions fast_tracks grades examples points".split())
_WORDS: Mapping[type, Callable[[Any], str]] = {
    Anchor: lambda a: f"a probability of {number_words(a.probability)} at {amount(a.score, 'points')}",
    Bounds: lambda b: f"{number_words(b.low)} to {number_words(b.high)}",
    Condition: condition_words,
    Conversion: lambda c: f"'{c.definition}' ({c.stage} within {amount(c.horizon_days, 'days')})",
    ExampleEvent: lambda e: f"{e.times} {e.type} {amount(e.days_ago, 'days')} ago{_properties(e)}",
    Sla: lambda s: f"'{s.do}' within {amount(s.hours, 'hours')}",
    Pair: pair_words,
    date: date.isoformat,
    dict: where_words,
    str: lambda s: f"'{s}'" if " " in s else value_words(s),
    tuple: lambda t: ", ".join(map(_words, t)),
}


def differences(before: Agreement, after: Agreement) -> list[str]:
    """What ``after`` says otherwise than ``before``, one sentence each; empty when both say the same."""
    return [
        *_fields("the agreement", before, after),
        *_signatures(before.signatures, after.signatures),
        *_named("rule", _facts(before), _facts(after), _fact_changes, _new_fact),
        *_moved(before, after),
        *_named("stage", _stages(before), _stages(after), _fields, _new_stage),
        *_order("the order of the stages", _stages(before), _stages(after)),
        *_tests("exclusion", before.exclusions, after.exclusions),
        *_tests("fast-track", before.fast_tracks, after.fast_tracks),
        *_named("grade", before.grades, after.grades, _grade_changes, _new_grade),
        *_named("worked example", _examples(before), _examples(after), _example_changes, _new_example),
    ]


def _fields(name: str, before: Any, after: Any, apart: Collection[str] = _APART) -> list[str]:
    """A sentence per field of a struct that says something else, but for those that are compared apart."""
    sentences = []
    for field in before.__struct_fields__:
        old, new = getattr(before, field), getattr(after, field)
        if field not in apart and old != new:
            said = _SAID.get(field) or _Said(f"the {field.replace('_', ' ')} of {{}}")
            subject = said.subject.replace("{}", name)
            was = _words(old, "" if isinstance(new, float) else said.unit)
            sentences.append(f"{subject} {said.verb} {_words(new, said.unit)} instead of {was}")
    return sentences


def _words(value: Any, unit: str = "") -> str:
    """Any value of an agreement; ``none`` where nothing is said."""
    if value is None or value in ("", (), {}):
        return "none"
    words = _WORDS.get(type(value))
    return words(value) if words else value_words(value, unit)


def _properties(event: ExampleEvent) -> str:
    words = [f"{k} {msgspec.json.encode(v).decode()}" for k, v in event.properties.items()]
    return f" with {' and '.join(words)}" if words else ""


def _named(
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


def _order(subject: str, before: Iterable[str], after: Iterable[str]) -> list[str]:
    """A sentence when the names that both versions have stand in another order."""
    old, new = list(before), list(after)
    if [n for n in old if n in new] == [n for n in new if n in old]:
        return []
    return [f"{subject} is {', '.join(new)} instead of {', '.join(old)}"]


def _signatures(before: tuple[Signature, ...], after: tuple[Signature, ...]) -> list[str]:
    return [
        *(f"no longer signed by {_signature(s)}" for s in before if s not in after),
        *(f"signed by {_signature(s)}" for s in after if s not in before),
    ]


def _signature(signature: Signature) -> str:
    return f"{signature.name}, {signature.role}, on {signature.on.isoformat()}"


def _facts(agreement: Agreement) -> dict[str, Fact]:
    return {fact.fact: fact for _, fact in agreement.facts}


def _new_fact(_: str, fact: Fact) -> str:
    return rule_words(fact)


def _fact_changes(_: str, before: Fact, after: Fact) -> list[str]:
    name = fact_words(after)
    return _fields(name, before, after) + _points_changes(name, _rows(before, after.unit), _rows(after, after.unit))


def _moved(before: Agreement, after: Agreement) -> list[str]:
    kinds = {fact.fact: kind for kind, fact in before.facts}
    return [
        f"{fact_words(fact)} now counts as {kind} instead of {kinds[fact.fact]}"
        for kind, fact in after.facts
        if kinds.get(fact.fact, kind) != kind
    ]


class _Row(NamedTuple):
    """What is agreed for one value, range or class of a fact."""

    points: float
    stands_for: str
    why: str
    tried_in_order: bool


def _rows(fact: Fact, unit: str) -> dict[str, _Row]:
    """The rows of a fact's points by value, range or class; a list of values makes a row for each."""
    rows: dict[str, _Row] = {}
    for points in fact.points:
        words = condition_words(points, unit)
        by_class = bool(points.matches)
        row = _Row(points.points, words if by_class else points.named or "", points.why, by_class)
        rows |= dict.fromkeys([class_name(points)] if by_class else _values(points, unit) or [words], row)
    return rows


def _values(points: Points, unit: str) -> list[str]:
    """The values that a condition lists, when it does nothing else."""
    if points.missing or range_words(points):
        return []
    return [value_words(v, unit) for v in (points.equals, *points.one_of) if v is not None]


def _points_changes(name: str, before: Mapping[str, _Row], after: Mapping[str, _Row]) -> list[str]:
    gone = [f"{name}: {k} no longer gives {amount(r.points, 'points')}" for k, r in before.items() if k not in after]
    new = [f"{name}: {k} now gives {amount(r.points, 'points')}" for k, r in after.items() if k not in before]
    changed = []
    for key, row in after.items():
        old = before.get(key, row)
        if row.points != old.points:
            changed.append(f"{name}: {key} gives {amount(row.points, 'points')} instead of {number_words(old.points)}")
        if row.stands_for != old.stands_for:
            changed.append(f"{name}: {key} stands for '{row.stands_for}' instead of '{old.stands_for}'")
        if row.why != old.why:
            changed.append(f"{name}: the reason for {key} is {_words(row.why)} instead of {_words(old.why)}")
    classes = [[k for k, r in rows.items() if r.tried_in_order] for rows in (before, after)]
    return gone + new + changed + _order(f"{name}: the order in which classes are tried", *classes)


def _stages(agreement: Agreement) -> dict[str, Stage]:
    return {stage.stage: stage for stage in agreement.stages}


def _new_stage(name: str, stage: Stage) -> str:
    return f"{name}, {stage_words(stage)}"


def _tests(kind: str, before: tuple[LeadTest, ...], after: tuple[LeadTest, ...]) -> list[str]:
    def changes(name: str, old: LeadTest, new: LeadTest) -> list[str]:
        return _fields(f"the {kind} '{name}'", old, new)

    return _named(kind, {t.name: t for t in before}, {t.name: t for t in after}, changes, _new_test)


def _new_test(name: str, test: LeadTest) -> str:
    to = f", leads to the stage {test.to}" if isinstance(test, FastTrack) else ""
    return f"'{name}', {source_words(test)} is {condition_words(test.when)}{to}"


def _new_grade(name: str, lowest: float) -> str:
    return f"{name}, from {amount(lowest, 'points')}"


def _grade_changes(name: str, before: float, after: float) -> list[str]:
    if before == after:
        return []
    return [f"grade {name} begins at {amount(after, 'points')} instead of {number_words(before)}"]


def _examples(agreement: Agreement) -> dict[str, Example]:
    return {example.name: example for example in agreement.examples}


def _new_example(name: str, example: Example) -> str:
    return f"'{name}' expects {amount(example.score, 'points')} and the stage {example.stage}"


def _example_changes(name: str, before: Example, after: Example) -> list[str]:
    subject = f"the worked example '{name}'"
    said = _fields(subject, before, after, apart=("lead",))
    for key in {**before.lead, **after.lead}:
        old, new = (value_words(e.lead[key]) if key in e.lead else "not given" for e in (before, after))
        if old != new:
            said.append(f"{subject}: {key} is {new} instead of {old}")
    return said

"""Two versions of an agreement compared, in sentences that a sales lead understands.

Facts, stages, exclusions, fast-tracks, grades and examples are matched by name. The order of stages, and of
the classes that a text is tried against, says something; the order of anything else does not.
"""

from collections.abc import Mapping
from typing import NamedTuple

from features.agreement import (
    Agreement,
    Example,
    Fact,
    Points,
    Signature,
    Stage,
    class_name,
)
from features.describe import (
    amount,
    condition_words,
    fact_words,
    number_words,
    range_words,
    rule_words,
    stage_words,
    value_words,
)
from features.diffwords import field_changes, name_changes, order_changes, test_changes, words
from features.processdiff import process_changes, quadrant_changes, segment_changes


def differences(before: Agreement, after: Agreement) -> list[str]:
    """What ``after`` says otherwise than ``before``, one sentence each; empty when both say the same."""
    return [
        *field_changes("the agreement", before, after),
        *_signatures(before.signatures, after.signatures),
        *name_changes("rule", _facts(before), _facts(after), _fact_changes, _new_fact),
        *_moved(before, after),
        *name_changes("stage", _stages(before), _stages(after), field_changes, _new_stage),
        *order_changes("the order of the stages", _stages(before), _stages(after)),
        *test_changes("exclusion", before.exclusions, after.exclusions),
        *test_changes("fast-track", before.fast_tracks, after.fast_tracks),
        *process_changes(before.process, after.process),
        *segment_changes(before.segments, after.segments),
        *quadrant_changes(before.quadrant, after.quadrant),
        *name_changes("grade", before.grades, after.grades, _grade_changes, _new_grade),
        *name_changes("worked example", _examples(before), _examples(after), _example_changes, _new_example),
    ]


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
    return field_changes(name, before, after) + _points_changes(
        name, _rows(before, after.unit), _rows(after, after.unit)
    )


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
            changed.append(f"{name}: the reason for {key} is {words(row.why)} instead of {words(old.why)}")
    classes = [[k for k, r in rows.items() if r.tried_in_order] for rows in (before, after)]
    return gone + new + changed + order_changes(f"{name}: the order in which classes are tried", *classes)


def _stages(agreement: Agreement) -> dict[str, Stage]:
    return {stage.stage: stage for stage in agreement.stages}


def _new_stage(name: str, stage: Stage) -> str:
    return f"{name}, {stage_words(stage)}"


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
    said = field_changes(subject, before, after, apart=("lead",))
    for key in {**before.lead, **after.lead}:
        old, new = (value_words(e.lead[key]) if key in e.lead else "not given" for e in (before, after))
        if old != new:
            said.append(f"{subject}: {key} is {new} instead of {old}")
    return said

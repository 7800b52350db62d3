"""The agreement that history would propose: its file with the points changed that history speaks against, and the
rules added that are missing. Nobody has agreed on it yet, so that it carries no signatures.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from difflib import unified_diff
from typing import Any, NamedTuple

from msgspec.structs import replace
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from features.agreement import Agreement, Fact, said
from features.diff import differences
from features.errors import AgreementError
from features.loading import EXAMPLE_MOMENT, TOLERANCE, AgreedScore, agreement_from_text, example_lead
from features.yamlfile import parse
from training.review.layout import rewritten
from training.review.review import Missing, Review
from training.review.verdicts import Reviewed

FIRST = ("fact", "label")  # the keys that a fact begins with


class Proposal(NamedTuple):
    """A proposed agreement.

    text: its YAML; words: what it says otherwise, a sentence each; diff: the lines, as a unified diff
    restated: the worked examples whose score or stage is another by it
    """

    text: str
    agreement: Agreement
    words: list[str]
    diff: str
    restated: tuple[str, ...]


def propose(source: str, review: Review, on: date, name: str = "agreement.yaml") -> Proposal | None:
    """Write a review's findings into the agreement's own YAML text; None where history proposes nothing.

    on: the day of the proposal, for ``since``
    Raises AgreementError where the result does not hold together, such as a threshold that nobody could reach.
    """
    if not review.against and not review.missing:
        return None
    text = rewritten(source, lambda data: _change(data, review, on))
    scores = _scores(text, name)
    restated = tuple(example for example, (old, new) in scores.items() if old != new)
    text = rewritten(text, lambda data: _restate(data, scores)) if restated else text
    proposed = agreement_from_text(text, name)
    diff = unified_diff(source.splitlines(keepends=True), text.splitlines(keepends=True), name, f"{name} (proposed)")
    return Proposal(text, proposed, differences(review.agreement, proposed), "".join(diff), restated)


def _change(data: Any, review: Review, on: date) -> None:
    data["version"] = DoubleQuotedScalarString(f"{data['version']} (proposed)")
    if data.get("signatures"):
        data["signatures"] = CommentedSeq()
    places = {
        fact.fact: (kind, i) for kind in ("fit", "interest") for i, fact in enumerate(getattr(review.agreement, kind))
    }
    for rule in review.against:
        kind, i = places[rule.rule.fact.fact]
        _change_rule(data[kind][i], rule, on)
    for missing in review.missing:
        data.setdefault(missing.rules[0].rule.kind, CommentedSeq()).append(_new_fact(missing, on))


def _change_rule(fact: Any, rule: Reviewed, on: date) -> None:
    points, place = rule.proposed, rule.rule.place
    fact["since"] = _plain(on)
    if place is None:
        fact["points_each"] = _plain(points)
        most = rule.rule.most
        if points and most is not None:
            fact["cap"] = _plain(points * most)
        else:
            fact.pop("cap", None)
    condition = fact if place is None else fact["points"][place]
    if place is not None:
        condition["points"] = _plain(points)
    condition["why"] = "; ".join(filter(None, [condition.get("why"), f"{_found(rule)}, {rule.agreed:g} were agreed"]))


def _found(rule: Reviewed) -> str:
    return f"history gives {rule.learned:.1f} ({rule.low:.1f} to {rule.high:.1f}) from {rule.leads:,} leads"


def _new_fact(missing: Missing, on: date) -> CommentedMap:
    """A fact as a mapping in the file's own words."""
    keys = said(_fact(missing, on))
    new = CommentedMap(
        (key, _plain(keys[key])) for key in (*FIRST, *(k for k in keys if k not in FIRST)) if key in keys
    )
    for condition in new.get("points", ()):
        condition.fa.set_flow_style()
    if "where" in new:
        new["where"].fa.set_flow_style()
    return new


def _fact(missing: Missing, on: date) -> Fact:
    """The missing rule with its reasons."""
    fact = replace(missing.fact, since=on, why="no rule so far")
    if fact.points_each is not None:
        return replace(fact, why=f"{fact.why}; {_found(missing.rules[0])}")
    found = zip(fact.points, missing.rules, strict=True)
    return replace(fact, points=tuple(replace(p, why=_found(rule)) for p, rule in found))


def _plain(value: Any) -> Any:
    """A value as people write it: whole numbers without a fraction."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, date):
        return date(value.year, value.month, value.day)  # one that stands twice would be written as an alias
    if isinstance(value, Mapping):
        return CommentedMap((key, _plain(v)) for key, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return CommentedSeq([_plain(v) for v in value])
    return value


class _Expected(NamedTuple):
    """What a worked example says of its lead."""

    score: float
    stage: str


def _scores(text: str, name: str) -> dict[str, tuple[_Expected, _Expected]]:
    """What each worked example says, and what it must say by the new rules."""
    proposed = parse(text, name, AgreementError).into(Agreement)
    rules = AgreedScore(proposed)
    scores = {}
    for example in proposed.examples:
        old = _Expected(example.score, example.stage)
        score, decision = rules.score(example_lead(example), EXAMPLE_MOMENT)
        held = abs(score - old.score) <= TOLERANCE
        scores[example.name] = (old, _Expected(old.score if held else round(score, 2), decision.stage))
    return scores


def _restate(data: Any, scores: Mapping[str, tuple[_Expected, _Expected]]) -> None:
    for example in data["examples"]:
        old, new = scores[str(example["name"])]
        if old.score != new.score:
            example["score"] = _plain(new.score)
        if old.stage != new.stage:
            example["stage"] = new.stage

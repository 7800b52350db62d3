"""The terms of an answer: each fact's part in the score, in numbers and in words."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import orjson

from features.catalog import BOUNDS, Feature, Value
from features.points import added
from serving.remembered import Remembered
from serving.wording import Reason, Wording
from training.additive import FactPoints, Scored
from training.scorecard import Scorecard


class Term(NamedTuple):
    """One fact's part.

    told: as an answer has it (shape: ``serving.shapes.TermOut``), shared by all leads with this value; json: as it is
    written
    """

    told: dict[str, Any]
    json: orjson.Fragment
    reason: Reason


class Terms:
    """Makes the terms of one scorecard; ``points``: for each fact, the points of a value."""

    def __init__(self, card: Scorecard, points: Sequence[Callable[[Value], FactPoints]], wording: Wording) -> None:
        self._w, self._wording = card.weight_of_history, wording
        self._of_value = [
            Remembered(_term_of(card, feature, of, wording)) for feature, of in zip(card.features, points, strict=True)
        ]

    def of(self, values: Sequence[Value], scored: Scored) -> list[Term]:
        """A lead's terms, in the order of the scorecard's facts; then what the agreed range cuts off, if it does."""
        terms = [of_value[value] for of_value, value in zip(self._of_value, values, strict=True)]
        return [*terms, self._cut(scored)] if scored.cut else terms

    def _cut(self, scored: Scored) -> Term:
        """What the agreed range cuts off, as a term like the others: agreed, learned and counted points."""
        w, agreed = self._w, scored.agreed_score - added(scored.agreed)
        learned = (scored.cut - (1 - w) * agreed) / w if w else 0.0
        points = {"agreed": agreed, "learned": learned, "points": scored.cut}
        cut = self._wording.cut
        told = {"fact": BOUNDS, "label": cut, "value": None, **points, "kind": BOUNDS, "text": cut}
        return _term(told, self._wording)


def _term_of(
    card: Scorecard, feature: Feature, points: Callable[[Value], FactPoints], wording: Wording
) -> Callable[[Value], Term]:
    sentence, seen, label = wording.sentence_of(feature), seen_in(card, feature), wording.labels[feature.name]

    def term(value: Value) -> Term:
        worth = points(value)
        told = {
            "fact": feature.name,
            "label": label,
            "value": value,
            "agreed": worth.agreed,
            "learned": worth.learned,
            "points": worth.counted,
            "kind": feature.kind,
            "text": sentence(value, seen(value)),
        }
        return _term(told, wording)

    return term


def _term(told: dict[str, Any], wording: Wording) -> Term:
    return Term(told, orjson.Fragment(orjson.dumps(told)), wording.weighed(told["text"], told["points"]))


def seen_in(card: Scorecard, feature: Feature) -> Callable[[Value], bool]:
    """Whether history has seen a value of a fact; always so for numbers and where nothing was learned."""
    table = card.tables.get(feature.name)
    if table is None or feature.type == "number":
        return lambda _: True
    values = frozenset(table.values)
    return lambda value: value is None or value in values

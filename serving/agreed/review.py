"""The agreement beside history: what each value is worth by either, from the scorecard that is in service."""

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

from features.catalog import Feature, Kind, Value
from serving.agreed.groups import Group, called, groups_of, representative
from serving.agreed.today import Seen, of_fact
from serving.programs.service import InService
from serving.words.labels import labels_in
from serving.words.words import Words
from training.additive import AdditiveScorer

MOST_VALUES = 12  # of a fact that are shown
MOST_LEARNED = 8  # facts without a rule that are shown
LITTLE = 0.05  # points that are shown as none


class Worth(NamedTuple):
    """What one group of values is worth, in points; leads: today's in it, over which the points are averaged."""

    label: str
    leads: int
    agreed: float
    learned: float
    counted: float


class FactReview(NamedTuple):
    """A fact with its values; hidden: how many more values there are."""

    name: str
    label: str
    kind: Kind
    values: tuple[Worth, ...]
    hidden: int

    @property
    def most(self) -> float:
        """The largest points that history gives, of either sign."""
        return max((abs(v.learned) for v in self.values), default=0.0)


class Review(NamedTuple):
    """Agreed and learned points beside each other.

    weight: of history, from 0 to 1; learned_from: leads; leads: today's that were looked at
    facts: those with rules, by name; others: those that only history knows, the weightiest first
    most: the largest points of either, by which bars are scaled
    """

    weight: float
    learned_from: int
    leads: int
    facts: dict[str, FactReview]
    others: tuple[FactReview, ...]
    most: float


def review_of(t: Words, one: InService, seen: Sequence[Sequence[Seen]]) -> Review:
    """The review of what serves; ``seen``: of ``serving.agreed.today``."""
    card, scorer = one.card, AdditiveScorer(one.card)
    agreed = {fact.fact: fact for _, fact in card.agreement.facts}
    found, labels = [], labels_in(t, card.features)
    for i, feature in enumerate(card.features):
        column = of_fact(seen, i)
        groups = groups_of(feature, agreed.get(feature.name), scorer.telling_values(i), [s.value for s in column])
        worth = [_worth(t, scorer, i, feature, group, column) for group in groups]
        found.append(_fact(feature, labels[feature.name], [w for w in worth if w is not None]))
    facts = {review.name: review for review in found if review.name in agreed}
    others = sorted((r for r in found if r.name not in agreed and r.most >= LITTLE), key=lambda r: -r.most)
    return Review(
        weight=card.weight_of_history,
        learned_from=card.history.leads if card.history else 0,
        leads=len(seen),
        facts=facts,
        others=tuple(others[:MOST_LEARNED]),
        most=max(_sizes([*facts.values(), *others[:MOST_LEARNED]]), default=1.0) or 1.0,
    )


def _sizes(facts: Sequence[FactReview]) -> Iterator[float]:
    return (max(abs(v.agreed), abs(v.learned)) for fact in facts for v in fact.values)


def _fact(feature: Feature, label: str, worth: Sequence[Worth]) -> FactReview:
    """A fact with its weightiest values, in their own order."""
    weightiest = sorted(worth, key=lambda w: -max(abs(w.agreed), abs(w.learned)))[:MOST_VALUES]
    shown = tuple(w for w in worth if w in weightiest)
    return FactReview(feature.name, label, feature.kind, shown, len(worth) - len(shown))


def _worth(
    t: Words, scorer: AdditiveScorer, index: int, feature: Feature, group: Group, column: Sequence[Seen]
) -> Worth | None:
    """What a group is worth on average; of nobody's unknown value that gives nothing, None."""
    inside = [seen for seen in column if group.holds(seen.value)]
    points = [seen[1:] for seen in inside] or _of(scorer, index, representative(scorer, index, group))
    agreed, learned, counted = (fmean(side) for side in zip(*points, strict=True))
    if not inside and group.value is None and not group.is_range and max(abs(agreed), abs(learned)) < LITTLE:
        return None
    return Worth(called(t, feature, group), len(inside), agreed, learned, counted)


def _of(scorer: AdditiveScorer, index: int, values: Sequence[Value]) -> list[tuple[float, ...]]:
    return [scorer.terms_of(index, value) for value in values]

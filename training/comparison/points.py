"""Values of facts whose points differ between two scorecards by more than chance would make them differ."""

from collections.abc import Iterator
from math import hypot, sqrt
from typing import NamedTuple

from features.catalog import Feature, Value
from features.describe import value_words
from training.additive import Z90, AdditiveScorer, row_of
from training.additive_many import variance
from training.scorecard import Scorecard

SMALLEST = 0.5  # points; less moves nobody


class Change(NamedTuple):
    """A value of a fact with the points that it counted and counts, and by how much chance would change them."""

    fact: str
    value: Value
    before: float
    after: float
    chance: float
    others: int = 0

    @property
    def sentence(self) -> str:
        """The change in words; ``others``: how many more values of the fact changed."""
        more = "" if not self.others else f"; {self.others} more value{'s' if self.others > 1 else ''}"
        at = f"{self.fact}: {'from ' if isinstance(self.value, float) else ''}{value_words(self.value)}"
        return f"{at} gives {self.after:+.1f} instead of {self.before:+.1f} (chance: ±{self.chance:.1f}){more}"


def changes(before: Scorecard, after: Scorecard) -> list[Change]:
    """For each fact that both read alike, the value that changed most, the largest change first.

    Only values count that both can tell from others and whose change is beyond the joint 90 % interval of the two and
    at least half a point.
    """
    a, b = _Points(before), _Points(after)
    found = []
    for name in a.position:
        if name in b.position and a.feature(name) == b.feature(name):
            changed = sorted(_changed(a, b, name), key=lambda c: -abs(c.after - c.before))
            found += [changed[0]._replace(others=len(changed) - 1)] if changed else []
    return sorted(found, key=lambda c: -abs(c.after - c.before))


def _changed(a: "_Points", b: "_Points", name: str) -> Iterator[Change]:
    values = dict.fromkeys([*a.values(name), *b.values(name)])
    for value in values:
        before, after = a.counted(name, value), b.counted(name, value)
        chance = hypot(a.half_width(name, value), b.half_width(name, value))
        if abs(after - before) > max(chance, SMALLEST):
            yield Change(a.feature(name).label, value, before, after, chance)


class _Points:
    """The points of a scorecard by fact and value, with their intervals."""

    def __init__(self, card: Scorecard) -> None:
        self._card, self._scorer = card, AdditiveScorer(card)
        self.position = {f.name: i for i, f in enumerate(card.features)}

    def feature(self, name: str) -> Feature:
        return self._card.features[self.position[name]]

    def values(self, name: str) -> list[Value]:
        return [None, *self._scorer.telling_values(self.position[name])]

    def counted(self, name: str, value: Value) -> float:
        return self._scorer.terms_of(self.position[name], value)[2]

    def half_width(self, name: str, value: Value) -> float:
        """Half the 90 % interval of a value's points, by the bags."""
        card, table = self._card, self._card.tables.get(name)
        if table is None or len(table.bags) < 2:
            return 0.0
        row = row_of(self.feature(name), table.cuts, table.values)(value)
        return card.weight_of_history * card.spread * Z90 * sqrt(variance([bag[row] for bag in table.bags]))

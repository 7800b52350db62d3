"""The rules of an agreement one by one: what each looks at, what was agreed, and for whom it fires."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from features.agreement import Agreement, Fact
from features.catalog import Kind, Value
from features.columns import Column, Texts
from features.describe import fact_words, points_words
from features.points import agreed_points

Floats = NDArray[np.float64]

OFTEN = 0.95  # the quantile of a count up to which its rule is judged


class Rule(NamedTuple):
    """One condition of a fact, or the points for each of what it counts.

    place: of the condition among the fact's; None for ``points_each``
    agreed: the points of the condition, or of each
    """

    kind: Kind
    fact: Fact
    place: int | None
    agreed: float

    @property
    def condition(self) -> str:
        """When it fires, in words.

        >>> visits = Fact(fact="visits", event="page_view", points_each=5.0, cap=15.0)
        >>> Rule("interest", visits, None, 5.0).condition
        'each, at most 15'
        """
        return points_words(self.fact)[self.place or 0][0]

    @property
    def words(self) -> str:
        """The rule without its points, for people."""
        return f"{fact_words(self.fact)}: {self.condition}"

    @property
    def most(self) -> float | None:
        """How many of what is counted the cap allows; None without a cap."""
        each, cap = self.fact.points_each, self.fact.cap
        return abs(cap / each) if each and cap is not None else None

    def sizes(self, column: Column) -> Floats:
        """What the rule's points are multiplied by for each value, (n,): 0 or 1, or the count up to the cap."""
        return _by_value(agreed_points(self._alone()), column)

    def _alone(self) -> Fact:
        """The same fact with 1 point for this rule and none for the others."""
        if self.place is None:
            return replace(self.fact, points_each=1.0, cap=self.most)
        points = (replace(p, points=float(i == self.place)) for i, p in enumerate(self.fact.points))
        return replace(self.fact, points=tuple(points))


def rules_of(agreement: Agreement) -> list[Rule]:
    """Every rule, in the order of the file."""
    return [rule for kind, fact in agreement.facts for rule in rules_of_fact(kind, fact)]


def rules_of_fact(kind: Kind, fact: Fact) -> list[Rule]:
    """The rules of one fact.

    >>> from features.agreement import Points
    >>> sectors = Fact(fact="sector", field="sector", points=(Points(equals="it", points=6.0),))
    >>> [rule.words for rule in rules_of_fact("fit", sectors)]
    ['sector: it']
    """
    if fact.points_each is not None:
        return [Rule(kind, fact, None, fact.points_each)]
    return [Rule(kind, fact, i, p.points) for i, p in enumerate(fact.points)]


def reach_of(rule: Rule, sizes: Floats) -> float:
    """How much of what is counted many leads have: the cap, or what few exceed; 1 for a condition."""
    if rule.place is not None:
        return 1.0
    there = np.abs(sizes[sizes != 0])
    often = float(np.quantile(there, OFTEN)) if len(there) else 1.0
    return min(often, rule.most) if rule.most is not None else often


def _by_value(points: Callable[[Value], float], column: Column) -> Floats:
    """Points of each value, (n,); asked once per distinct value."""
    if isinstance(column, Texts):
        return np.array([points(v) for v in (*column.words, None)])[column.codes]
    values, places = np.unique(column.values, return_inverse=True)
    return np.array([points(None if v != v else v) for v in values.tolist()])[places]

"""What leads look like to a scorecard: how often each bin of a fact, what it adds to the score, how scores lie.

A profile holds counts and sums, and nothing of any single lead, so that it can be kept with a version: recent leads can
then be compared with those that the version learned from, when those are long gone.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.catalog import Feature, Strict
from features.columns import Column
from features.errors import ScorecardError
from features.pairs import completed
from training.additive import AdditiveScorer, rows_of
from training.dataset import Dataset
from training.drift.bins import bins_of
from training.drift.periods import Period, rates
from training.scorecard import Scorecard

Floats = NDArray[np.float64]

FILE: Final = "drift_reference.json"
CHUNK = 65_536  # leads whose terms are looked at together
STEPS = 40  # of the picture of scores


class FactProfile(Strict, frozen=True, kw_only=True):
    """How often each bin of one fact is there, and the points that it adds, summed over its rows.

    cuts, values: the bins, as of a scorecard's table; rows, points: per range or value, then unknown, then new
    """

    cuts: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    rows: tuple[int, ...]
    points: tuple[float, ...]


class ScoreProfile(Strict, frozen=True, kw_only=True):
    """How scores lie: rows between tenths of the leads learned from, and between 41 edges of equal distance."""

    tenths: tuple[float, ...]
    rows: tuple[int, ...]
    edges: tuple[float, ...]
    steps: tuple[int, ...]


class Profile(Strict, frozen=True, kw_only=True):
    """What leads look like to one scorecard.

    mean score = base + the sums of all facts' points / rows + cut

    rows, leads: snapshots, and of how many leads; worth: as many leads of one row each tell as much (Kish's number)
    begins, ends: of the rows in order of time, microseconds since 1970 where they are ``dated``
    cut: what the bounds take off or add on average
    periods: the share that converted, period by period; empty where outcomes were not looked at
    """

    rows: int
    leads: int
    worth: float
    begins: float
    ends: float
    dated: bool
    base: float
    cut: float
    facts: dict[str, FactProfile]
    score: ScoreProfile
    periods: tuple[Period, ...] = ()

    @property
    def mean_score(self) -> float:
        """The mean of all scores, as the sum of its parts."""
        return self.base + sum(self.mean_points(name) for name in self.facts) + self.cut

    def mean_points(self, fact: str) -> float:
        """What a fact adds to the score on average."""
        return sum(self.facts[fact].points) / self.rows

    @property
    def converted(self) -> float:
        """The share that converted, of all periods."""
        return sum(p.converted * p.rows for p in self.periods) / max(sum(p.rows for p in self.periods), 1)


def reference_of(card: Scorecard, data: Dataset) -> Profile:
    """The profile of the leads that a scorecard learned from, to be kept with its version."""
    made = profile_of(card, data)
    return msgspec.structs.replace(made, periods=rates(data.converted, data.leads()[1], data.when, dated=data.dated))


def profile_of(card: Scorecard, data: Dataset, like: Profile | None = None) -> Profile:
    """The profile of n leads; ``like``: another one of the same scorecard, whose bins are used."""
    scorer, columns = AdditiveScorer(card), completed(card.features, data.columns)
    scored = scorer.many(columns, terms=False)
    bins = [
        (like.facts[f.name].cuts, like.facts[f.name].values) if like else bins_of(scorer, i, column)
        for i, (f, column) in enumerate(zip(card.features, columns, strict=True))
    ]
    empty = [_empty(cuts, values, f) for f, (cuts, values) in zip(card.features, bins, strict=True)]
    whose = data.leads()[1]
    return Profile(
        rows=len(data),
        leads=len(np.unique(whose)),
        worth=worth_of(whose),
        begins=float(data.when.min()),
        ends=float(data.when.max()),
        dated=data.dated,
        base=scorer.base,
        cut=float(scored.cut.mean()),
        facts=dict(zip((f.name for f in card.features), _counted(scorer, columns, empty), strict=True)),
        score=_score_profile(scored.score, like),
    )


def worth_of(whose: NDArray[np.intp]) -> float:
    """How many leads of one row each tell as much as rows of which those of a lead say the same.

    The square of the sum of the leads' rows over the sum of their squares (Kish, Survey Sampling, 1965, section 11.7).

    >>> worth_of(np.array([0, 1, 2])), worth_of(np.array([0, 0, 0, 1]))
    (3.0, 1.6)
    """
    rows = np.unique(whose, return_counts=True)[1]
    return float(rows.sum() ** 2 / (rows**2).sum())


def _empty(cuts: tuple[float, ...], values: tuple[str, ...], feature: Feature) -> FactProfile:
    own = len(cuts) + 1 if feature.type == "number" else len(values)
    return FactProfile(cuts=cuts, values=values, rows=(0,) * (own + 2), points=(0.0,) * (own + 2))


def _counted(scorer: AdditiveScorer, columns: Sequence[Column], facts: Sequence[FactProfile]) -> Iterator[FactProfile]:
    """Each fact's rows and points by bin."""
    rows, points = ([np.zeros(len(f.rows)) for f in facts] for _ in range(2))
    for start in range(0, len(columns[0]), CHUNK):
        some = [column.part(slice(start, start + CHUNK)) for column in columns]
        terms = scorer.many(some).points
        for i, (feature, fact) in enumerate(zip(scorer.card.features, facts, strict=True)):
            at = rows_of(feature, fact.cuts, fact.values, some[i])
            rows[i] += np.bincount(at, minlength=len(fact.rows))
            points[i] += np.bincount(at, terms[:, i], minlength=len(fact.rows))
    for fact, n, total in zip(facts, rows, points, strict=True):
        yield msgspec.structs.replace(fact, rows=tuple(int(k) for k in n), points=tuple(total.tolist()))


def _score_profile(score: Floats, like: Profile | None) -> ScoreProfile:
    low, high = float(score.min()), float(score.max())
    tenths = like.score.tenths if like else tuple(np.unique(np.quantile(score, np.arange(1, 10) / 10)).tolist())
    edges = like.score.edges if like else tuple(np.linspace(low, high if high > low else low + 1, STEPS + 1).tolist())
    inside = np.searchsorted(tenths, score, side="right")
    steps, _ = np.histogram(np.clip(score, edges[0], edges[-1]), bins=np.array(edges))
    rows = np.bincount(inside, minlength=len(tenths) + 1)
    return ScoreProfile(tenths=tenths, rows=tuple(rows.tolist()), edges=edges, steps=tuple(steps.tolist()))


def encode(profile: Profile) -> str:
    """A profile as JSON."""
    return msgspec.json.format(msgspec.json.encode(profile), indent=1).decode() + "\n"


def decode(text: str, card: Scorecard) -> Profile:
    """Read what ``encode`` wrote for a scorecard; raises ScorecardError where it is not of this one's facts."""
    do = "compare with earlier leads of the data instead: --since MOMENT"
    try:
        profile = msgspec.json.decode(text, type=Profile)
    except msgspec.DecodeError as error:
        raise ScorecardError("cannot read what is kept of the leads learned from", got=str(error), do=do) from None
    if list(profile.facts) != [f.name for f in card.features]:
        raise ScorecardError("what is kept of the leads learned from is of other facts", where=FILE, do=do)
    return profile

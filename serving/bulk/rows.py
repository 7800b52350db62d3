"""From columns of facts to rows of scores: what ``serving.scorer`` answers for one lead, for many at once.

No table is read here, so that the same function runs on one machine and on the executors of a cluster.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.catalog import BOUNDS, Feature, Source
from features.columns import UNKNOWN, Column, Numbers, Texts
from features.engines.results import Result
from features.made import PairOf, made_facts, made_within
from features.moments import iso
from features.stages_many import Decisions, ManyScores, ManyStageRules, grades
from serving.bulk.reasons import ManyReasons, ManySummaries, Told
from serving.scorer import ENGLISH, TREND_POINTS, because
from serving.wording import REASONS, Wording
from serving.words.words import words_of
from training.additive import AdditiveScorer
from training.additive_many import ScoredMany
from training.scorecard import Scorecard

Floats = NDArray[np.float64]

FLAT = (
    "lead_id score interval_low interval_high probability grade stage stage_next points_to_next missing_for_next trend "
    "summary reason_1 reason_2 reason_3 reason_4 reason_5 exclusion fast_track agreed_score fit_points interest_points "
    "base model_version agreement_hash as_of"
).split()
_NUMBERS = set(
    "score interval_low interval_high probability points_to_next agreed_score fit_points interest_points base".split()
)
TRENDS = ("unknown", "steady", "improving", "declining")


class _Columns(NamedTuple):
    """The columns of the card's facts, of what the agreement's rules ask, and of what is known at all."""

    facts: Sequence[Column]
    rules: Sequence[Column]
    seen: Sequence[Column]


class BulkScorer:
    """Rows of scores by one scorecard; made once, then shared.

    events: whether there is a table of events; without it, every lead did nothing
    asked: what to read of each lead now
    of_events: the positions in ``asked`` of the facts over events, to be read a week earlier as well
    schema: of the rows; with ``terms`` also ``points.<fact>`` for every fact, which add up to score - base
    """

    def __init__(self, card: Scorecard, *, terms: bool, events: bool = True) -> None:
        self._card, self._terms = card, terms
        self._additive, self._rules = AdditiveScorer(card), ManyStageRules(card.agreement)
        wording = Wording(words_of(ENGLISH), card.features)
        self._reasons, self._summaries = ManyReasons(card, wording), ManySummaries(card, wording)
        self._of_events = tuple(i for i, f in enumerate(card.features) if f.of_events)
        self._read = (*card.features, *self._rules.asks, *(_seen(card) if self._of_events else ()))
        self._events = events
        self.asked = self._read if events else tuple(f for f in self._read if not _may_need_events(f))
        self.of_events = self._of_events if events else ()
        self._made = made_within(made_facts(card.features, card.agreement)[1], len(card.features))
        flat = [(name, pa.float64() if name in _NUMBERS else pa.string()) for name in FLAT]
        self.schema = pa.schema([*flat, *((name, pa.float64()) for name in self._term_names())])

    def rows(self, now: Result, earlier: Sequence[Column] = ()) -> pa.RecordBatch:
        """The rows of n leads; ``earlier``: the columns of ``of_events`` a week before."""
        facts, rules, seen = self._columns(now)
        scored = self._additive.many(facts, leads=len(now.lead_ids))
        decided = self._rules.decide(self._scores(scored), rules)
        trend = self._trend(facts, earlier if self._events else [facts[i] for i in self._of_events], seen, scored)
        columns = self._said(facts, scored, decided) | self._numbers(scored, decided)
        columns |= {"lead_id": now.lead_ids, "trend": _array(trend), "as_of": _moments(now.as_of)}
        if self._terms:
            columns |= dict(zip(self._term_names(), self._term_columns(scored), strict=True))
        return pa.record_batch([columns[name] for name in self.schema.names], schema=self.schema)

    def _columns(self, now: Result) -> _Columns:
        """All columns, also of events that nobody recorded, and of pairs that were not asked for with them."""
        given, n = iter(now.columns), len(now)
        whole = [next(given) if self._events or not _may_need_events(f) else _nothing(f, n) for f in self._read]
        if not self._events:
            for made in (one for one in self._made if isinstance(one, PairOf)):
                whole[made.place] = made.column(dict(enumerate(whole)), n)
        n_facts, n_rules = len(self._card.features), len(self._rules.asks)
        return _Columns(whole[:n_facts], whole[n_facts : n_facts + n_rules], whole[n_facts + n_rules :])

    def _numbers(self, scored: ScoredMany, decided: Decisions) -> dict[str, pa.Array]:
        parts = self._scores(scored)
        numbers = {
            "score": scored.score,
            "interval_low": scored.low,
            "interval_high": scored.high,
            "probability": scored.probability,
            "points_to_next": decided.points_to_next,
            "agreed_score": scored.agreed_score,
            "fit_points": parts.fit,
            "interest_points": parts.interest,
            "base": np.full(len(scored.score), self._additive.base),
        }
        return {name: pa.array(values) for name, values in numbers.items()}

    def _said(self, facts: Sequence[Column], scored: ScoredMany, decided: Decisions) -> dict[str, pa.Array]:
        card, agreement, n = self._card, self._card.agreement, len(scored.score)
        stages = [*(s.stage for s in agreement.stages), ""]
        told = Told(
            grade=grades(agreement, scored.score),
            missing=self._rules.missing_words(decided),
            exclusion=Texts(decided.exclusion.astype(np.int32), _words(map(because, agreement.exclusions))),
        )
        reasons = self._reasons.of(facts, scored)
        said, words = pa.array(reasons.words, pa.string()), _words(map(because, agreement.fast_tracks))
        return {
            "grade": _array(told.grade),
            "stage": pa.array(stages, pa.string()).take(pa.array(decided.stage)),
            "stage_next": pa.array(stages, pa.string()).take(pa.array(decided.next % len(stages))),
            "missing_for_next": _array(told.missing),
            "summary": pa.array(self._summaries.of(scored, decided, told, reasons), pa.string()),
            **{f"reason_{i + 1}": said.take(pa.array(reasons.codes[i])) for i in range(REASONS)},
            "exclusion": _array(told.exclusion),
            "fast_track": _array(Texts(decided.fast_track.astype(np.int32), words)),
            "model_version": pa.repeat(card.model_version, n),
            "agreement_hash": pa.repeat(card.agreement_hash, n),
        }

    def _scores(self, scored: ScoredMany) -> ManyScores:
        fit, interest = np.zeros(len(scored.score)), np.zeros(len(scored.score))
        for feature, points in zip(self._card.features, scored.points.T, strict=True):
            if feature.kind == "fit":
                fit += points
            else:
                interest += points
        return ManyScores(scored.score, scored.agreed_score, fit, interest)

    def _trend(
        self, facts: Sequence[Column], earlier: Sequence[Column], seen: Sequence[Column], scored: ScoredMany
    ) -> Texts:
        """Whether the same leads' doings are worth more or fewer points than a week before."""
        n = len(scored.score)
        if not self._of_events:
            return Texts(np.zeros(n, np.int32), TRENDS)
        before = dict(enumerate(facts)) | dict(zip(self._of_events, earlier, strict=True))
        before |= {made.place: made.column(before, n) for made in self._made}
        then = self._additive.many(list(before.values())).points
        counted = np.zeros(n)
        for points in scored.points.T:
            counted += points
        for i in (*self._of_events, *(made.place for made in self._made)):
            counted += then[:, i] - scored.points[:, i]
        change = scored.score - self._cut(self._additive.base + counted)
        codes = np.where(np.abs(change) < TREND_POINTS, 1, np.where(change > 0, 2, 3))
        some = np.any([c.values > 0 for c in seen if isinstance(c, Numbers)], axis=0)
        return Texts(np.where(some, codes, 0).astype(np.int32), TRENDS)

    def _cut(self, scores: Floats) -> Floats:
        bounds = self._card.agreement.bounds
        return np.clip(scores, bounds.low, bounds.high) if bounds else scores

    def _term_names(self) -> list[str]:
        if not self._terms:
            return []
        cut = [f"points.{BOUNDS}"] if self._card.agreement.bounds else []
        return [*cut, *(f"points.{f.name}" for f in self._card.features)]

    def _term_columns(self, scored: ScoredMany) -> Iterable[pa.Array]:
        cut = [scored.cut] if self._card.agreement.bounds else []
        return map(pa.array, [*cut, *scored.points.T])


def _seen(card: Scorecard) -> Iterable[Feature]:
    """Whether anything is known that facts over events could read: any event, any colleague."""
    yield Feature(name="events", label="events", kind="interest", type="number", source=Source(event="any"))
    if any(f.of_events and f.source.over == "account" for f in card.features):
        yield Feature(name="colleagues", label="", kind="fit", type="number", source=Source(lead="colleagues"))


def _may_need_events(feature: Feature) -> bool:
    """Whether a feature is not asked for where there are no events: one over events, or a pair, which may be of one."""
    return feature.of_events or feature.source.pair is not None


def _nothing(feature: Feature, n: int) -> Column:
    """The value of n leads that did nothing."""
    if feature.type == "text":
        return Texts(np.full(n, UNKNOWN, np.int32), ())
    return Numbers(np.full(n, np.nan if feature.nothing is None else 0.0))


def _words(because: Iterable[str]) -> tuple[str, ...]:
    """Words whose last, at position -1, is for leads without any."""
    return (*because, "")


def _array(column: Texts) -> pa.Array:
    """Texts that are never unknown; the code -1 stands for the last word."""
    return pa.array(column.words, pa.string()).take(pa.array(column.codes % len(column.words)))


def _moments(as_of: Any) -> pa.Array:
    """Moments as they are written."""
    encoded = as_of.dictionary_encode()
    return pa.array(map(iso, encoded.dictionary.to_pylist()), pa.string()).take(encoded.indices)

"""Where many leads stand: the decision of ``features.stages``, array by array."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.agreement import AUTOMATIC, Agreement, LeadTest, Stage
from features.catalog import KNOWN, Feature, Source, Value
from features.columns import UNKNOWN, Column, Texts
from features.points import Holds, holds
from features.stages import feature_of_test

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Positions = NDArray[np.intp]
NONE = -1


class ManyScores(NamedTuple):
    """The points that thresholds look at, (n,) each, as ``features.stages.Scores`` has them for one lead."""

    score: Floats
    agreed: Floats
    fit: Floats
    interest: Floats


class Decisions(NamedTuple):
    """The stages that n leads are in by the agreement, and why; as ``features.stages.Decision`` for each.

    stage, next: (n,) positions among the agreement's stages, -1 for none
    points_to_next: (n,)
    exclusion, fast_track: (n,) positions among the agreement's, -1 for none
    missing: (n, required fields) whether the next stage requires the field and it is not known
    """

    stage: Positions
    next: Positions
    points_to_next: Floats
    exclusion: Positions
    fast_track: Positions
    missing: Bools


class ManyStageRules:
    """Decides the stages of many leads by one agreement, none of them let through by a person before.

    asks: the features to be read: what exclusions and fast-tracks test, then whether required fields are known
    required: the fields that any stage requires
    """

    def __init__(self, agreement: Agreement) -> None:
        self._stages = agreement.stages
        self._exclusions, self._tracks = len(agreement.exclusions), len(agreement.fast_tracks)
        tests: list[LeadTest] = [*agreement.exclusions, *agreement.fast_tracks]
        order = {s.stage: i for i, s in enumerate(agreement.stages)}
        self._holds = [holds(t.when) for t in tests]
        self._to = [order[t.to] for t in agreement.fast_tracks]
        self.required = tuple(dict.fromkeys(f for s in agreement.stages for f in s.required))
        self.asks = (*map(feature_of_test, tests), *map(_presence, self.required))

    def decide(self, scores: ManyScores, columns: Sequence[Column]) -> Decisions:
        """The decisions for n leads, given their values of ``asks``."""
        n, tests = len(scores.score), len(self._holds)
        unknown = np.stack([np.zeros(n, np.bool_), *(_is_unknown(c) for c in columns[tests:])], axis=1)[:, 1:]
        held = [holding(test, column) for test, column in zip(self._holds, columns[:tests], strict=True)]
        exclusion = _first(held[: self._exclusions], n)
        track, start = self._fast_track(held[self._exclusions :], n)
        short = np.stack([_short(stage, scores) for stage in self._stages])
        needed = np.array([[f in s.required for f in self.required] for s in self._stages], np.bool_)
        excluded = exclusion != NONE
        at = np.where(excluded, 0, self._reached(start, short, needed, unknown))
        after = np.where(excluded | (at + 1 == len(self._stages)), NONE, at + 1)
        none = after == NONE
        return Decisions(
            stage=at,
            next=after,
            points_to_next=np.where(none, 0.0, short[after, np.arange(n)]),
            exclusion=exclusion,
            fast_track=track,
            missing=unknown & needed[after] & ~none[:, None],
        )

    def missing_words(self, decisions: Decisions) -> Texts:
        """The fields that the next stage requires and that are not known, in its order, as one text a lead."""
        codes, words = np.zeros(len(decisions.next), np.int32), {"": 0}
        lacking = decisions.missing.any(axis=1)
        for i, stage in enumerate(self._stages):
            rows = np.flatnonzero(lacking & (decisions.next == i))
            patterns, inverse = np.unique(decisions.missing[rows], axis=0, return_inverse=True)
            told = [self._listed(stage, pattern) for pattern in patterns]
            numbers = [words.setdefault(text, len(words)) for text in told]
            codes[rows] = np.array(numbers, np.int32)[inverse.reshape(-1)]
        return Texts(codes, tuple(words))

    def _listed(self, stage: Stage, pattern: Bools) -> str:
        lacking = {f for f, is_missing in zip(self.required, pattern.tolist(), strict=True) if is_missing}
        return ", ".join(f for f in stage.required if f in lacking)

    def _fast_track(self, held: Sequence[Bools], n: int) -> tuple[Positions, Positions]:
        """The track to the furthest stage, the first of several to it; and that stage (0 without a track)."""
        track, start = np.full(n, NONE), np.full(n, NONE)
        for i, (hit, to) in enumerate(zip(held, self._to, strict=True)):
            further = hit & (to > start)
            track[further], start[further] = i, to
        return track, np.maximum(start, 0)

    def _reached(self, start: Positions, short: Floats, needed: Bools, unknown: Bools) -> Positions:
        at = start.copy()
        for i, stage in enumerate(self._stages[1:], start=1):
            if stage.gate == AUTOMATIC:
                enters = (at == i - 1) & (short[i] == 0.0) & ~unknown[:, needed[i]].any(axis=1)
                at[enters] = i
        return at


def holding(test: Holds, column: Column) -> Bools:
    """Whether a test holds for each value, (n,); asked once per distinct value."""
    if isinstance(column, Texts):
        told: list[Value] = [*column.words, None]
        return np.array([test(v) for v in told], np.bool_)[column.codes]
    values, places = np.unique(column.values, return_inverse=True)
    told = [None if v != v else v for v in values.tolist()]
    return np.array([test(v) for v in told], np.bool_)[places]


def grades(agreement: Agreement, scores: Floats) -> Texts:
    """The grade of each score, as ``features.stages.grade`` gives it."""
    best_first = sorted(agreement.grades.items(), key=lambda grade: -grade[1])
    below = chr(ord(max(agreement.grades, default="@")[0]) + 1)
    letters = tuple(dict.fromkeys([*(letter for letter, _ in best_first), below]))
    codes = np.full(len(scores), letters.index(below), np.int32)
    for letter, lowest in reversed(best_first):
        codes[scores >= lowest] = letters.index(letter)
    return Texts(codes, letters)


def _presence(field: str) -> Feature:
    return Feature(name=field, label=field, kind="fit", type="text", source=Source(field=field), classes=(KNOWN,))


def _is_unknown(column: Column) -> Bools:
    assert isinstance(column, Texts), "numbers where it is asked whether a field is known"
    unknown: Bools = column.codes == UNKNOWN
    return unknown


def _short(stage: Stage, scores: ManyScores) -> Floats:
    if stage.threshold is None:
        return np.zeros(len(scores.score))
    on: Floats = getattr(scores, stage.on)
    return np.maximum(0.0, stage.threshold - on)


def _first(held: Sequence[Bools], n: int) -> Positions:
    first = np.full(n, NONE)
    for i in reversed(range(len(held))):
        first[held[i]] = i
    return first

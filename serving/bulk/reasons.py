"""The reasons and summaries of many leads, in the words of ``serving.wording``.

A sentence is made once per fact and distinct value; rows only point to it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.catalog import Value
from features.columns import Column, Texts
from features.stages_many import NONE, Decisions
from serving.terms import seen_in
from serving.wording import REASONS, Wording
from training.additive_many import ScoredMany
from training.scorecard import Scorecard

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
LEAST = 0.05  # the smallest number that is not zero when rounded to one decimal


class Reasons(NamedTuple):
    """The reasons of n leads.

    words: every reason that any of them has; the first is the empty one
    codes: (5, n) positions among them, what counts most first
    best, worst: (n,) positions of the first reason for and against a lead
    """

    words: list[str]
    codes: Codes
    best: Codes
    worst: Codes


class ManyReasons:
    """The reasons by one scorecard."""

    def __init__(self, card: Scorecard, wording: Wording) -> None:
        self._wording = wording
        self._sentences = [wording.sentence_of(f) for f in card.features]
        self._seen = [seen_in(card, f) for f in card.features]

    def of(self, columns: Sequence[Column], scored: ScoredMany) -> Reasons:
        """The reasons of n leads, given one column per fact and their terms."""
        terms = [*scored.points.T, scored.cut]
        chosen = largest(terms)
        words, codes = [""], np.zeros(chosen.shape, np.int32)
        against, some = np.zeros(chosen.shape, np.bool_), chosen != NONE
        for j, points in enumerate(terms):
            ranks, rows = np.nonzero(chosen == j)
            if not len(rows):
                continue
            against[ranks, rows] = points[rows] < 0
            said, places = self._said(j, columns, points[rows], rows)
            codes[ranks, rows] = places + len(words)
            words += said
        return Reasons(words, codes, _foremost(codes, some & ~against), _foremost(codes, some & against))

    def _said(
        self, at: int, columns: Sequence[Column], points: Floats, rows: NDArray[np.intp]
    ) -> tuple[list[str], NDArray[np.intp]]:
        """The reasons that one term gives for some rows, and which of them each row has."""
        reason = self._wording.reason
        if at == len(columns):
            distinct, places = np.unique(points, return_inverse=True)
            return [reason(self._wording.cut, p) for p in distinct.tolist()], places
        column = columns[at].take(rows)
        raw = column.codes if isinstance(column, Texts) else column.values
        _, first, places = np.unique(raw, return_index=True, return_inverse=True)
        sentence, seen = self._sentences[at], self._seen[at]
        values: list[Value] = column.take(first).plain()
        return [reason(sentence(v, seen(v)), p) for v, p in zip(values, points[first].tolist(), strict=True)], places


def largest(terms: Sequence[Floats]) -> NDArray[np.intp]:
    """The positions of the terms that count most, up or down, (5, n); -1 where there are no more.

    Of terms that count alike the first comes first.
    """
    sizes = np.abs(np.stack(terms, axis=1))
    rows, chosen = np.arange(len(sizes)), np.full((REASONS, len(sizes)), NONE)
    for rank in range(min(REASONS, len(terms))):
        at = sizes.argmax(axis=1)
        chosen[rank] = np.where(sizes[rows, at] >= LEAST, at, NONE)
        sizes[rows, at] = -1.0
    return chosen


def _foremost(codes: Codes, such: NDArray[np.bool_]) -> Codes:
    """The code of the first reason that is such, (n,); 0 where none is."""
    found: Codes = np.where(such.any(axis=0), codes[such.argmax(axis=0), np.arange(codes.shape[1])], 0)
    return found


class Told(NamedTuple):
    """What a summary tells of n leads, beside their scores and reasons."""

    grade: Texts
    missing: Texts
    exclusion: Texts


class ManySummaries:
    """The summaries by one scorecard."""

    def __init__(self, card: Scorecard, wording: Wording) -> None:
        self._wording = wording
        self._stages = card.agreement.stages
        self._days = card.agreement.conversion.horizon_days

    def of(self, scored: ScoredMany, decisions: Decisions, told: Told, reasons: Reasons) -> list[str]:
        """The summaries of n leads."""
        stages, standing, chance = [s.stage for s in self._stages], self._wording.standing, self._wording.chance
        best, worst = ([f[code] for code in codes.tolist()] for f, codes in self._foremost(reasons))
        return [
            f"{standing(score, grade, stages[stage])}{after}{chance(probability, self._days)}{for_it}{against}"
            for score, grade, stage, after, probability, for_it, against in zip(
                scored.score.tolist(),
                told.grade.plain(),
                decisions.stage.tolist(),
                self._after(decisions, told),
                scored.probability.tolist(),
                best,
                worst,
                strict=True,
            )
        ]

    def _after(self, decisions: Decisions, told: Told) -> list[str]:
        """What each summary says of the next stage, or of the exclusion."""
        said: list[str] = []
        wording = self._wording
        rows = zip(
            told.exclusion.plain(),
            decisions.next.tolist(),
            decisions.points_to_next.tolist(),
            told.missing.plain(),
            strict=True,
        )
        for exclusion, after, short, missing in rows:
            if exclusion:
                said.append(wording.not_worked(str(exclusion)))
            elif after == NONE:
                said.append("")
            elif short > 0:
                said.append(wording.points_short(short, self._stages[after].stage))
            else:
                said.append(wording.lacking(self._stages[after].stage, str(missing), self._stages[after].gate))
        return said

    def _foremost(self, reasons: Reasons) -> list[tuple[dict[int, str], Codes]]:
        """What summaries say of the first reasons for and against, by code."""
        codes = np.union1d(reasons.best, reasons.worst).tolist()
        told = {code: self._wording.foremost(reasons.words[code]) for code in codes if code}
        told[0] = ""
        return [(told, reasons.best), (told, reasons.worst)]

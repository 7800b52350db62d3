"""The reasons as a sum: each fact's points, agreed, learned and counted, rounded so that they add up to the score."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from features.catalog import BOUNDS
from features.points import added
from serving.card.rounding import rounded, tenths

KINDS = ("fit", "interest")


class Part(NamedTuple):
    """One fact's part, in tenths of a point.

    counts: what it adds to the score; agreed, learned: what both teams and history give it
    start, end: where its bar begins and ends, when the bars follow each other up to the score
    """

    text: str
    counts: int
    agreed: int
    learned: int
    start: int
    end: int


class Group(NamedTuple):
    """The facts of who the lead is (``fit``), or of what it does (``interest``); the rest count nothing."""

    kind: str
    counts: int
    agreed: int
    parts: list[Part]
    nothing: list[str]


class Sum(NamedTuple):
    """``base.counts + sum(group.counts) + cut.counts == score``, and within a group its parts; in tenths.

    low, high: the least and the most that the running sum comes to
    most: the largest agreed or learned part, up or down, at least one tenth
    agreed_score: the same by the agreed points alone, which is what the agreed parts add up to
    """

    score: int
    agreed_score: int
    base: Part
    groups: list[Group]
    cut: Part | None
    low: int
    high: int
    most: int


def sum_of(answer: Mapping[str, Any]) -> Sum:
    """The sum of an answer (its ``score``, ``base``, ``agreed_score`` and ``terms``)."""
    of_kind = {kind: [t for t in answer["terms"] if t["kind"] == kind] for kind in (*KINDS, BOUNDS)}
    counts = _split([[answer["base"]], *([t["points"] for t in of_kind[k]] for k in of_kind)], answer["score"])
    agreed = _split([[], *([t["agreed"] for t in of_kind[k]] for k in of_kind)], answer["agreed_score"])
    base_ends = counts[0][0]
    texts = {kind: [t["text"] for t in of_kind[kind]] for kind in of_kind}
    learned = {kind: [tenths(t["learned"]) for t in of_kind[kind]] for kind in of_kind}
    parts, at = {}, base_ends
    for kind, points, wanted in zip(of_kind, counts[1:], agreed[1:], strict=True):
        parts[kind] = _parts(texts[kind], points, wanted, learned[kind], at)
        at += sum(points)
    groups = [_group(kind, parts[kind]) for kind in KINDS]
    cut = parts[BOUNDS][0] if parts[BOUNDS] else None
    reached = [0, base_ends, *(end for of in parts.values() for part in of for end in (part.start, part.end))]
    base = Part("", base_ends, 0, 0, 0, base_ends)
    most = max([1, *(abs(points) for group in groups for part in group.parts for points in part[2:4])])
    return Sum(at, tenths(answer["agreed_score"]), base, groups, cut, min(reached), max(reached), most)


def _split(groups: Sequence[Sequence[float]], whole: float) -> list[list[int]]:
    """Each group's parts in tenths: the groups add up to the whole, and the parts of each to their group."""
    shown = rounded([added(group) for group in groups], tenths(whole))
    return [rounded(group, of) for group, of in zip(groups, shown, strict=True)]


def _parts(
    texts: Sequence[str], counts: Sequence[int], agreed: Sequence[int], learned: Sequence[int], at: int
) -> list[Part]:
    """The parts, those that count most first, one after the other from ``at``."""
    order = sorted(range(len(texts)), key=lambda i: -abs(counts[i]))
    bounds = pairwise(accumulate((counts[i] for i in order), initial=at))
    return [Part(texts[i], counts[i], agreed[i], learned[i], *ends) for i, ends in zip(order, bounds, strict=True)]


def _group(kind: str, parts: Sequence[Part]) -> Group:
    counting = [p for p in parts if p.counts or p.agreed or p.learned]
    nothing = [p.text for p in parts if not (p.counts or p.agreed or p.learned)]
    return Group(kind, sum(p.counts for p in parts), sum(p.agreed for p in parts), counting, nothing)

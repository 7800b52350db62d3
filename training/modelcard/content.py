"""What stands on a model card: from a run and its findings to plain words and numbers."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import NamedTuple

import altair as alt
import numpy as np

from features.agreement import Agreement
from features.describe import source_words
from features.moments import iso
from training.additive import AdditiveScorer
from training.dataset import Dataset
from training.guard.report import GuardReport
from training.intervals import Interval, Judged
from training.learn.learner import Findings
from training.scorecard import Scorecard
from training.timing import Timing

BLEND, RULES = "blend", "rules only"
FEW = 200  # later leads; the standard error of an AUC is then about 0.04
MOST_FACTS = 25
MEASURES = {"auc": "AUC", "log_loss": "log loss", "brier": "Brier", "lift": "lift", "capture": "capture"}
CAPTIONS = {
    "calibration": "Do probabilities come true? On the diagonal, of the leads given 20 %, one in five converts.",
    "gains": "Whom does it catch first? The share of conversions met when the best leads are worked first.",
    "scores": "Do leads that convert score higher than those that do not?",
    "points": "Which facts move the score: by how much points differ between leads, agreed, learned and counted.",
    "example": "How a score comes about: the first worked example of the agreement, term by term.",
}


class Part(NamedTuple):
    """A part of the leads: how many, how many of them converted, their snapshots, and from when to when."""

    leads: int
    converted: int
    rows: int
    begins: str
    ends: str

    @classmethod
    def of(cls, data: Dataset) -> "Part":
        """Count a data set."""
        once = data.once()
        begins, ends = (_when(float(at), dated=data.dated) for at in (data.when.min(), data.when.max()))
        return cls(len(once), int(once.converted.sum()), len(data), begins, ends)


def _when(at: float, *, dated: bool) -> str:
    return iso(int(at))[:10] if dated else f"{at:,.10g}"


class Source(NamedTuple):
    """What a card is made from.

    first, later, whole: the leads learned from before the test, tested on, and registered with
    judged, timing, guard, findings, charts: what the run found
    files: texts kept with the run, by path; environment: versions by name
    """

    first: Dataset
    later: Dataset
    whole: Dataset
    judged: Judged
    timing: Timing
    guard: GuardReport
    findings: Findings | None
    charts: Mapping[str, alt.TopLevelMixin]
    files: Mapping[str, str]
    environment: Mapping[str, str]


class Measured(NamedTuple):
    """A row of the table of measures: a prediction's measures in words, and its log loss against the blend's."""

    prediction: str
    values: list[str]
    against: str


class Mover(NamedTuple):
    """A fact that moves scores: the standard deviation over later leads of its points."""

    label: str
    kind: str
    read: str
    agreed: float
    learned: float
    counted: float


class Content(NamedTuple):
    """A model card in words and numbers; ``charts``: name, title, and the chart itself."""

    card: Scorecard
    agreement: Agreement
    first: Part
    later: Part
    whole: Part
    dated: bool
    measures: list[str]
    measured: list[Measured]
    found: list[str]
    learned: list[str]
    movers: list[Mover]
    guard: GuardReport
    limits: list[str]
    charts: list[tuple[str, str, alt.TopLevelMixin]]
    files: Mapping[str, str]
    environment: Mapping[str, str]


def content_of(source: Source, card: Scorecard) -> Content:
    """What the card of a registered version says; ``card``: under its number, with its run."""
    return Content(
        card=card,
        agreement=card.agreement,
        first=Part.of(source.first),
        later=Part.of(source.later),
        whole=Part.of(source.whole),
        dated=source.later.dated,
        measures=[*MEASURES.values(), "calibration error"],
        measured=[_measured(source.judged, name) for name in source.judged.measures],
        found=list(_found(source)),
        learned=list(_learned(source.findings)),
        movers=_movers(card, source.later),
        guard=source.guard,
        limits=list(_limits(source, card)),
        charts=[(name, CAPTIONS[name], source.charts[name]) for name in CAPTIONS if name in source.charts],
        files=source.files,
        environment=source.environment,
    )


def _measured(judged: Judged, name: str) -> Measured:
    values = [f"{judged.interval(name, what):.3f}" for what in (*MEASURES, "calibration_error")]
    against = "" if name == BLEND else _against(judged.difference(BLEND, name, "log_loss"))
    return Measured(name, values, against)


def _against(difference: Interval) -> str:
    """The blend's log loss minus another's, in words."""
    if difference.high < 0:
        return f"blend better: {difference:+.4f}"
    return f"blend worse: {difference:+.4f}" if difference.low > 0 else f"undecided: {difference:+.4f}"


def _found(source: Source) -> Iterator[str]:
    judged, later = source.judged, source.later
    predicted, converted = judged.measures[BLEND], float(later.converted.mean())
    yield (
        f"Working the best tenth of the later leads meets {predicted.capture:.0%} of the conversions, "
        f"{predicted.lift:.1f} times as many as by chance; {converted:.1%} of all convert."
    )
    against = judged.difference(BLEND, RULES, "log_loss") if RULES in judged.measures else None
    if against is not None and against.high >= 0:
        yield "History does not surely improve on the agreement: its log loss is not surely below that of the rules."
    yield source.timing.sentence


def _learned(findings: Findings | None) -> Iterator[str]:
    """What the learner chose, in words."""
    if findings is None:
        yield "There were too few outcomes to learn from: the score is the agreed score."
        return
    members = " + ".join(f"{weight:.2f} × {name}" for name, weight in findings.members.items())
    yield f"Learned points are those of a mixture, additive as its members are: {members}."
    if isfinite(findings.span):
        yield f"Recent leads weigh more: one that is older by {findings.span:.0%} of the history weighs half as much."
    if findings.pairs:
        yield f"Pairs of facts that improved on held-out leads: {', '.join(findings.pairs)}."


def _limits(source: Source, card: Scorecard) -> Iterator[str]:
    leads = len(source.later.once())
    if leads < FEW:
        yield f"Only {leads} later leads were tested on: the measures say little."
    left_out = source.whole.leads_in_table - len(source.first.once()) - leads
    if left_out > 0:
        yield (
            f"{left_out:,} leads of the table were neither learned from nor tested on: closed before they were read, "
            "or their outcome not known in time. The measures say nothing about such leads."
        )
    if not source.later.horizon:
        yield (
            "A flat export holds each lead as it is now. What was filled in later than a lead is scored makes the "
            "measures too good, unless it is declared; the guard finds some of it, not all."
        )
    w = card.weight_of_history
    yield f"History counts {w:.0%}, the agreement {1 - w:.0%}: a wrong rule stays in scores by so much."
    yield "The intervals of measures say whom the model meets, not how another history would have taught it."
    yield "It is made for deciding whom to contact first. It is not made for decisions that bind a person."
    yield "Leads unlike those of the period above (new sources, markets, forms) may be scored wrongly: watch the drift."


def _movers(card: Scorecard, later: Dataset) -> list[Mover]:
    many = AdditiveScorer(card).many(later.columns)
    spreads = [np.std(points, axis=0) for points in (many.agreed, many.learned, many.points)]
    movers = [
        Mover(f.label, f.kind, source_words(f.source), *(float(spread[i]) for spread in spreads))
        for i, f in enumerate(card.features)
    ]
    return sorted(movers, key=lambda m: -m.counted)[:MOST_FACTS]

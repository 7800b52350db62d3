"""What a backtest found: sentences for people, a table for programs, and the pictures."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from features.agreement import Agreement
from features.moments import DAY, iso
from training.backtest import BLEND, Backtest, Block
from training.capacity import leads_per_day
from training.intervals import Interval, Judged
from training.measures import Measures
from training.plots import backtest_chart, calibration_chart, gains_chart, score_chart

CHARTS = ("backtest", "calibration", "gains", "scores")
TEXTS = ("backtest.csv", "backtest.txt")
FLATTERS = 0.01  # by so much the pooled AUC must surely be above that within periods before it is said
FEW = 200  # leads; the standard error of an AUC is then about 0.04


class Verdict(NamedTuple):
    """The blend against one of the others, on the same leads: its log loss and AUC minus the other's."""

    other: str
    log_loss: Interval
    auc: Interval

    @property
    def word(self) -> str:
        """By the log loss: "wins" or "loses" where the 95 % interval is on one side of 0, else "undecided"."""
        if self.log_loss.high < 0:
            return "wins"
        return "loses" if self.log_loss.low > 0 else "undecided"


def verdicts(judged: Judged) -> list[Verdict]:
    """The blend against each of the others."""
    others = [name for name in judged.measures if name != BLEND]
    return [Verdict(name, *(judged.difference(BLEND, name, what) for what in ("log_loss", "auc"))) for name in others]


def sentences(done: Backtest) -> Iterator[str]:
    """What the numbers mean, for people who do not read tables."""
    yield _knew(done)
    yield _decided(verdicts(done.pooled))
    yield _caught(done)
    yield from _flattered(done)
    yield _level(done)
    yield done.timing.sentence
    leads = len(done.tested.leads()[0])
    if leads < FEW:
        yield f"Only {leads} leads were tested: these measures say little. Bring more history."


def _decided(found: list[Verdict]) -> str:
    said = {"wins": "it beats", "loses": "it loses to", "undecided": "nothing is decided against"}
    parts = []
    for word, what in said.items():
        names = [verdict.other for verdict in found if verdict.word == word]
        parts += [f"{what} {_listed(names)}"] if names else []
    return f"The blend by log loss, on the same leads: {'; '.join(parts)}."


def _knew(done: Backtest) -> str:
    """What was known before each block."""
    window = "all earlier leads" if done.plan.window == "expanding" else "the latest earlier leads, each time as many"
    if done.gap and done.tested.dated:
        return f"Before each block the models learned from {window}, read at least {done.gap / DAY:g} days before it."
    if done.tested.decided is not None:
        return f"Before each block the models learned from {window}, with the outcomes that had come by then."
    if done.gap:
        return f"Before each block the models learned from {window}, at least {done.gap:g} before it in order of time."
    return (
        f"Before each block the models learned from {window}, as if every outcome had been known at once, for a flat "
        "export does not say when it was. Where outcomes take time this is too kind: name the column that says when "
        "they came (outcome: {at: ...}), or give --gap."
    )


def _caught(done: Backtest) -> str:
    capture = done.pooled.interval(BLEND, "capture")
    each = "month" if done.tested.dated else "block"
    capacity, share = done.plan.capacity, f"{100 * done.top:.3g}%"
    found = f"Sales that works the best {share} of each {each}'s leads by the blend"
    if capacity.share is None:
        come = (leads_per_day(done.tested) or 0) * capacity.days
        found = f"Of {come:,.0f} leads a {capacity.unit}, {capacity.leads:g} are {share}. {found}"
    return f"{found} meets {capture:.0%} of the conversions, {capture.value / done.top:.1f} times as many as by chance."


def _flattered(done: Backtest) -> Iterator[str]:
    """That the pooled AUC says more than the model knows, where it does."""
    above, within = done.pooled.flattered(BLEND), done.pooled.interval(BLEND, "auc_within")
    if above.low > 0 and above.value >= FLATTERS:
        shares = [float(block.test.converted.mean()) for block in done.blocks]
        moves = f"the share that converts moves from {min(shares):.0%} to {max(shares):.0%} between blocks"
        pooled = done.pooled.measures[BLEND].auc
        each = "month" if done.tested.dated else "block"
        yield (
            f"The pooled AUC of {pooled:.3f} flatters: within a {each} it is {within:.3f}. As {moves}, "
            f"part of it tells good times from bad, not good leads from bad."
        )


def _level(done: Backtest) -> str:
    predicted, converted = float(done.predictions[BLEND].mean()), float(done.tested.converted.mean())
    error = done.pooled.interval(BLEND, "calibration_error")
    chance = "; so much could be chance" if error.low == 0 else ""
    return (
        f"The blend gave {predicted:.1%} on average where {converted:.1%} converted; "
        f"its calibration error is {error:.3f}{chance}."
    )


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def table(done: Backtest) -> pd.DataFrame:
    """One row per block (and "all"), prediction and measure, with the ends of its interval where it has one."""
    parts = [(str(number), block) for number, block in enumerate(done.blocks, start=1)]
    rows = [row for number, block in parts for row in _rows(number, block.judged, _about(done, block))]
    about = {"tested_on": len(done.tested.leads()[0]), "converted": float(done.tested.converted.mean())}
    return pd.DataFrame(rows + list(_rows("all", done.pooled, about)))


def _about(done: Backtest, block: Block) -> dict[str, object]:
    return {
        "begins": begins(done, block),
        "trained_on": block.trained_on,
        "tested_on": block.tested_on,
        "converted": float(block.test.converted.mean()),
        "weight_of_history": block.weight_of_history,
    }


def begins(done: Backtest, block: Block) -> str:
    """Where a block begins: its date, or after how many leads."""
    return iso(int(block.origin.at))[:10] if done.tested.dated else f"lead {block.origin.first_lead + 1:,}"


def _rows(number: str, judged: Judged, about: Mapping[str, object]) -> Iterator[dict[str, object]]:
    for name, measures in judged.measures.items():
        for what in Measures._fields:
            value = getattr(measures, what)
            if value is None:
                continue
            found = judged.interval(name, what) if what in judged.drawn[name] else Interval(value, np.nan, np.nan)
            yield {"block": number, **about, "prediction": name, "measure": what, **found._asdict()}


def charts(done: Backtest, agreement: Agreement) -> dict[str, alt.TopLevelMixin]:
    """The pictures by name: measures over time, calibration, gain and lift, scores by outcome."""
    converted, stages = done.tested.converted, agreement.stages
    thresholds = {s.stage: s.threshold for s in stages if s.threshold is not None and s.on == "score"}
    drawn = (
        backtest_chart(done),
        calibration_chart(converted, done.predictions, done.rows.whose),
        gains_chart(converted, done.predictions, done.top, done.rows.periods),
        score_chart(done.scores, converted, thresholds),
    )
    return dict(zip(CHARTS, drawn, strict=True))

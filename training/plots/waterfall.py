"""Why one lead has its score: every term, one after the other, and what was agreed and learned for it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from training.plots.points import KINDS
from training.plots.theme import FAINT, INK, dressed

MOST = 12  # terms with a bar of their own
SMALL = 0.05  # points: what rounds to nothing stands with the others
POINTS = ("agreed", "learned", "points")
_KEPT = ["text", *POINTS, "kind", "from", "to"]
UP, DOWN, TOTAL = "#0072B2", "#D55E00", "#666666"
ROW = 24
BASE = "base: a lead of whom nothing is known"


def waterfall_chart(answer: Mapping[str, Any], most: int = MOST) -> alt.TopLevelMixin:
    """One lead's score, term by term: the bars add up to it; beside each what was agreed, learned, and what counts.

    answer: as the score endpoint gives it; of it are read ``lead_id``, ``score``, ``base``, ``weight_of_history``
    and ``terms``, each with ``fact``, ``text``, ``agreed``, ``learned`` and ``points``
    most: terms with a bar of their own, those with the most points; the others stand together
    """
    frame = pd.DataFrame(waterfall_rows(answer, most), columns=_KEPT)
    order, w = frame["text"].tolist(), answer["weight_of_history"]
    said = f"history counts {w:.0%}, the agreement {1 - w:.0%}; the bars add up to the score"
    title = alt.TitleParams(f"Lead {answer['lead_id']}: {answer['score']:.1f} points", subtitle=said)
    height = ROW * len(order)
    bars = _bars(frame, order).properties(width=320, height=height)
    points = _points(frame[frame["kind"] == "term"], order).properties(width=200, height=height)
    return dressed(alt.hconcat(bars, points, spacing=20, title=title))


def waterfall_rows(answer: Mapping[str, Any], most: int = MOST) -> list[dict[str, Any]]:
    """The rows of the picture: where each bar begins and ends; the last is the score itself.

    >>> terms = [{"text": "software", "agreed": 10.0, "learned": 6.0, "points": 7.0}]
    >>> answer = {"base": 2.0, "score": 9.0, "weight_of_history": 0.75, "terms": terms}
    >>> [(row["from"], row["to"]) for row in waterfall_rows(answer)]
    [(0.0, 2.0), (2.0, 9.0), (0.0, 9.0)]
    """
    ordered = sorted(_apart(answer["terms"]), key=lambda term: -abs(term["points"]))
    large = [term for term in ordered if any(abs(term[what]) >= SMALL for what in POINTS)][:most]
    terms = [*large, *_together([term for term in ordered if term not in large])]
    rows, at = [], 0.0
    for term in ({"text": BASE, "points": answer["base"]}, *terms):
        kind = "base" if term["text"] == BASE else "term"
        rows.append({**term, "kind": kind, "from": at, "to": at + term["points"]})
        at += term["points"]
    total = {"text": "score", "points": answer["score"], "kind": "score", "from": 0.0, "to": answer["score"]}
    return [*({k: row[k] for k in _KEPT if k in row} for row in rows), total]


def _together(terms: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if not terms:
        return []
    sums = {what: sum(term[what] for term in terms) for what in POINTS}
    return [{"text": "1 other fact" if len(terms) == 1 else f"{len(terms)} other facts", **sums}]


def _apart(terms: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The terms with texts that differ, for a picture has one row for each text."""
    texts = Counter(term["text"] for term in terms)
    return [{**t, "text": f"{t['text']} ({t['fact']})" if texts[t["text"]] > 1 else t["text"]} for t in terms]


def _rows_axis(order: Sequence[str], *, labels: bool) -> alt.Y:
    return alt.Y(
        "text:N", scale=alt.Scale(domain=order), title=None, axis=alt.Axis(labelLimit=320, labels=labels, ticks=False)
    )


def _bars(frame: pd.DataFrame, order: Sequence[str]) -> alt.LayerChart:
    said = [_said(points, kind) for points, kind in frame[["points", "kind"]].to_numpy()]
    signed = frame.assign(said=said)
    signed["end"] = signed[["from", "to"]].max(axis=1)
    base = alt.Chart(signed).encode(y=_rows_axis(order, labels=True))
    colour = alt.when(alt.datum.kind == "score").then(alt.value(TOTAL)).when(alt.datum.points < 0).then(alt.value(DOWN))
    bars = base.mark_bar(height=ROW - 9).encode(
        x=alt.X("from:Q", title="points, added up from the top", axis=alt.Axis(grid=False)),
        x2="to:Q",
        color=colour.otherwise(alt.value(UP)),
    )
    return alt.layer(bars, base.mark_text(align="left", dx=4, color=INK).encode(x="end:Q", text="said:N"))


def _said(points: float, kind: str) -> str:
    """Points with their sign; those of the whole score, and those that round to nothing, without."""
    rounded = round(points, 1) + 0.0
    return f"{rounded:.1f}" if kind == "score" or not rounded else f"{rounded:+.1f}"


def _points(frame: pd.DataFrame, order: Sequence[str]) -> alt.LayerChart:
    rows = frame.rename(columns={"points": "counted"}).melt(["text"], list(KINDS), "points", "value")
    y = _rows_axis(order, labels=False)
    spans = alt.Chart(frame).mark_rule(color=FAINT, strokeWidth=1).encode(y=y, x="agreed:Q", x2="learned:Q")
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(color=FAINT, strokeDash=[2, 2]).encode(x="value:Q")
    marks = (
        alt.Chart(rows)
        .mark_point(filled=True, opacity=1, size=55)
        .encode(
            y=y,
            x=alt.X("value:Q", title="points of each fact", axis=alt.Axis(grid=False)),
            color=alt.Color(
                "points:N", title="points", scale=alt.Scale(domain=list(KINDS), range=list(KINDS.values()))
            ),
        )
    )
    return alt.layer(zero, spans, marks)

"""Do leads that convert score higher than those that do not?"""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.plots.theme import INK, dressed

BINS = 40
OUTCOMES = {"converted": "#0072B2", "did not": "#BBBBBB"}


def score_chart(
    score: NDArray[np.float64],
    converted: NDArray[np.int64],
    thresholds: Mapping[str, float] | None = None,
    title: str = "Scores of later leads by outcome",
) -> alt.TopLevelMixin:
    """How the scores of leads that converted, and of the others, are spread; each of the two sums to 100 %.

    thresholds: stages with the score at which they begin, drawn where scores reach
    """
    low, high = float(score.min()), float(score.max())
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    rows = []
    for name, won in zip(OUTCOMES, (1, 0), strict=True):
        counts, _ = np.histogram(score[converted == won], bins=edges)
        shares = counts / max(int(counts.sum()), 1)
        rows += [
            {"outcome": name, "from": a, "to": b, "share": s}
            for a, b, s in zip(edges[:-1], edges[1:], shares, strict=True)
        ]
    bars = (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(opacity=0.65, binSpacing=0)
        .encode(
            x=alt.X(
                "from:Q", title="score (points)", scale=alt.Scale(zero=False, nice=False), axis=alt.Axis(grid=False)
            ),
            x2="to:Q",
            y2=alt.datum(0),
            y=alt.Y("share:Q", title="share of the leads of that outcome", axis=alt.Axis(format=".0%"), stack=None),
            color=alt.Color(
                "outcome:N", title=None, scale=alt.Scale(domain=list(OUTCOMES), range=list(OUTCOMES.values()))
            ),
        )
    )
    stages = pd.DataFrame(
        [{"stage": s, "at": t} for s, t in (thresholds or {}).items() if low <= t <= high], columns=["stage", "at"]
    )
    marks = alt.Chart(stages)
    lines = marks.mark_rule(color=INK, strokeDash=[3, 3]).encode(x="at:Q")
    names = marks.mark_text(dy=-6, color=INK).encode(x="at:Q", y=alt.value(0), text="stage:N")
    subtitle = "dashed: where a stage begins" if len(stages) else "each of the two sums to 100 %"
    layers = [bars, lines, names] if len(stages) else [bars]
    title_ = alt.TitleParams(title, subtitle=subtitle)
    return dressed(alt.layer(*layers).properties(title=title_, width=520, height=300))

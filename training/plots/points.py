"""Where history and the agreement differ."""

import altair as alt
import numpy as np
import pandas as pd

from training.additive import AdditiveScorer
from training.dataset import Dataset
from training.plots.theme import dressed
from training.scorecard import Scorecard

KINDS = {"agreed": "#E69F00", "learned": "#009E73", "counted": "#0072B2"}  # as rules only, model only, and the blend


def points_chart(card: Scorecard, data: Dataset, most: int = 15) -> alt.TopLevelMixin:
    """For the facts that move scores most: the spread of agreed, learned and counted points over the leads."""
    many = AdditiveScorer(card).many(data.columns)
    terms = {"agreed": many.agreed, "learned": many.learned, "counted": many.points}
    rows = [
        {"fact": feature.label, "points": kind, "spread": float(np.std(points[:, i]))}
        for i, feature in enumerate(card.features)
        for kind, points in terms.items()
    ]
    frame = pd.DataFrame(rows)
    order = frame[frame.points == "counted"].nlargest(most, "spread")["fact"].tolist()
    chart = (
        alt.Chart(frame[frame.fact.isin(order)])
        .mark_bar()
        .encode(
            y=alt.Y("fact:N", sort=order, title=None, axis=alt.Axis(labelLimit=300)),
            x=alt.X("spread:Q", title="standard deviation over leads (points)"),
            yOffset=alt.YOffset("points:N", sort=list(KINDS)),
            color=alt.Color(
                "points:N", title="points", scale=alt.Scale(domain=list(KINDS), range=list(KINDS.values()))
            ),
        )
        .properties(title="Which facts move the score", width=420, height=alt.Step(8))
    )
    return dressed(chart)

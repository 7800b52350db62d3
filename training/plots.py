"""Pictures of a run: is it calibrated, whom does it catch first, and where history and the agreement differ."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.additive import AdditiveScorer
from training.dataset import Dataset
from training.scorecard import Scorecard

Floats = NDArray[np.float64]
GROUPS = 10


def calibration_chart(converted: NDArray[np.int64], predictions: Mapping[str, Floats]) -> alt.LayerChart:
    """Predicted against observed share in ten groups of equal size; on the diagonal the numbers mean what they say."""
    rows = [
        {"prediction": name, "predicted": p[g].mean(), "observed": converted[g].mean()}
        for name, p in predictions.items()
        for g in np.array_split(np.argsort(p, kind="stable"), min(GROUPS, len(p)))
    ]
    share = alt.Scale(domain=[0, 1])
    diagonal = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]})).mark_line(strokeDash=[4, 4], color="grey")
    lines = alt.Chart(pd.DataFrame(rows)).mark_line(point=True)
    return alt.layer(
        diagonal.encode(x="x:Q", y="y:Q"),
        lines.encode(
            x=alt.X("predicted:Q", title="predicted share", scale=share, axis=alt.Axis(format="%")),
            y=alt.Y("observed:Q", title="observed share", scale=share, axis=alt.Axis(format="%")),
            color="prediction:N",
        ),
    ).properties(title="Calibration on later leads", width=320, height=320)


def gains_chart(converted: NDArray[np.int64], predictions: Mapping[str, Floats]) -> alt.LayerChart:
    """The share of conversions caught when the best-scored leads are worked first."""
    steps = np.linspace(0, 1, 51)
    rows = []
    for name, p in predictions.items():
        caught = np.r_[0, np.cumsum(converted[np.argsort(-p, kind="stable")])] / converted.sum()
        at = np.round(steps * len(converted)).astype(int)
        rows += [{"prediction": name, "worked": s, "caught": caught[i]} for s, i in zip(steps, at, strict=True)]
    percent = alt.Axis(format="%")
    diagonal = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]})).mark_line(strokeDash=[4, 4], color="grey")
    lines = alt.Chart(pd.DataFrame(rows)).mark_line()
    return alt.layer(
        diagonal.encode(x="x:Q", y="y:Q"),
        lines.encode(
            x=alt.X("worked:Q", title="share of leads worked", axis=percent),
            y=alt.Y("caught:Q", title="share of conversions caught", axis=percent),
            color="prediction:N",
        ),
    ).properties(title="Conversions caught on later leads", width=320, height=320)


def points_chart(card: Scorecard, data: Dataset, most: int = 15) -> alt.Chart:
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
    return (
        alt.Chart(frame[frame.fact.isin(order)])
        .mark_bar()
        .encode(
            y=alt.Y("fact:N", sort=order, title=None),
            x=alt.X("spread:Q", title="standard deviation over leads (points)"),
            yOffset=alt.YOffset("points:N", sort=["agreed", "learned", "counted"]),
            color=alt.Color("points:N", sort=["agreed", "learned", "counted"], title="points"),
        )
        .properties(title="Which facts move the score", width=320, height=alt.Step(8))
    )

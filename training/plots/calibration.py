"""Do probabilities come true? Predicted against observed shares, with what chance leaves open."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from training.measures import GROUPS
from training.plots.theme import FAINT, PERCENT, coloured, dressed, in_front, leading_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Group(NamedTuple):
    """Rows of like probability: the mean prediction, the share that converted, and its 95 % interval (Wilson's)."""

    predicted: float
    observed: float
    low: float
    high: float
    leads: int


def calibration_groups(converted: Ints, probability: Floats, whose: NDArray[np.intp] | None = None) -> Iterator[Group]:
    """Ten groups of equal size, lowest first; ``whose``: (n,) which lead a row is of (default: each its own).

    Rows of a lead say nearly the same, so the interval is that of as many trials as the group has leads.
    """
    order = np.argsort(probability, kind="stable")
    leads = np.arange(len(converted)) if whose is None else whose
    for rows in np.array_split(order, min(GROUPS, len(order))):
        n, share = len(np.unique(leads[rows])), float(converted[rows].mean())
        interval = binomtest(round(share * n), n).proportion_ci(method="wilson")
        low, high = min(float(interval.low), share), max(float(interval.high), share)
        yield Group(float(probability[rows].mean()), share, low, high, n)


def calibration_chart(
    converted: Ints,
    predictions: Mapping[str, Floats],
    whose: NDArray[np.intp] | None = None,
    title: str = "Calibration on later leads",
) -> alt.TopLevelMixin:
    """Predicted against observed share in ten groups of equal size; on the diagonal the numbers mean what they say.

    The blend has intervals, and below it stands how often each probability was given.
    """
    rows = [
        {"prediction": name, **group._asdict()}
        for name, p in predictions.items()
        for group in calibration_groups(converted, p, whose)
    ]
    groups = pd.DataFrame(rows)
    top = min(1.0, float(np.ceil(groups[["predicted", "observed", "high"]].to_numpy().max() * 20) / 20))
    share = alt.Scale(domain=[0, top], nice=False)
    leading = leading_of(predictions)
    upper = _groups(groups, leading, share).properties(width=420, height=360)
    lower = _how_often(predictions[leading], leading, top).properties(width=420, height=60)
    said = f"ten groups of equal size; bars: 95 % interval of the {leading}"
    return dressed(alt.vconcat(upper, lower, spacing=6, title=alt.TitleParams(title, subtitle=said)))


def _groups(groups: pd.DataFrame, leading: str, share: alt.Scale) -> alt.LayerChart:
    ends = pd.DataFrame({"predicted": share.domain, "observed": share.domain})
    base = alt.Chart(groups).encode(
        x=alt.X("predicted:Q", title=None, scale=share, axis=PERCENT),
        y=alt.Y("observed:Q", title="observed share", scale=share, axis=PERCENT),
        color=coloured(groups["prediction"].unique()),
        tooltip=["prediction", *(alt.Tooltip(f"{what}:Q", format=".1%") for what in ("predicted", "observed"))],
    )
    front, behind = in_front(leading)
    return alt.layer(
        alt.Chart(ends).mark_line(strokeDash=[4, 4], color=FAINT).encode(x="predicted:Q", y="observed:Q"),
        base.transform_filter(behind).mark_line(strokeWidth=1, opacity=0.7, point=alt.OverlayMarkDef(size=14)),
        base.transform_filter(front).mark_rule(strokeWidth=2, opacity=0.55).encode(y="low:Q", y2="high:Q"),
        base.transform_filter(front).mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=50)),
    )


def _how_often(probability: Floats, leading: str, top: float) -> alt.Chart:
    counts, edges = np.histogram(np.clip(probability, 0, top), bins=40, range=(0, top))
    frame = pd.DataFrame(
        {"from": edges[:-1], "to": edges[1:], "share": counts / len(probability), "prediction": leading}
    )
    return (
        alt.Chart(frame)
        .mark_bar(opacity=0.6)
        .encode(
            x=alt.X("from:Q", title="predicted share", scale=alt.Scale(domain=[0, top], nice=False), axis=PERCENT),
            x2="to:Q",
            y2=alt.datum(0),
            y=alt.Y("share:Q", title="of leads", axis=alt.Axis(format=".0%", grid=False, tickCount=2)),
            color=coloured([leading]),
        )
    )

"""Whom does a score catch first? Gain and lift, with what sales can work marked."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.measures import TOP
from training.plots.theme import FAINT, INK, PERCENT, coloured, dressed, in_front, leading_of
from training.tallies import Ranked

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEPS = 50
SIZE = 300
FEWEST = 0.02  # the share from which a lift is drawn: below it, a few leads make it


def gains_chart(
    converted: Ints, predictions: Mapping[str, Floats], top: float = TOP, periods: Ints | None = None
) -> alt.TopLevelMixin:
    """The share of conversions caught, and its lift, when the best-scored leads are worked first.

    top: the share of leads that sales has the capacity for; periods: (n,) with them, the best of each are worked
    """
    shares = np.unique(np.r_[np.linspace(0, 1, STEPS + 1), top])
    rows = []
    for name, p in predictions.items():
        tallies = Ranked.of(converted, p, periods).once()
        rows += [{"prediction": name, "worked": s, "caught": float(tallies.capture(float(s))[0])} for s in shares]
    frame = pd.DataFrame(rows)
    frame["lift"] = frame["caught"] / frame["worked"].where(frame["worked"] >= FEWEST)
    leading = leading_of(predictions)
    at = frame[(frame["worked"] == top) & (frame["prediction"] == leading)].iloc[0]
    gain = _panel(frame, "caught", "share of conversions caught", PERCENT, top, f"{at.caught:.0%} caught")
    lift = _panel(
        frame[frame["lift"].notna()], "lift", "lift over chance", alt.Axis(grid=False), top, f"lift {at.lift:.1f}"
    )
    subtitle = f"dashed: chance; marked: the best {100 * top:.3g} % of the leads by the {leading}"
    title = alt.TitleParams("Conversions caught on later leads", subtitle=subtitle)
    return dressed(alt.hconcat(gain, lift, spacing=30, title=title))


def _panel(frame: pd.DataFrame, what: str, title: str, axis: alt.Axis, top: float, said: str) -> alt.LayerChart:
    leading = leading_of(frame["prediction"].unique())
    front, behind = in_front(leading)
    base = alt.Chart(frame).encode(
        x=alt.X("worked:Q", title="share of leads worked", axis=PERCENT),
        y=alt.Y(f"{what}:Q", title=title, axis=axis, scale=alt.Scale(domainMin=0)),
        color=coloured(frame["prediction"].unique()),
    )
    chance = pd.DataFrame({"worked": [0.0, 1.0], what: [0.0, 1.0] if what == "caught" else [1.0, 1.0]})
    value = float(frame.loc[(frame["worked"] == top) & (frame["prediction"] == leading), what].iloc[0])
    mark = alt.Chart(pd.DataFrame({"worked": [top], what: [value], "said": [said]}))
    right = top > 0.6  # then there is no room to the right of the mark
    text = mark.mark_text(align="right" if right else "left", dx=-6 if right else 6, color=INK)
    return alt.layer(
        alt.Chart(chance).mark_line(strokeDash=[4, 4], color=FAINT).encode(x="worked:Q", y=f"{what}:Q"),
        mark.mark_rule(color=INK, strokeDash=[2, 2]).encode(x="worked:Q"),
        base.transform_filter(behind).mark_line(strokeWidth=1, opacity=0.8),
        base.transform_filter(front).mark_line(strokeWidth=2.5),
        mark.mark_point(color=INK, filled=True, size=50, opacity=1).encode(x="worked:Q", y=f"{what}:Q"),
        text.encode(x="worked:Q", y=alt.value(8 if what == "caught" else SIZE - 12), text="said:N"),
    ).properties(width=SIZE, height=SIZE)

"""How the measures go over time, the baselines beside."""

import altair as alt
import pandas as pd

from training.backtest import BLEND, Backtest
from training.plots.theme import COLOURS, INK, coloured, dressed, in_front

MEASURES = {
    "auc": "AUC",
    "log_loss": "log loss",
    "calibration_error": "calibration error",
    "capture": "conversions caught",
}
SIZE = {"width": 250, "height": 170}
WHEN = "when"


def backtest_chart(done: Backtest) -> alt.TopLevelMixin:
    """Per block in order of time: four measures, the blend with its 95 % interval; the share that converts, and
    what the blend predicted; and the weight of history.
    """
    frame = _measures(done)
    panels = [_panel(frame[frame["measure"] == what], title, done) for what, title in MEASURES.items()]
    panels += [_rate(done), _weight(done)]
    said = f"refitted before each block; band: 95 % interval; sales works the best {100 * done.top:.3g} % of the leads"
    title = alt.TitleParams("Backtest", subtitle=said)
    return dressed(alt.concat(*panels, columns=3, spacing=24, title=title))


def _at(done: Backtest, number: int) -> pd.Timestamp | int:
    """Where a block stands on the axis of time."""
    return pd.Timestamp(int(done.blocks[number].origin.at), unit="us") if done.tested.dated else number + 1


def _measures(done: Backtest) -> pd.DataFrame:
    rows = [
        {WHEN: _at(done, i), "prediction": name, "measure": what, **block.judged.interval(name, what)._asdict()}
        for i, block in enumerate(done.blocks)
        for name in block.predictions
        for what in MEASURES
    ]
    return pd.DataFrame(rows)


def _x(done: Backtest) -> alt.X:
    if done.tested.dated:
        axis = alt.Axis(grid=False, tickCount=len(done.blocks), format="%b %Y", labelOverlap=True)
        return alt.X(f"{WHEN}:T", title="first day of the block", axis=axis)
    return alt.X(f"{WHEN}:O", title="block", axis=alt.Axis(labelAngle=0))


def _panel(frame: pd.DataFrame, title: str, done: Backtest) -> alt.LayerChart:
    front, behind = in_front(BLEND)
    axis = alt.Axis(format=".0%") if title == MEASURES["capture"] else alt.Axis()
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False, nice=True), axis=axis)
    base = alt.Chart(frame).encode(x=_x(done), y=y, color=coloured(done.predictions))
    return alt.layer(
        base.transform_filter(front).mark_area(opacity=0.15).encode(y=alt.Y("low:Q", title=title), y2="high:Q"),
        base.transform_filter(behind).mark_line(strokeWidth=1, opacity=0.8, point=alt.OverlayMarkDef(size=14)),
        base.transform_filter(front).mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=50)),
    ).properties(**SIZE)


def _rate(done: Backtest) -> alt.LayerChart:
    frame = pd.DataFrame(
        {
            WHEN: [_at(done, i) for i in range(len(done.blocks))],
            "converted": [float(block.test.converted.mean()) for block in done.blocks],
            "predicted": [float(block.predictions[BLEND].mean()) for block in done.blocks],
        }
    )
    axis, scale = alt.Axis(format=".0%"), alt.Scale(domainMin=0)
    base = alt.Chart(frame).encode(x=_x(done))
    y = alt.Y("converted:Q", title="converted (grey), predicted (blue)", axis=axis, scale=scale)
    grey = base.mark_area(color="#BBBBBB", opacity=0.5, line={"color": INK, "strokeWidth": 1}).encode(y=y)
    blue = base.mark_line(
        color=COLOURS[BLEND], strokeWidth=2.5, point=alt.OverlayMarkDef(color=COLOURS[BLEND], size=50)
    )
    return alt.layer(grey, blue.encode(y="predicted:Q")).properties(**SIZE)


def _weight(done: Backtest) -> alt.Chart:
    rows = [{WHEN: _at(done, i), "weight": block.weight_of_history} for i, block in enumerate(done.blocks)]
    y = alt.Y("weight:Q", title="weight of history", axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, 1]))
    line = alt.Chart(pd.DataFrame(rows)).mark_line(color=INK, point=alt.OverlayMarkDef(color=INK, size=40))
    return line.encode(x=_x(done), y=y).properties(**SIZE)

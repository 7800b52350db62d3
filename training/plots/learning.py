"""How much history it takes: measures against the number of leads learned from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from training.plots.theme import COLOURS, coloured, dressed, in_front

if TYPE_CHECKING:  # pictures need no learner
    from training.learning_curve import Size

MEASURES = {"auc": "AUC", "log_loss": "log loss"}
LEADING = "blend"
SIZE = {"width": 230, "height": 230}


def learning_curve_chart(sizes: Sequence["Size"]) -> alt.TopLevelMixin:
    """AUC and log loss on later leads by the number of leads learned from, and what the blend gains on the rules alone.

    The blend has its 95 % interval; beside it stand the rules alone, which need no history but for their scale, and
    the model alone. The gain has a narrower interval than either, because both are tested on the same leads.
    """
    frame = pd.DataFrame(
        {"leads": size.leads, "prediction": name, "measure": what, **interval._asdict()}
        for size in sizes
        for what, by_name in size.measured.items()
        for name, interval in by_name.items()
    )
    gains = pd.DataFrame({"leads": s.leads, "prediction": LEADING, **s.gained._asdict()} for s in sizes)
    names = frame["prediction"].unique().tolist()
    panels = [_panel(frame[frame["measure"] == what], title, names) for what, title in MEASURES.items()]
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(color=COLOURS["rules only"]).encode(y="value:Q")
    panels.append(alt.layer(zero, _panel(gains, "log loss saved by the blend (nats a lead)", names)))
    said = "models of leads drawn at random from the history, all tested on the same later leads; band: 95 % interval"
    return dressed(alt.hconcat(*panels, spacing=24, title=alt.TitleParams("Learning curve", subtitle=said)))


def _panel(frame: pd.DataFrame, title: str, predictions: Sequence[str]) -> alt.LayerChart:
    front, behind = in_front(LEADING)
    ticks = sorted(int(n) for n in frame["leads"].unique())
    base = alt.Chart(frame).encode(
        x=alt.X(
            "leads:Q",
            title="leads learned from",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(values=ticks, format=",d", grid=False, labelOverlap=True),
        ),
        y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False)),
        color=coloured(predictions),
    )
    return alt.layer(
        base.transform_filter(front).mark_area(opacity=0.18).encode(y="low:Q", y2="high:Q"),
        base.transform_filter(behind).mark_line(strokeWidth=1, opacity=0.8, point=alt.OverlayMarkDef(size=14)),
        base.transform_filter(front).mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=50)),
    ).properties(**SIZE)

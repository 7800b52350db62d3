"""An agreement held against history, and thresholds held against each other."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from training.plots.theme import COLOURS, FAINT, INK, dressed

VERDICTS = {  # Okabe and Ito's colours, as in ``theme``
    "agrees": "#009E73",
    "too high": "#D55E00",
    "too low": "#E69F00",
    "contradicts": "#CC79A7",
    "not enough leads": "#999999",
    "no rule": "#0072B2",
}
LONGEST = 60  # letters of a rule
WIDTH, ROW = 440, 20
PANEL = {"width": 250, "height": 220}
BAND = 0.2


def review_chart(table: pd.DataFrame) -> alt.TopLevelMixin:
    """Agreed points (ticks) and learned ones (dots with their 90 % interval) of every rule, coloured by verdict.

    table: as ``training.review.report.table`` gives it; rules that never fire have no learned points
    """
    frame = table.assign(
        rule=[
            _short(f"{fact}: {condition}") for fact, condition in zip(table["fact"], table["condition"], strict=True)
        ],
        near_low=table["agreed"] - table["margin"],
        near_high=table["agreed"] + table["margin"],
    )
    has_rule = frame["verdict"] != "no rule"
    y = alt.Y("rule:N", sort=frame["rule"].tolist(), title=None, axis=alt.Axis(labelLimit=420, grid=False))
    shown = [v for v in VERDICTS if (frame["verdict"] == v).any()]
    colour = alt.Color(
        "verdict:N", title=None, scale=alt.Scale(domain=shown, range=[VERDICTS[v] for v in shown]), legend=alt.Legend()
    )
    said = "points (of each, where each counts)"
    agreed = alt.Chart(frame[has_rule]).encode(y=y)
    learned = alt.Chart(frame[frame["learned"].notna()]).encode(y=y, color=colour)
    layers = [
        agreed.mark_bar(color=FAINT, opacity=BAND, height=ROW - 4).encode(
            x=alt.X("near_low:Q", title=said), x2="near_high:Q"
        ),
        alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=FAINT).encode(x="zero:Q"),
        agreed.mark_tick(color=INK, thickness=3, size=ROW - 4).encode(x="agreed:Q"),
        learned.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=said), x2="high:Q"),
        learned.mark_point(filled=True, size=55, opacity=1).encode(x=alt.X("learned:Q", title=said)),
    ]
    subtitle = "black: agreed, grey around it: what nobody would change; dots: history, with 90 % intervals"
    title = alt.TitleParams("The rules against history", subtitle=subtitle)
    return dressed(alt.layer(*layers).properties(title=title, width=WIDTH, height=alt.Step(ROW)))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def threshold_chart(table: pd.DataFrame, stages: Mapping[str, float], chosen: float | None = None) -> alt.TopLevelMixin:
    """How many leads come through each threshold, how many of these convert, and how many of all conversions.

    table: as ``training.thresholds.threshold_table`` gives it; stages: today's thresholds; chosen: another one
    """
    dated = bool(table["a_month"].notna().all())
    volume = ("a_month", "leads a month", alt.Axis()) if dated else ("share", "share of leads", alt.Axis(format=".0%"))
    panels = [
        _panel(table, *volume, stages, chosen, named=True),
        _panel(table, "rate", "of these convert", alt.Axis(format=".0%"), stages, chosen),
        _panel(table, "caught", "of all conversions", alt.Axis(format=".0%"), stages, chosen),
    ]
    said = "bands: 95 % intervals; dashed: where a stage begins today" + (
        "; blue: chosen" if chosen is not None else ""
    )
    return dressed(alt.hconcat(*panels, spacing=24, title=alt.TitleParams("Thresholds on later leads", subtitle=said)))


def _panel(
    table: pd.DataFrame,
    what: str,
    title: str,
    axis: alt.Axis,
    stages: Mapping[str, float],
    chosen: float | None,
    *,
    named: bool = False,
) -> alt.LayerChart:
    x = alt.X("threshold:Q", title="threshold (points)", scale=alt.Scale(zero=False, nice=False))
    base = alt.Chart(table[table[what].notna()]).encode(x=x)
    y = alt.Y(f"{what}:Q", title=title, axis=axis, scale=alt.Scale(domainMin=0))
    marks = alt.Chart(
        pd.DataFrame([{"stage": s, "threshold": t} for s, t in stages.items()], columns=["stage", "threshold"])
    )
    layers = [marks.mark_rule(strokeDash=[3, 3], color=FAINT).encode(x=x)]
    if named:
        layers.append(marks.mark_text(dy=-6, color=INK).encode(x=x, y=alt.value(0), text="stage:N"))
    if f"{what}_low" in table:
        band = base.mark_area(opacity=BAND, color=INK)
        layers.append(band.encode(y=alt.Y(f"{what}_low:Q", title=title), y2=f"{what}_high:Q"))
    layers.append(base.mark_line(color=INK, strokeWidth=2).encode(y=y))
    if chosen is not None:
        at = alt.Chart(table[table["threshold"] == chosen]).encode(x=x)
        layers.append(at.mark_rule(color=COLOURS["blend"], strokeWidth=2))
        layers.append(at.mark_point(color=COLOURS["blend"], filled=True, size=70, opacity=1).encode(y=y))
    return alt.layer(*layers).properties(**PANEL)

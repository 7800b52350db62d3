"""Recent leads beside those before: shares of facts, scores, and the share that converts over time."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from training.drift.facts import FactDrift
from training.drift.periods import Period
from training.drift.profile import Profile
from training.drift.scores import ScoreDrift
from training.plots.theme import COLOURS, FAINT, INK, PERCENT, dressed

WHEN = {"before": "#BBBBBB", "after": COLOURS["blend"]}
EXPECTED = COLOURS["rules only"]
FACTS, BINS, PARTS = 6, 7, 10  # the most that are drawn
OTHERS = "all others"


def fact_drift_chart(facts: Sequence[FactDrift]) -> alt.TopLevelMixin:
    """The shares of the facts that moved scores most, before and after; what is surely more than chance comes first."""
    shown = sorted(facts, key=lambda f: (not f.surely, -f.moved))[:FACTS]
    panels = [_fact(fact) for fact in shown]
    said = "share of leads, before and after; first those that surely drifted"
    title = alt.TitleParams("Facts whose drift moves scores most", subtitle=said)
    return dressed(alt.concat(*panels, columns=2, spacing=24, title=title))


def _fact(fact: FactDrift) -> alt.Chart:
    largest = sorted(fact.bins, key=lambda b: -abs(b.after - b.before))[: BINS - 1]
    bins = [b for b in fact.bins if b in largest and max(b.before, b.after) > 0]
    rest = [1 - sum(getattr(b, when) for b in bins) for when in WHEN]
    rows = [{"bin": b.name, "leads": when, "share": getattr(b, when)} for b in bins for when in WHEN]
    if len(bins) < len(fact.bins) and max(rest) > 1e-9:
        rows += [{"bin": OTHERS, "leads": when, "share": share} for when, share in zip(WHEN, rest, strict=True)]
    moves = f"{fact.shift:+.1f} points on average" + ("" if fact.surely else "; may be chance")
    return (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar()
        .encode(
            y=alt.Y("bin:N", sort=[b.name for b in bins] + [OTHERS], title=None, axis=alt.Axis(labelLimit=150)),
            yOffset=alt.YOffset("leads:N", sort=list(WHEN)),
            x=alt.X("share:Q", title=None, axis=PERCENT),
            color=_colour(),
            tooltip=["bin", "leads", alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(width=250, height=alt.Step(9), title=alt.TitleParams(fact.label, subtitle=moves, fontSize=12))
    )


def _colour() -> alt.Color:
    scale = alt.Scale(domain=list(WHEN), range=list(WHEN.values()))
    return alt.Color("leads:N", title=None, sort=list(WHEN), scale=scale)


def score_drift_chart(before: Profile, after: Profile, drift: ScoreDrift) -> alt.TopLevelMixin:
    """How scores lie before and after, and which facts moved their mean: parts that add up."""
    subtitle = f"mean {drift.before:.1f} before, {drift.after:.1f} after"
    left = alt.layer(_spread(before, after), _means(drift)).properties(
        width=380, height=300, title=alt.TitleParams("Scores", subtitle=subtitle)
    )
    return dressed(alt.hconcat(left, _parts(drift), spacing=30))


def _spread(before: Profile, after: Profile) -> alt.Chart:
    edges, rows = before.score.edges, []
    for when, profile in zip(WHEN, (before, after), strict=True):
        shares = np.array(profile.score.steps) / profile.rows
        rows += [
            {"leads": when, "from": a, "to": b, "share": s}
            for a, b, s in zip(edges[:-1], edges[1:], shares.tolist(), strict=True)
        ]
    x = alt.X("from:Q", title="score (points)", scale=alt.Scale(zero=False, nice=False), axis=alt.Axis(grid=False))
    y = alt.Y("share:Q", title="share of leads", axis=alt.Axis(format=".0%"), stack=None)
    bars = alt.Chart(pd.DataFrame(rows)).mark_bar(opacity=0.6, binSpacing=0)
    return bars.encode(x=x, x2="to:Q", y=y, y2=alt.datum(0), color=_colour())


def _means(drift: ScoreDrift) -> alt.Chart:
    rows = [{"leads": "before", "mean": drift.before}, {"leads": "after", "mean": drift.after}]
    rule = alt.Chart(pd.DataFrame(rows)).mark_rule(strokeWidth=2, strokeDash=[4, 3])
    return rule.encode(x="mean:Q", color=_colour())


def _parts(drift: ScoreDrift) -> alt.Chart:
    largest, rest = drift.parts[:PARTS], drift.parts[PARTS:]
    rows = [{"part": p.label, "points": p.shift} for p in largest]
    rows += [{"part": OTHERS, "points": sum(p.shift for p in rest)}] if rest else []
    rows.append({"part": "the mean score", "points": drift.shift})
    colour = alt.condition(alt.datum.part == "the mean score", alt.value(INK), alt.value(WHEN["after"]))
    return (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar()
        .encode(
            y=alt.Y("part:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)),
            x=alt.X("points:Q", title="points"),
            color=colour,
        )
        .properties(
            width=220, height=alt.Step(20), title=alt.TitleParams("What moved the mean", subtitle="parts add up")
        )
    )


def base_rate_chart(before: Sequence[Period], after: Sequence[Period], *, dated: bool) -> alt.TopLevelMixin:
    """The share that converts, period by period with its 95 % interval, beside what was expected of recent leads."""
    if not after:
        return nothing_yet("The share that converts")
    rows = [_rate(p, "before") for p in before] + [_rate(p, "after") for p in after]
    frame = pd.DataFrame(rows)
    x = (
        alt.X("month:T", title=None, axis=alt.Axis(grid=False, format="%b %Y", labelOverlap=True))
        if dated
        else alt.X("begins:Q", title="order in time", scale=alt.Scale(zero=False), axis=alt.Axis(grid=False))
    )
    base = alt.Chart(frame).encode(x=x)
    y = alt.Y("converted:Q", title="share that converts", axis=alt.Axis(format=".0%"), scale=alt.Scale(domainMin=0))
    line = {"color": EXPECTED, "strokeWidth": 2, "strokeDash": [5, 3]}
    expected = base.transform_filter(alt.datum.leads == "after").mark_line(
        **line, point=alt.OverlayMarkDef(color=EXPECTED, size=30)
    )
    chart = alt.layer(
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(y=alt.Y("low:Q", title=None), y2="high:Q", color=_colour()),
        base.mark_line(strokeWidth=1, point=alt.OverlayMarkDef(size=50)).encode(y=y, color=_colour()),
        expected.encode(y=alt.Y("expected:Q", title=None)),
    )
    said = "bars: 95 % interval; dashed: what was expected of recent leads"
    title = alt.TitleParams("The share that converts", subtitle=said)
    return dressed(chart.properties(width=560, height=280, title=title))


def _rate(period: Period, leads: str) -> dict[str, object]:
    return {
        "leads": leads,
        "month": period.name,
        "begins": period.begins,
        "converted": period.converted,
        "low": period.low,
        "high": period.high,
        "expected": period.expected,
    }


def nothing_yet(title: str) -> alt.TopLevelMixin:
    """Stands where outcomes would be drawn, had any horizon passed."""
    said = alt.Chart(pd.DataFrame({"said": ["no horizon has passed yet"]})).mark_text(color=FAINT, fontSize=14)
    return dressed(said.encode(text="said:N").properties(width=420, height=120, title=title))

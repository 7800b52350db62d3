"""How all pictures look: one colour for each prediction wherever it stands, and the blend in front."""

from collections.abc import Iterable

import altair as alt

BLEND = "blend"
INK, FAINT = "#333333", "#999999"
# Okabe and Ito's colours, which people with any colour vision tell apart (jfly.uni-koeln.de/color, 2008).
COLOURS = {
    BLEND: "#0072B2",
    "rules only": "#E69F00",
    "model only": "#009E73",
    "naive Bayes": "#CC79A7",
    "logistic regression": "#56B4E9",
    "gradient boosting": "#D55E00",
}
OTHERS = ("#000000", "#8C6BB1", "#A6761D", "#666666")  # for predictions of other names
PERCENT = alt.Axis(format=".0%", grid=False)


def coloured(predictions: Iterable[str], title: str | None = None) -> alt.Color:
    """The colour of each prediction, the blend first in the legend."""
    names = sorted(predictions, key=lambda name: list(COLOURS).index(name) if name in COLOURS else len(COLOURS))
    strangers = iter(OTHERS * len(names))
    colours = [COLOURS.get(name) or next(strangers) for name in names]
    scale = alt.Scale(domain=names, range=colours)
    return alt.Color(
        "prediction:N", title=title, scale=scale, legend=alt.Legend(symbolType="stroke", symbolStrokeWidth=3)
    )


def in_front(leading: str) -> tuple[alt.Predicate, alt.Predicate]:
    """Which rows are of the leading prediction, and which of the others."""
    return alt.datum.prediction == leading, alt.datum.prediction != leading


def leading_of(predictions: Iterable[str]) -> str:
    """The prediction that stands in front: the blend, or the first where there is none."""
    names = list(predictions)
    return BLEND if BLEND in names else names[0]


def dressed(chart: alt.TopLevelMixin) -> alt.TopLevelMixin:
    """The chart with the look of all of them; to be called once, on the whole."""
    plain = {"titleFontWeight": "normal", "titleColor": INK, "labelColor": INK}
    lines = {"domainColor": FAINT, "tickColor": FAINT, "gridColor": "#EEEEEE", "titlePadding": 8}
    chart = chart.configure_view(stroke=None).configure_axis(**plain, **lines)
    chart = chart.configure_title(anchor="start", fontSize=14, subtitleColor="#666666", offset=10)
    return chart.configure_legend(labelColor=INK, titleColor=INK, symbolOpacity=1)

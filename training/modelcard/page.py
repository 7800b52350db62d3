"""The page of a model card: self-contained HTML; nothing in it is fetched from anywhere."""

import base64
import io
from functools import cache

import altair as alt
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from features.describe import number_words
from training.modelcard.content import Content
from training.scorecard import encode


def page(content: Content) -> str:
    """The HTML of a card. Whatever comes from data or configuration is escaped."""
    return _template().render(
        c=content,
        card=content.card,
        history=content.card.history,
        horizon=number_words(content.agreement.conversion.horizon_days),
        checksum=encode(content.card).split(b'"', 4)[3].decode(),
        picture=_picture,
    )


@cache
def _template() -> Template:
    loader = PackageLoader("training", "modelcard")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("page.html")


def _picture(chart: alt.TopLevelMixin) -> str:
    """A chart as an SVG image within the page; as an image it shares neither names nor scripts with the page."""
    text = io.StringIO()
    chart.save(text, format="svg")
    return "data:image/svg+xml;base64," + base64.b64encode(text.getvalue().encode()).decode()

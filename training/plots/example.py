"""A worked example of the agreement, scored: a picture of one lead that shows nobody's data."""

from typing import Any

import altair as alt

from features.agreement import Example
from features.catalog import Value
from features.describe import value_words
from features.loading import EXAMPLE_MOMENT, example_lead
from features.reference import Reader
from training.additive import AdditiveScorer
from training.plots.waterfall import waterfall_chart
from training.scorecard import Scorecard


def example_chart(card: Scorecard, example: Example) -> alt.TopLevelMixin:
    """The waterfall of the lead of a worked example, by a scorecard."""
    return waterfall_chart(example_answer(card, example))


def example_answer(card: Scorecard, example: Example) -> dict[str, Any]:
    """What ``waterfall_chart`` reads of an answer, for the lead of a worked example at its moment."""
    reader = Reader(card.features, card.missing_values, card.agreement)
    values = reader.read(example_lead(example), EXAMPLE_MOMENT)
    scored = AdditiveScorer(card).one(values)
    of_facts = zip(card.features, values, scored.agreed, scored.learned, scored.points, strict=True)
    terms = [
        {"fact": f.name, "text": f"{f.label}: {_words(value)}", "agreed": agreed, "learned": learned, "points": points}
        for f, value, agreed, learned, points in of_facts
    ]
    if scored.cut:
        said = "cut to the agreed range"
        terms.append({"fact": "bounds", "text": said, "agreed": 0.0, "learned": 0.0, "points": scored.cut})
    return {
        "lead_id": f"'{example.name}'",
        "score": scored.score,
        "base": scored.base,
        "weight_of_history": card.weight_of_history,
        "terms": terms,
    }


def _words(value: Value) -> str:
    return value_words(round(value, 2) if isinstance(value, float) else value)

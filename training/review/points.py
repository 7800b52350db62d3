"""The agreement against history: agreed and learned points side by side, value by value."""

import pandas as pd

from training.additive import AdditiveScorer
from training.scorecard import Scorecard


def points_by_value(card: Scorecard) -> pd.DataFrame:
    """One row per fact and value that the agreement or history tells apart.

    Columns: kind, fact, value (text; ``unknown`` where nothing is known; for ranges where it begins), agreed,
    learned and counted points.
    """
    scorer = AdditiveScorer(card)
    rows = []
    for i, feature in enumerate(card.features):
        for value in dict.fromkeys([feature.nothing, *scorer.telling_values(i)]):
            agreed, learned, counted = scorer.terms_of(i, value)
            shown = "unknown" if value is None else f"{value:g}" if isinstance(value, float) else value
            rows.append((feature.kind, feature.label, shown, agreed, learned, counted))
    return pd.DataFrame(rows, columns=["kind", "fact", "value", "agreed", "learned", "counted"])

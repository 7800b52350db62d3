"""The registered model with one column more, ``terms``: what ``POST /v1/score`` answers as ``terms[].points``."""

from typing import Any

import pandas as pd
from mlflow.models import set_model

from features.columns import columns_of
from training.mlflow_model import ScorecardModel, _lead
from training.reading import profiles


class ScorecardWithTerms(ScorecardModel):
    """Scores frames of leads, and gives the points of every fact."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        """Score each row."""
        facts = self.scorer.card.features
        rows = (self.reader.read(*_lead(i, p)) for i, p in enumerate(profiles(model_input)))
        many = self.scorer.many(columns_of(facts, rows), terms=True)
        names = [f.name for f in facts]
        terms = [dict(zip(names, points, strict=True)) for points in many.points.tolist()]
        scores = {"score": many.score, "probability": many.probability, "agreed_score": many.agreed_score}
        return pd.DataFrame(scores | {"terms": terms}, index=model_input.index)


set_model(ScorecardWithTerms())

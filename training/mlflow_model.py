"""The scorecard as an MLflow model "from code": no pickle, only this file and the scorecard's JSON.

Input: one row a lead with its profile columns; optionally ``events`` (a JSON list of events as in
``POST /v1/score``) and ``as_of`` (ISO 8601). Output: score, probability and agreed score.
"""

import json
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import set_model

from features.columns import columns_of
from features.moments import moment, now
from features.reference import Reader
from features.tables import Event, Lead
from training.additive import AdditiveScorer
from training.reading import profiles
from training.scorecard import load


class ScorecardModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Scores frames of leads with the scorecard that was logged beside it."""

    def load_context(self, context: Any) -> None:
        """Load the scorecard; raises ScorecardError when it was changed."""
        card = load(Path(context.artifacts["scorecard"]))
        self.scorer = AdditiveScorer(card)
        self.reader = Reader(card.features, card.missing_values, card.agreement)

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002
        """Score each row."""
        rows = (self.reader.read(*_lead(i, p)) for i, p in enumerate(profiles(model_input)))
        many = self.scorer.many(columns_of(self.scorer.card.features, rows), terms=False)
        scores = {"score": many.score, "probability": many.probability, "agreed_score": many.agreed_score}
        return pd.DataFrame(scores, index=model_input.index)


def _lead(row: int, profile: dict[str, Any]) -> tuple[Lead, int]:
    events = json.loads(profile.pop("events", None) or "[]")
    as_of = profile.pop("as_of", None)
    known = tuple(Event(e["type"], moment(e["at"]), e.get("properties") or {}, e.get("event_id")) for e in events)
    return Lead(str(row), profile, known), moment(as_of) if as_of else now()


set_model(ScorecardModel())

"""The boosting machine as its library makes it, to compare with."""

from interpret.glassbox import ExplainableBoostingClassifier

from training.config import Learner
from training.dataset import Dataset


def boosted(data: Dataset, settings: Learner) -> ExplainableBoostingClassifier:
    """Main effects only, fitted on the facts as a frame."""
    model = ExplainableBoostingClassifier(
        feature_names=[f.name for f in data.features],
        feature_types=["continuous" if f.type == "number" else "nominal" for f in data.features],
        interactions=0,
        outer_bags=settings.bags,
        random_state=settings.seed,
        n_jobs=1,
    )
    return model.fit(data.frame(), data.converted)

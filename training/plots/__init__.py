"""Pictures, in Altair: the same in notebooks, in reports and as files."""

from training.plots.backtest import backtest_chart
from training.plots.calibration import calibration_chart
from training.plots.drift import base_rate_chart, fact_drift_chart, score_drift_chart
from training.plots.example import example_chart
from training.plots.gains import gains_chart
from training.plots.learning import learning_curve_chart
from training.plots.points import points_chart
from training.plots.review import review_chart, threshold_chart
from training.plots.scores import score_chart
from training.plots.waterfall import waterfall_chart

__all__ = [
    "backtest_chart",
    "base_rate_chart",
    "calibration_chart",
    "example_chart",
    "fact_drift_chart",
    "gains_chart",
    "learning_curve_chart",
    "points_chart",
    "review_chart",
    "score_chart",
    "score_drift_chart",
    "threshold_chart",
    "waterfall_chart",
]

"""Pictures, in Altair: the same in notebooks, in reports and as files."""

from training.plots.backtest import backtest_chart
from training.plots.calibration import calibration_chart
from training.plots.gains import gains_chart
from training.plots.points import points_chart
from training.plots.scores import score_chart

__all__ = ["backtest_chart", "calibration_chart", "gains_chart", "points_chart", "score_chart"]

"""At which score a stage should begin: by what sales can work, or by what a lead costs and a conversion is worth.

later       leads that came after those learned from, each once, by its best score
table       what would come through thresholds: how many a month, how many of them convert, how many conversions
choice      the threshold for a capacity, or for a cost and a value
"""

from training.thresholds.choice import Choice, threshold_for_capacity, threshold_for_value
from training.thresholds.later import LaterLeads, later_leads
from training.thresholds.table import threshold_table

__all__ = [
    "Choice",
    "LaterLeads",
    "later_leads",
    "threshold_for_capacity",
    "threshold_for_value",
    "threshold_table",
]

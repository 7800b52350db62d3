"""A break of the base rate: when the latest outcomes lie outside what the level has done before, follow them.

Walking forward, each stretch is predicted from what came before it, and misses the level by so many log-odds. Such
misses come and go with seasons and campaigns, and following each would make things worse as often as better. So
the latest miss is followed only as far as it lies beyond the largest of the earlier ones, less what the final model
has taken up already.
"""

import numpy as np
from numpy.typing import NDArray

from training.learn.memory import Memory
from training.learn.mixture import centred_at

Floats = NDArray[np.float64]

PARTS = 12  # of the rows walked over, the last of which is the latest
FEWEST = 20  # rows that convert, or would not, in the latest part


def level_shift(memory: Memory, log_odds: Floats) -> float:
    """Log-odds to add to a model's intercept; 0 in quiet times and where too little is known.

    log_odds: (n,) the final model's, on all rows
    """
    if not len(memory.rows):
        return 0.0
    parts = np.array_split(np.arange(len(memory.rows)), PARTS)
    won = float(memory.converted[parts[-1]].sum())
    if min(won, len(parts[-1]) - won) < FEWEST:
        return 0.0
    misses = np.array([_miss(memory.log_odds[p], memory.converted[p], memory.weights[p]) for p in parts])
    left = misses[-1] - float(np.mean(log_odds[memory.before] - memory.earlier))
    usual = float(np.abs(misses[:-1]).max())
    return float(np.sign(left) * max(abs(left) - usual, 0.0))


def _miss(log_odds: Floats, converted: Floats, weights: Floats) -> float:
    """The level that a part lies above what was predicted; half a lead of either kind keeps it finite."""
    share = np.r_[converted, 0.5]
    return centred_at(np.r_[log_odds, log_odds.mean()], share, np.r_[weights, weights.mean()])

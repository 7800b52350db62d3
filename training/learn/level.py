"""A break of the base rate: when the latest outcomes lie far from what was predicted of them, follow them.

Walking forward, each stretch is predicted from what came before it, and misses the level by so many log-odds. Small
misses come and go with seasons and campaigns, and following each would make things worse as often as better; a
large one is a new time. So the latest miss, less what the final model has taken up already, is shrunken as the
positive-part rule of James and Stein (1961) does, by the size of misses that do not last: twice the odds.

    shift = miss * max(0, 1 - (log 2 / miss)^2)
"""

from math import log

import numpy as np
from numpy.typing import NDArray

from training.learn.memory import Memory
from training.learn.mixture import centred_at

Floats = NDArray[np.float64]

PARTS = 12  # of the rows walked over, the last of which is the latest
FEWEST = 20  # rows that convert, or would not, in the latest part
PASSING = log(2)  # log-odds: a miss of this size is taken for one that does not last


def level_shift(memory: Memory, log_odds: Floats) -> float:
    """Log-odds to add to a model's intercept; 0 in quiet times and where too little is known.

    log_odds: (n,) the final model's, on all rows
    """
    if not len(memory.rows):
        return 0.0
    last = np.array_split(np.arange(len(memory.rows)), PARTS)[-1]
    won = float(memory.converted[last].sum())
    if min(won, len(last) - won) < FEWEST:
        return 0.0
    miss = _miss(memory.log_odds[last], memory.converted[last], memory.weights[last])
    left = miss - float(np.mean(log_odds[memory.before] - memory.earlier))
    return shrunken(left)


def shrunken(miss: float) -> float:
    """How far a miss is followed.

    >>> [round(shrunken(m), 2) for m in (0.5, -1.0, 2.0)]
    [0.0, -0.52, 1.76]
    """
    return 0.0 if abs(miss) <= PASSING else miss * (1 - (PASSING / miss) ** 2)


def _miss(log_odds: Floats, converted: Floats, weights: Floats) -> float:
    """The level that a part lies above what was predicted; half a lead of either kind keeps it finite."""
    share = np.r_[converted, 0.5]
    return centred_at(np.r_[log_odds, log_odds.mean()], share, np.r_[weights, weights.mean()])

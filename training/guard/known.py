"""What is known of the training leads: their outcomes, and their order in time, so that like is compared with like."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from training.guard.evidence import Bools, Floats, Ints

BLOCK = 50  # leads


@dataclass(frozen=True)
class Known:
    """Of n leads in order of time.

    converted: (n,) 0 or 1; when: (n,) the order in time
    moments: whether ``when`` is in microseconds since 1970
    """

    converted: Ints
    when: Floats
    moments: bool = False

    def take(self, rows: Bools) -> "Known":
        """Those of some leads only."""
        return Known(self.converted[rows], self.when[rows], self.moments)

    @cached_property
    def block(self) -> Ints:
        """(n,) which leads are of the same time: the same moment (a day), or 50 in a row where most moments differ."""
        same = np.cumsum(np.append(False, self.when[1:] != self.when[:-1]))
        many_a_moment = len(same) > 5 * (same[-1] + 1)
        return same.astype(np.int64) if many_a_moment else np.arange(len(same)) // BLOCK

    def rank_within(self, score: Floats) -> Floats:
        """Where each lead stands among those of its time: above 0, up to 1; NaN where the score is."""
        return np.asarray(pd.Series(score).groupby(self.block).rank(pct=True), dtype=np.float64)

    def auc_within(self, score: Floats) -> tuple[float, float]:
        """The AUC over pairs of leads of the same time, and how many standard errors of chance it is above .5.

        Wilcoxon's statistic summed over blocks (van Elteren, Bulletin of the ISI 37, 1960), ties counted half.
        """
        ranks = pd.Series(score).groupby(self.block).rank().to_numpy()
        size = np.bincount(self.block).astype(np.float64)
        won = np.bincount(self.block, weights=self.converted, minlength=len(size))
        above = np.bincount(self.block, weights=ranks * self.converted, minlength=len(size)) - won * (won + 1) / 2
        pairs = won * (size - won)
        if not pairs.sum():
            return 0.5, 0.0
        error = np.sqrt((pairs * (size + 1) / 12).sum())
        return float(above.sum() / pairs.sum()), float((above.sum() - pairs.sum() / 2) / error)

"""Retraining walked forward: the last 30 % in six blocks, learned anew before each from all that came before it.

Bank Marketing without the clocks that the guard names, as a run would have it.
"""

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from figures import Figure, at_least, at_most
from rivals_data import SETS, Opened, opened

from training.additive import AdditiveScorer
from training.fitting import fit_scorecard
from training.guard.guard import inspect
from training.measures import Measures, measure

BLOCKS, SHARE = 6, 0.7


def run() -> list[Figure]:
    """Walk over the two sets."""
    figures = []
    by_name = {s.name: s for s in SETS}
    with TemporaryDirectory() as folder:
        found = opened(by_name["xeducation"], Path(folder))
        if found is not None:
            m = _walked(found)
            figures += [
                at_least("xeducation, retrained: pooled AUC", m.auc, "", 0.902),
                at_most("xeducation, retrained: log loss", m.log_loss, "nats", 0.390),
                at_most("xeducation, retrained: calibration error", m.calibration_error, "", 0.03),
            ]
        bank = opened(by_name["bank_additional"], Path(folder))
        if bank is not None:
            named = list(inspect(*bank.data.split(SHARE), bank.config).unanswered)
            without = opened(by_name["bank_additional"], Path(folder), without=named)
            m = _walked(without or bank)
            figures += [
                Figure("bank_additional, retrained: pooled AUC", m.auc, ""),
                at_most("bank_additional, retrained: log loss", m.log_loss, "nats", 0.485),
                at_most("bank_additional, retrained: calibration error", m.calibration_error, "", 0.05),
            ]
    return figures


def _walked(found: Opened) -> Measures:
    data = found.data
    edges = np.linspace(int(SHARE * len(data)), len(data), BLOCKS + 1).astype(int)
    predictions = []
    for start, end in itertools.pairwise(edges):
        before, block = data.take(np.arange(start)), data.take(np.arange(start, end))
        card = fit_scorecard(found.config.name, before, found.agreement, found.config.learner).blend
        predictions.append(AdditiveScorer(card).many(block.columns).probability)
        print(f"   {found.config.name}: {start} rows train, {end - start} test", flush=True)
    return measure(data.converted[edges[0] :], np.concatenate(predictions))

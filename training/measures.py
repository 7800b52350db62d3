"""How good probabilities are, out of time: the measures of one set of predictions.

No measure depends on the order of the rows: where probabilities are equal, each row gets what the rows of that
probability get on average.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.tallies import Ranked, Tallies

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOP = 0.1  # the share of leads that sales works, where nothing is said
GROUPS = 10  # of the calibration error
MOST_PERIODS = 10  # that rows are cut into where no dates tell the months
SMALLER_IS_BETTER = frozenset({"log_loss", "brier", "brier_calibration", "brier_refinement", "calibration_error"})


class Measures(NamedTuple):
    """Measures of one set of predictions on the same rows.

    auc: area under the ROC curve, all periods pooled
    auc_within: the share of the pairs *of the same period* in the right order, so that telling good months from bad
    ones does not count; the mean of the periods' AUCs, weighted by their pairs; None where no periods were given, or
    none has both outcomes
    pr_auc: average precision, the area under the precision-recall curve; chance gives the share that converts
    log_loss: nats a lead; brier: mean squared error of the probability
    brier_calibration: the part of ``brier`` that better calibration would save: the score minus that of the same
    order with the best calibration (isotonic regression; Dimitriadis, Gneiting and Jordan, PNAS 118, 2021)
    brier_refinement: the rest: what is left with that calibration, because leads are not told apart
    capture: the share of all conversions that sales meets if it works the best of each period (of all, where no
    periods were given), as many as it has the capacity for
    lift: share converted among those, over the share overall
    calibration_error: mean absolute gap between predicted and observed share over ten groups of equal size
    timing_auc: AUC on the rows of leads that convert at any time; None where it cannot be measured

    What needs both outcomes is NaN where there is only one.
    """

    auc: float
    auc_within: float | None
    pr_auc: float
    log_loss: float
    brier: float
    brier_calibration: float
    brier_refinement: float
    lift: float
    capture: float
    calibration_error: float
    timing_auc: float | None = None


def measure(
    converted: Ints,
    probability: Floats,
    converts_ever: NDArray[np.bool_] | None = None,
    *,
    periods: Ints | None = None,
    top: float = TOP,
) -> Measures:
    """Compute all measures; (n,) outcomes of both kinds and (n,) probabilities.

    converts_ever: (n,) whether a row's lead converts at any time; without it there is no ``timing_auc``
    periods: (n,) which period a row is of; without it there is no ``auc_within``
    top: the share of leads that sales works, best first

    >>> measure(np.array([0, 1]), np.array([0.25, 0.75])).brier
    0.0625
    """
    tallies = Ranked.of(converted, probability).once()
    within = None if periods is None else Ranked.of(converted, probability, periods).once()
    auc_within = None if within is None else float(within.auc()[0])
    found = {what: float(values[0]) for what, values in measures_of(tallies, within, top).items()}
    refinement = float(tallies.refinement()[0])
    timing = None
    if converts_ever is not None:
        timing = float(Ranked.of(converted[converts_ever], probability[converts_ever]).once().auc()[0])
    return Measures(
        **found,
        auc_within=auc_within if auc_within == auc_within else None,
        brier_calibration=found["brier"] - refinement,
        brier_refinement=refinement,
        calibration_error=float(np.abs(tallies.gaps(GROUPS)).sum()),
        timing_auc=timing,
    )


def measures_of(tallies: Tallies, within: Tallies | None, top: float) -> dict[str, Floats]:
    """What each draw's measures are, by name, (r,) each; ``within``: the same rows counted by period."""
    capture = (tallies if within is None else within).capture(top)
    return {
        "auc": tallies.auc(),
        "pr_auc": tallies.pr_auc(),
        "log_loss": tallies.log_loss(),
        "brier": tallies.brier(),
        "lift": capture / top,
        "capture": capture,
    }


def periods_of(when: Floats, *, dated: bool) -> Ints:
    """The period of each row, (n,): the calendar month (UTC) where ``when`` is a date, else the tenth in time.

    when: (n,) microseconds since 1970, or any numbers in order of time

    >>> periods_of(np.arange(4.0), dated=False).tolist()
    [0, 2, 5, 7]
    """
    if dated:
        return when.astype(np.int64).astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    earlier = np.searchsorted(np.sort(when), when, "left")  # rows of the same moment are of the same period
    return np.asarray(earlier * MOST_PERIODS // len(when), dtype=np.int64)

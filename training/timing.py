"""Whether a model tells *when* leads convert, or only *who* converts at all.

Where the leads that convert come from one sample and the others from another, anything that tells the samples
apart gives a high AUC, and says nothing about timing. Among the leads that convert at any time, the samples are
no longer there to be told apart: what is left is whether a conversion comes within the horizon or after it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.dataset import Dataset

Floats = NDArray[np.float64]
FEW = 30  # leads of either kind; below it the interval is about as wide as the question
Z = 1.96  # of a 95 % interval


class Auc(NamedTuple):
    """An AUC with its 95 % interval."""

    auc: float
    low: float
    high: float


class Timing(NamedTuple):
    """The AUC on all rows of a part, and on the rows of leads that convert at any time.

    among_converters: None where it cannot be measured
    within, after: how many leads that convert at any time have a row whose horizon holds the conversion, and one
    whose horizon does not
    knows_when: whether the data say when leads convert; a flat export does not
    """

    whole: Auc
    among_converters: Auc | None
    within: int
    after: int
    knows_when: bool

    @property
    def parted(self) -> bool:
        """Whether the model tells who converts, but not, or hardly, when.

        The whole AUC is surely above 0.5, and the AUC among converters is surely below the whole and either not
        surely above 0.5, or surely nearer to 0.5 than to the whole. "Surely" is by the 95 % interval.
        """
        among = self.among_converters
        if among is None or self.whole.low <= 0.5 or among.high >= self.whole.auc:
            return False
        return among.low <= 0.5 or among.high < (0.5 + self.whole.auc) / 2

    @property
    def sentence(self) -> str:
        """What was found, for people."""
        among = self.among_converters
        if not self.knows_when:
            return "A flat export does not say when leads convert, so whether the model tells when cannot be measured."
        if among is None:
            counts = f"{self.within} do so within the horizon and {self.after} after it; {FEW} of either are needed."
            return f"Whether the model tells when cannot be measured: of the later leads that convert, {counts}"
        numbers = f"{among.auc:.2f} ({among.low:.2f} to {among.high:.2f}; whole: {self.whole.auc:.2f})"
        found = f"Among leads that convert at all, the AUC is {numbers}"
        if not self.parted:
            return f"{found}."
        if among.low <= 0.5:
            return f"{found}: the model tells converters from others; nothing shows that it tells when."
        return f"{found}: the model tells converters from others far better than it tells when."


def timing(data: Dataset, probability: Floats) -> Timing:
    """Measure predictions of a part, (n,), on all rows and among the leads that convert at any time."""
    _, whose = data.leads()
    ever, won = data.converts_ever, data.converted == 1
    within, after = (len(np.unique(whose[ever & side])) for side in (won, ~won))
    knows_when = data.horizon > 0
    among = None
    if knows_when and min(within, after) >= FEW:
        among = auc_of_leads(data.converted[ever], probability[ever], whose[ever])
    return Timing(auc_of_leads(data.converted, probability, whose), among, within, after, knows_when)


def auc_of_leads(converted: NDArray[np.int64], probability: Floats, whose: NDArray[np.intp]) -> Auc:
    """The AUC of (n,) rows with an interval that knows that the rows of a lead are not independent.

    An AUC is the mean over pairs of a row that converted and one that did not. Each lead's rows pull it up or
    down by their share in its pairs; the variance is that of the leads' pulls (Obuchowski, Biometrics 53, 1997;
    with one row a lead nearly that of DeLong, Biometrics 44, 1988). For example, two leads that converted with
    .9 and .4 and two that did not with .5 and .1 have 3 of 4 pairs in order:

    >>> auc_of_leads(np.array([1, 1, 0, 0]), np.array([0.9, 0.4, 0.5, 0.1]), np.arange(4)).auc
    0.75
    """
    won, lost = probability[converted == 1], probability[converted == 0]
    above, below = _shares_below(won, lost), 1 - _shares_below(lost, won)
    auc = float(above.mean())
    pull = np.empty(len(converted))
    pull[converted == 1] = (above - auc) / len(won)
    pull[converted == 0] = (below - auc) / len(lost)
    by_lead = np.bincount(whose, weights=pull)
    leads = len(np.unique(whose))
    error = float(np.sqrt((by_lead**2).sum() * leads / max(leads - 1, 1)))
    return Auc(auc, max(auc - Z * error, 0.0), min(auc + Z * error, 1.0))


def _shares_below(values: Floats, others: Floats) -> Floats:
    """For each value the share of the others that are below it, ties for half."""
    ordered = np.sort(others)
    low, high = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return np.asarray((low + high) / (2 * len(others)), dtype=np.float64)

"""Whether the probabilities of a version came true, once their horizon had passed."""

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import norm

from training.drift.finished import Finished
from training.drift.periods import share_of
from training.intervals import LEVEL, Interval, Rows, draws_for, judge
from training.measures import periods_of
from training.promotion.evidence import mean_of_leads
from training.promotion.verdict import FEWEST, LARGEST_ERROR, LARGEST_SHARE

Floats = NDArray[np.float64]

LARGEST_SLOPE = 1.5  # log-odds that should be so many times as far apart, or as near, no longer say what they seem to
SURELY = 1e-6  # how far from 0 and 1 a probability is taken to be
SERVED = "served"


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """How the probabilities of one version came true; intervals are by whole leads.

    predicted: their mean; converted: the share that did; bias: the mean probability minus it
    slope: of the outcome's log-odds on the given ones (Cox, Biometrika 45, 1958): below 1 they lie too far apart
    error: the mean gap between given and observed share over ten groups; auc: both None where too few leads tell
    tested_auc: what the version had on later leads when it was trained; None where that is not known
    current: whether it is the version that is watched; matters: it is, and its probabilities surely do not hold
    """

    version: str
    rows: int
    leads: int
    converted: Interval
    predicted: float
    bias: Interval
    slope: Interval | None
    error: Interval | None
    auc: Interval | None
    tested_auc: float | None
    current: bool
    matters: bool
    sentence: str


def calibrated(found: Finished, current: str, tested_auc: Mapping[str, float]) -> tuple[Calibrated, ...]:
    """Each version in ``found``, which holds at least one row, by its number.

    current: the version that is watched; if nothing of it has finished, the one that scored last is
    tested_auc: by version, where it is known
    """
    versions = np.unique(found.versions)
    watched = current if current in versions else str(found.versions[int(np.argmax(found.at))])
    order = sorted(versions.tolist(), key=lambda v: (not v.isdecimal(), int(v) if v.isdecimal() else 0, v))
    return tuple(_of_version(found, v, tested_auc.get(v), current=v == watched) for v in order)


def _of_version(found: Finished, version: str, tested_auc: float | None, *, current: bool) -> Calibrated:
    rows = np.flatnonzero(found.versions == version)
    p, converted = found.probability[rows], found.converted[rows]
    _, whose = np.unique(found.whose[rows], return_inverse=True)
    tells = min(len(np.unique(whose[converted == kind])) for kind in (0, 1)) >= FEWEST
    periods = periods_of(found.at[rows], dated=found.dated)
    judged = judge(Rows(converted, whose, periods), {SERVED: p}, draws=draws_for(len(rows))) if tells else None
    made = Calibrated(
        version=version,
        rows=len(rows),
        leads=len(np.unique(whose)),
        converted=share_of(converted, whose),
        predicted=float(p.mean()),
        bias=mean_of_leads(p - converted, whose),
        slope=slope_of(p, converted, whose) if tells else None,
        error=judged.interval(SERVED, "calibration_error") if judged else None,
        auc=judged.interval(SERVED, "auc") if judged else None,
        tested_auc=tested_auc,
        current=current,
        matters=False,
        sentence="",
    )
    said = _wrong(made)
    return msgspec.structs.replace(made, matters=current and bool(said), sentence=_sentence(made, said, found))


def slope_of(probability: Floats, converted: NDArray[np.int64], whose: NDArray[np.intp]) -> Interval | None:
    """The slope of the outcome's log-odds on the given ones, with its 95 % interval by whole leads.

    The interval is that of the robust variance (White, Econometrica 50, 1982), with leads as the clusters. None where
    all leads were given the same.
    """
    x = logit(np.clip(probability, SURELY, 1 - SURELY))
    if float(np.ptp(x)) < SURELY:
        return None
    design = np.column_stack([np.ones(len(x)), x])

    def loss(b: Floats) -> tuple[float, Floats]:
        z = design @ b
        return float((np.logaddexp(0, z) - converted * z).mean()), design.T @ (expit(z) - converted) / len(z)

    b = minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS", options={"gtol": 1e-8}).x
    p = expit(design @ b)
    by_lead = np.zeros((int(whose.max()) + 1, 2))
    np.add.at(by_lead, whose, design * (converted - p)[:, None])
    bread = np.linalg.inv((design * (p * (1 - p))[:, None]).T @ design)
    error = float(np.sqrt((bread @ (by_lead.T @ by_lead) @ bread)[1, 1]))
    half = float(norm.ppf((1 + LEVEL) / 2)) * error
    return Interval(float(b[1]), float(b[1]) - half, float(b[1]) + half)


def _wrong(made: Calibrated) -> list[str]:
    """What surely does not hold; nothing is said of few leads."""
    if made.error is None:
        return []
    largest, slope = min(LARGEST_ERROR, LARGEST_SHARE * made.converted.value), made.slope
    wrong = []
    if max(made.bias.low, -made.bias.high) > largest:
        wrong.append("their mean is off")
    elif made.error.low > largest:
        wrong.append("they are off within groups")
    if slope is not None and (slope.high < 1 / LARGEST_SLOPE or slope.low > LARGEST_SLOPE):
        wrong.append("they lie too far apart" if slope.value < 1 else "they lie too close together")
    return wrong


def _sentence(made: Calibrated, wrong: list[str], found: Finished) -> str:
    said = (
        f"Version {made.version}, {made.leads:,} leads: {100 * made.predicted:.1f} % given, "
        f"{100 * made.converted.value:.1f} % converted"
    )
    if made.error is None:
        return f"{said}: fewer than {FEWEST} leads of either outcome, too few to judge."
    slope = f", slope {made.slope:.2f}" if made.slope else ""
    said += f"; calibration error {made.error:.3f}{slope}, AUC {made.auc:.3f}"
    if made.tested_auc is not None:
        said += f" ({made.tested_auc:.3f} when it was tested)"
    kind = "probabilities" if found.served else "probabilities, computed again as of their moments,"
    return f"{said}. The {kind} do not hold: {' and '.join(wrong)}." if wrong else f"{said}. The {kind} hold."

"""The decision on a challenger, in words that say why."""

from enum import StrEnum

import msgspec

from features.agreement import Agreement
from training.promotion.evidence import Evidence, Side

FEWEST = 30  # leads that converted, and that did not; with fewer an interval of 95 % holds much less often
TOLERANCE = 0.01  # of the log loss of chance; a difference below it is one that nobody would notice
LARGEST_ERROR = 0.05  # calibration error; a probability of 20 % is then one of 15 % or 25 %
LARGEST_SHARE = 0.5  # of the share that converts: where few convert, .05 would allow anything


class Outcome(StrEnum):
    """What becomes of a challenger."""

    PROMOTE = "promote"
    REFUSE = "refuse"
    UNDECIDED = "undecided"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided and why; ``evidence`` is None where the two cannot be compared at all."""

    outcome: Outcome
    why: str
    evidence: Evidence | None = None


def decide(evidence: Evidence) -> Verdict:
    """Promote a challenger that is better, or surely not worse by more than the tolerance, and is calibrated.

    Better: the interval of the difference in log loss is below 0. Not worse: it is below the tolerance, which is 1 % of
    the log loss of chance (a test of non-inferiority). Worse: it is above 0, and not below the tolerance. All else is
    not decided. A challenger is refused whose calibration error, or whose mean, is surely off by more than 0.05 or half
    the share that converts, unless the champion's is too.
    """
    outcome, why = _too_few(evidence)
    if not why:
        outcome, why = _by_log_loss(evidence)
        off = _miscalibrated(evidence)
        if off:
            outcome, why = Outcome.REFUSE, f"{why}; and {off}" if outcome is Outcome.REFUSE else off
    return Verdict(outcome=outcome, why=why, evidence=evidence)


def _too_few(evidence: Evidence) -> tuple[Outcome, str]:
    won, lost = evidence.converted, evidence.leads - evidence.converted
    if min(won, lost) >= FEWEST:
        return Outcome.UNDECIDED, ""
    counted = f"{won} converted and {lost} did not, where {FEWEST} of either are needed"
    return Outcome.UNDECIDED, f"too few leads tell: {counted}. Wait until more have matured"


def _miscalibrated(evidence: Evidence) -> str:
    """That the challenger is, and the champion is not; empty where this is not so."""
    largest = min(LARGEST_ERROR, LARGEST_SHARE * evidence.converted / evidence.leads)

    def surely(side: Side) -> bool:
        return max(side.calibration_error.low, side.bias.low, -side.bias.high) > largest

    if not surely(evidence.challenger) or surely(evidence.champion):
        return ""
    side = evidence.challenger
    return (
        f"the challenger is miscalibrated: its probabilities are off by {side.calibration_error:.3f}, their mean by "
        f"{side.bias:+.3f}, surely more than the {largest:.3f} allowed; the champion's are not"
    )


def _by_log_loss(evidence: Evidence) -> tuple[Outcome, str]:
    d, tolerance = evidence.difference, TOLERANCE * evidence.chance
    if d.high < 0:
        lower = f"{-d.value:.4f} ({-d.high:.4f} to {-d.low:.4f})"
        return Outcome.PROMOTE, f"the challenger is better: its log loss is lower by {lower}"
    if d.high <= tolerance:
        allowed = f"{tolerance:.4f} would be allowed"
        return Outcome.PROMOTE, f"the challenger is not worse: its log loss differs by {d:+.4f}, and {allowed}"
    if d.low > 0:
        return Outcome.REFUSE, f"the challenger is worse: its log loss is higher by {d:.4f}"
    return Outcome.UNDECIDED, (
        f"the leads do not tell: the log loss differs by {d:+.4f}, so that the challenger may be worse by more than "
        f"the {tolerance:.4f} allowed. Wait until more leads have matured"
    )


def not_comparable(champion: Agreement, challenger: Agreement) -> str:
    """Why the probabilities of two agreements are not of the same thing; empty where they are."""
    a, b = champion.conversion, challenger.conversion
    if (a.stage, a.horizon_days) == (b.stage, b.horizon_days):
        return ""
    meant = [f"'{c.stage} within {c.horizon_days:g} days'" for c in (a, b)]
    return f"the two predict different things, {meant[0]} and {meant[1]}, so that no leads can compare them"

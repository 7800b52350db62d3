"""What a decision on a version is to a script: exit codes beside those of ``serving.cli``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.promotion.promote import Promotion

NOTHING_NEW, REFUSED, UNDECIDED, BUSY = 10, 11, 12, 13


def exit_code(found: "Promotion") -> int:
    """0 promoted, 10 nothing to decide on, 11 refused, 12 the leads do not tell, or the decision was held back."""
    if found.promoted:
        return 0
    if found.verdict is None:
        return NOTHING_NEW
    return REFUSED if found.verdict.outcome == "refuse" else UNDECIDED

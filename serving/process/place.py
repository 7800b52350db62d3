"""Where a lead stands in the process of one agreement."""

from typing import NamedTuple

from features.sendback import SentBack
from features.snapshots import LOST


class Place(NamedTuple):
    """The stage a lead is in, since when, and what happened to it before.

    assigned_to: the person who took it; empty when nobody has
    """

    stage: str
    since: int
    assigned_to: str = ""
    sent_back: SentBack | None = None

    @property
    def lost(self) -> bool:
        """Whether it was given up."""
        return self.stage == LOST

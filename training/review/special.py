"""Exclusions and fast-tracks that never hit a lead, or nearly every one."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.agreement import Agreement, Exclusion
from features.columns import Column
from features.points import holds
from features.stages_many import holding
from training.review.verdicts import Often, often


class Hits(NamedTuple):
    """How many of ``leads_in_all`` leads an exclusion or a fast-track hits."""

    kind: Literal["exclusion", "fast-track"]
    name: str
    leads: int
    leads_in_all: int

    @property
    def fires(self) -> Often:
        """How often it hits."""
        return often(self.leads, self.leads_in_all)

    @property
    def sentence(self) -> str:
        """It in words."""
        many = "no lead" if not self.leads else f"{self.leads:,} of {self.leads_in_all:,} leads"
        return f"The {self.kind} '{self.name}' hits {many} whose outcome is known."


def hits_of(agreement: Agreement, asked: Sequence[Column], whose: NDArray[np.intp]) -> list[Hits]:
    """Count them; asked: what they read of n rows, first (``read_asked``); whose: (n,) the lead of each row."""
    tests = [*agreement.exclusions, *agreement.fast_tracks]
    leads = int(whose.max()) + 1
    return [
        Hits(
            "exclusion" if isinstance(test, Exclusion) else "fast-track",
            test.name,
            len(np.unique(whose[holding(holds(test.when), column)])),
            leads,
        )
        for test, column in zip(tests, asked, strict=False)  # what stages require stands behind
    ]

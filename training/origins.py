"""Origins that roll forward in time: at each, what was known then, and the leads that came after."""

from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.errors import ConfigError
from features.moments import DAY
from training.dataset import Dataset

Window = Literal["expanding", "sliding"]
Positions = NDArray[np.intp]


class Origin(NamedTuple):
    """A moment at which a model is fitted anew: the rows that it may learn from, and those that it is tested on.

    at: the moment, in the data's ``when``; first_lead: how many leads were first seen before it
    """

    at: float
    first_lead: int
    train: Positions
    test: Positions


def origins(
    data: Dataset, blocks: int = 5, share: float = 0.5, *, gap: float | None = None, window: Window = "expanding"
) -> tuple[Origin, ...]:
    """Cut the last ``share`` of the leads, in order of time, into ``blocks`` of as many leads each.

    A lead belongs to the block in which it is first seen, with all its rows. At the beginning of each block,
    training rows are those of earlier leads whose outcome was known: at least ``gap`` of ``when`` before
    (default: the data's horizon). Later rows of earlier leads are in neither part.

    window: "expanding" learns from all that came before; "sliding" from as many leads as there were before the
    first block, the latest

    Raises ConfigError for a gap shorter than the horizon, or for more blocks than there are leads for.
    """
    wait = data.horizon if gap is None else gap
    if wait < data.horizon:
        what = "the gap is shorter than the horizon: outcomes would not have been known"
        raise ConfigError(what, where="--gap", do="leave it out, or give a longer one")
    first, whose = data.leads()
    before = len(first) - round(share * len(first))
    edges = before + np.round(np.linspace(0, len(first) - before, blocks + 1)).astype(int)
    if before < 1 or (np.diff(edges) < 1).any():
        got = f"{len(first)} leads, the last {share:.0%} of them in {blocks} blocks"
        raise ConfigError(
            "there are too few leads for the blocks", where="--blocks", got=got, do="ask for fewer blocks"
        )
    return tuple(
        _origin(
            data,
            first,
            whose,
            (int(begin), int(end)),
            oldest=int(begin) - before if window == "sliding" else 0,
            gap=wait,
        )
        for begin, end in pairwise(edges)
    )


def gap_of(data: Dataset, days: float | None) -> float | None:
    """So many days in the data's ``when``. Raises ConfigError where the leads have no dates.

    None stays None: the horizon.
    """
    if days is None or data.dated:
        return None if days is None else days * DAY
    if days == 0:
        return 0.0
    do = "leave it out, or name a column of dates under 'order'"
    raise ConfigError("the leads have no dates, so days cannot be counted", where="--gap", got=f"{days:g}", do=do)


def _origin(
    data: Dataset, first: Positions, whose: Positions, block: tuple[int, int], *, oldest: int, gap: float
) -> Origin:
    begin, end = block
    row = first[begin]
    at = float(data.when[row])
    known = data.when + gap <= at if gap else np.arange(len(data)) < row
    train = np.flatnonzero((whose >= oldest) & (whose < begin) & known)
    return Origin(at, begin, train, np.flatnonzero((whose >= begin) & (whose < end)))

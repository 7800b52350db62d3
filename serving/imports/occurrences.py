"""How often the same content came before in a file, with 8 bytes a row."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Digests = NDArray[np.uint64]


class Occurrences:
    """Counts the contents of one file, batch by batch; each is known by a digest of 64 bits.

    >>> seen = Occurrences()
    >>> seen.before([7, 8, 7]), seen.before([7])
    ([0, 0, 1], [2])
    """

    def __init__(self) -> None:
        self._runs: list[Digests] = []  # sorted, each at least twice as long as the next

    def before(self, digests: Sequence[int]) -> list[int]:
        """How often each came before: in earlier batches, and further up in this one."""
        new = np.array(digests, dtype=np.uint64)
        counts = np.zeros(len(new), dtype=np.int64)
        for run in self._runs:
            counts += np.searchsorted(run, new, "right") - np.searchsorted(run, new, "left")
        order = np.argsort(new, kind="stable")
        sorted_ = new[order]
        counts[order] += np.arange(len(new)) - np.searchsorted(sorted_, sorted_, "left")
        self._add(sorted_)
        found: list[int] = counts.tolist()
        return found

    def _add(self, run: Digests) -> None:
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)

"""The training rows as codes into tables, and what the tables of the shrunken model are shrunken to."""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.dataset import Dataset
from training.learn.bins import Bins, Rows, bins_of

Floats = NDArray[np.float64]

MANY_VALUES = 20  # texts of a fact from which on rare ones have parents
CLASSES = 7  # of frequency: 2 leads, 4, 8, ... 64 and more
_PART = re.compile(r"[/>|:._\-\s]+")


class Block(NamedTuple):
    """One group of coefficients with a common precision to be estimated.

    codes: (n,) which coefficient a row has; penalty: (k, k), the precision up to a factor
    table: the fact whose table it is part of; row_of: (table size,) which coefficient each row of the table has
    """

    codes: Rows
    penalty: Floats
    table: int
    row_of: Rows


@dataclass(frozen=True)
class Design:
    """n rows: per fact its bins and (n,) codes; the blocks of the shrunken model; (n,) outcomes and weights."""

    bins: tuple[Bins, ...]
    codes: tuple[Rows, ...]
    blocks: tuple[Block, ...]
    converted: Floats
    weights: Floats

    def __len__(self) -> int:
        return len(self.converted)

    def take(self, rows: Rows) -> "Design":
        """The rows at these positions, in the same bins."""
        blocks = tuple(b._replace(codes=b.codes[rows]) for b in self.blocks)
        codes = tuple(c[rows] for c in self.codes)
        return replace(self, codes=codes, blocks=blocks, converted=self.converted[rows], weights=self.weights[rows])


def design_of(data: Dataset, weights: Floats, *, converted: Floats | None = None, ranges: int | None = None) -> Design:
    """Cut the facts of a data set into bins.

    weights: (n,) of the rows; converted: shares in place of the outcomes, where some are late
    ranges: the most of a number; without it, as many as there are few numbers
    """
    _, whose = data.leads()
    bins = bins_of(data.columns, whose, ranges)
    codes = tuple(b.rows(f, c) for b, f, c in zip(bins, data.features, data.columns, strict=True))
    blocks = tuple(block for i, b in enumerate(bins) for block in _blocks(i, b, codes[i]))
    outcomes = data.converted.astype(np.float64) if converted is None else converted
    return Design(bins, codes, blocks, outcomes, weights)


def _blocks(table: int, bins: Bins, codes: Rows) -> list[Block]:
    each = np.arange(bins.size)
    if bins.is_number:
        return [Block(codes, _walk(bins.own, bins.size), table, each)]
    own = Block(codes, np.eye(bins.size), table, each)
    return [own, *(_parent(own, parents) for parents in _parents(bins, codes))]


def _walk(ranges: int, size: int) -> Floats:
    """Neighbouring ranges are alike: a random walk whose whole way is of order 1, slightly held to 0."""
    penalty = 0.05 * np.eye(size)
    penalty[ranges:, ranges:] = np.eye(size - ranges)
    if ranges > 1:
        steps = np.diff(np.eye(ranges), axis=0)
        penalty[:ranges, :ranges] += (ranges - 1) / 8 * steps.T @ steps
    return penalty


def _parent(own: Block, parents: Rows) -> Block:
    groups = int(parents.max()) + 1
    return Block(parents[own.codes], np.eye(groups), own.table, parents)


def _parents(bins: Bins, codes: Rows) -> list[Rows]:
    """What many-valued texts are shrunken to: texts about as frequent, and texts that begin with the same word."""
    if bins.own <= MANY_VALUES:
        return []
    frequent = np.bincount(codes, minlength=bins.size)
    classes = np.minimum(np.log2(np.maximum(frequent, 1)).astype(np.intp), CLASSES - 1)
    return [classes, *_families(bins)]


def _families(bins: Bins) -> list[Rows]:
    words = [_PART.split(v)[0] for v in bins.values]
    named = {word: i for i, word in enumerate(sorted({w for w in words if words.count(w) > 1}), start=1)}
    if not named or 2 * sum(w in named for w in words) < len(words):
        return []
    return [np.array([*(named.get(w, 0) for w in words), 0, 0], dtype=np.intp)]

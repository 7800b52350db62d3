"""Proved pairs as facts: declared like any other, with a table of points per named cell."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features import catalog
from features.catalog import Feature, Source
from features.pairs import pair_column
from training.dataset import Dataset
from training.learn.pairs import Pair

Floats = NDArray[np.float64]


class PairTable(NamedTuple):
    """A pair as a feature; ``scores``, ``deviations``: (values + 2,), its values, then unknown, then never seen."""

    feature: Feature
    values: tuple[str, ...]
    scores: Floats
    deviations: Floats


def pair_table(
    data: Dataset, codes: tuple[NDArray[np.intp], ...], pair: Pair, effects: tuple[Floats, Floats]
) -> PairTable:
    """Name the cells of a pair that occur in the data; ``effects``: of each cell, and their deviations."""
    one, two = data.features[pair.first], data.features[pair.second]
    declared = catalog.Pair(
        first=one.name, second=two.name, first_cuts=pair.grids[0].cuts, second_cuts=pair.grids[1].cuts
    )
    feature = Feature(
        name=_free(f"{one.name}_x_{two.name}", {f.name for f in data.features}),
        label=f"{one.label} × {two.label}",
        kind="interest" if "interest" in (one.kind, two.kind) else "fit",
        type="text",
        source=Source(pair=declared),
    )
    column = pair_column(declared, data.columns[pair.first], data.columns[pair.second])
    words, rows = np.unique(column.codes, return_index=True)
    cells = pair.cells([c[rows] for c in codes])
    named = pair.named[cells]
    of_word = dict(zip(words.tolist(), range(len(words)), strict=True))
    kept = [w for w in words.tolist() if w >= 0 and named[of_word[w]]]
    at = cells[np.array([of_word[w] for w in kept], dtype=np.intp)]
    unknown = cells[[of_word[-1]]] if -1 in of_word else cells[:0]
    effect, deviation = effects
    pad = np.zeros(2 - len(unknown))
    return PairTable(
        feature,
        tuple(column.words[w] for w in kept),
        np.r_[effect[at], effect[unknown], pad],
        np.r_[deviation[at], deviation[unknown], pad],
    )


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else _free(name + "_", taken)

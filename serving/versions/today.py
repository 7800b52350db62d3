"""How the scores of today's open leads lie beside those of the leads that the model learned from."""

from itertools import pairwise
from math import ceil
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, func, select

from serving.programs.service import InService
from serving.store.sample import one_in
from serving.store.schema import standings
from serving.versions.shapes import Scores

ENOUGH = 10_000  # leads
TOGETHER = 4  # of the 40 steps that are kept of the scores learned from


class Step(NamedTuple):
    """A range of scores, and the share of leads in it: of those learned from, and today."""

    low: float
    high: float
    learned: float
    today: float


def scores_today(connection: Connection, one: InService) -> tuple[list[float], int]:
    """The scores of open leads by what serves now, of very many a part; and how many there are."""
    c = standings.c
    mine = (c.program == one.program, c.open, c.checksum == one.checksum, c.score.is_not(None))
    total = connection.execute(select(func.count()).select_from(standings).where(*mine)).scalar_one()
    every = max(1, ceil(total / ENOUGH))
    asked = select(c.score).where(*mine, one_in(every, c.score_id))
    return list(connection.execute(asked).scalars()), total


def steps(kept: Scores, today: list[float]) -> list[Step]:
    """Both, in ten ranges; scores beyond the ends count in the first and the last one.

    >>> kept = Scores(edges=tuple(float(n) for n in range(41)), steps=(1,) * 40)
    >>> steps(kept, [-5.0, 39.0, 99.0])[-1]
    Step(low=36.0, high=40.0, learned=0.1, today=0.6666666666666666)
    """
    edges = kept.edges[::TOGETHER]
    learned = np.array(kept.steps, dtype=np.float64).reshape(-1, TOGETHER).sum(axis=1)
    counted, _ = np.histogram(np.clip(today, edges[0], edges[-1]), bins=np.array(edges))
    shares = [side / max(side.sum(), 1) for side in (learned, counted)]
    spans = pairwise(edges)
    return [Step(low, high, a, b) for (low, high), a, b in zip(spans, *(s.tolist() for s in shares), strict=True)]

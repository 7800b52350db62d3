"""What today's leads are by the facts of a scorecard, as their stored scores say: a sample, the same each time."""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, func, select

from features.catalog import Value
from serving.programs.service import InService
from serving.store.sample import one_in
from serving.store.schema import scores, standings

ENOUGH = 3_000  # leads; the mean of a fact's points is then known to a few per cent of their spread


class Seen(NamedTuple):
    """One value of a lead, with what it is worth by the agreement, by history, and in the score."""

    value: Value
    agreed: float
    learned: float
    counted: float


def seen_today(connection: Connection, one: InService, most: int = ENOUGH) -> list[list[Seen]]:
    """Per open lead, what its score was made of, in the order of the scorecard's features.

    Only scores of what serves now are read; of more than ``most`` leads a part.
    """
    s, c = standings.c, scores.c
    mine = (s.program == one.program, s.open, s.checksum == one.checksum)
    total = connection.execute(select(func.count()).select_from(standings).where(*mine)).scalar_one()
    every = max(1, ceil(total / most))
    asked = select(c.terms).join(standings, s.score_id == c.score_id).where(*mine, one_in(every, s.score_id))
    return [[Seen(*term) for term in orjson.loads(text)] for text in connection.execute(asked).scalars()]


def of_fact(seen: Sequence[Sequence[Seen]], index: int) -> list[Seen]:
    """What all these leads are by one fact."""
    return [lead[index] for lead in seen]

"""The main reason for each score of a list: of the stored terms, the one that adds most. Nothing is scored again."""

from collections.abc import Sequence, Set
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from features.catalog import Value
from serving.leads.replay import as_it_was
from serving.leads.standing import Standing
from serving.programs.service import InService
from serving.store.schema import scores
from serving.words.labels import labels_in
from serving.words.words import Words

OTHER_VERSIONS = 2  # scorecards beside the present one that are opened for one page


class Reason(NamedTuple):
    """A fact about the lead: what it is called, its value, and the points that counted."""

    label: str
    value: Value
    points: float


def main_reasons(
    connection: Connection, service: InService, standings: Sequence[Standing], words: Words
) -> dict[str, Reason]:
    """The main reason by lead; none where no fact adds a point, or the score's terms are no longer kept."""
    c, ids = scores.c, [s.score_id for s in standings if s.score_id is not None]
    if not ids:
        return {}
    rows = connection.execute(select(c.lead_id, c.checksum, c.terms).where(c.score_id.in_(ids))).all()
    labels = _labels(connection, service, {row.checksum for row in rows}, words)
    found = {row.lead_id: _largest(orjson.loads(row.terms), labels.get(row.checksum, ())) for row in rows}
    return {lead_id: reason for lead_id, reason in found.items() if reason is not None}


def _labels(connection: Connection, service: InService, versions: Set[str], words: Words) -> dict[str, Sequence[str]]:
    """What the facts of each scorecard are called, in its order."""
    others = sorted(versions - {service.checksum})[:OTHER_VERSIONS]
    cards = {checksum: as_it_was(connection, checksum, service.program).card for checksum in others}
    cards[service.checksum] = service.card
    return {checksum: list(labels_in(words, card.features).values()) for checksum, card in cards.items()}


def _largest(terms: Sequence[Sequence[Any]], labels: Sequence[str]) -> Reason | None:
    """Of terms ``[value, agreed, learned, points]``, in the order of the facts."""
    told = [Reason(label, term[0], term[3]) for label, term in zip(labels, terms, strict=False)]
    best = max(told, key=lambda reason: reason.points, default=None)
    return best if best is not None and best.points > 0 else None

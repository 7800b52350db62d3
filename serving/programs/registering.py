"""Keeps every scorecard that serves, so that its scores can be replayed, and holds it to the adopted agreement."""

from typing import NamedTuple

from sqlalchemy import Connection, select, update

from features.errors import AgreementError
from serving.programs.agreements import ADOPTED, adopted, adopted_hash, document_of
from serving.programs.fitting import fitting
from serving.programs.service import InService, in_service
from serving.store.database import Store
from serving.store.rows import insert_new
from serving.store.schema import agreements, scorecards
from training.scorecard import Scorecard, decode

START = "the first start"


def registered(store: Store, service: InService, now: int) -> InService:
    """Keep a scorecard before it serves, and give what serves: itself, or, under another agreement, what is carried.

    The first agreement of a program is adopted with its scorecard.

    Raises AgreementError when the scorecard's agreement was never adopted; StoreUnavailable.
    """
    ready = store.read(lambda connection: _made_ready(connection, service))

    def work(connection: Connection) -> None:
        hashed = adopted_hash(connection, ready.program)
        if hashed is None:
            insert_new(connection, agreements, _first(ready, now))
        elif hashed != ready.card.agreement_hash:
            what = "another agreement was adopted at this moment"
            raise AgreementError(what, got=ready.card.agreement_hash, allowed=hashed)
        keep_card(connection, ready, now)

    store.write(work)
    return ready


def _made_ready(connection: Connection, found: InService) -> InService:
    now = adopted(connection, found.program)
    card, renamed = fitting(connection, found.program, found.card), now.stages_renamed if now else {}
    return found if card is found.card and not renamed else in_service(found.program, card, renamed)


def keep_card(connection: Connection, service: InService, now: int) -> None:
    """Keep what begins to serve a program; nothing changes where it served already."""
    before = served(connection, service.program, 1)
    if before and before[0].checksum == service.checksum:
        return
    since = max(now, before[0].since + 1) if before else now
    if not insert_new(connection, scorecards, _row(service, since)):
        again = update(scorecards).where(scorecards.c.checksum == service.checksum)
        connection.execute(again.values(since=since))


class Served(NamedTuple):
    """A scorecard that serves, or did: since when it was the latest."""

    checksum: str
    model_version: str
    agreement_hash: str
    since: int


def served(connection: Connection, program: str, most: int) -> list[Served]:
    """What a program served, the latest first."""
    c = scorecards.c
    columns = select(c.checksum, c.model_version, c.agreement_hash, c.since).where(c.program == program)
    return [Served(*row) for row in connection.execute(columns.order_by(c.since.desc()).limit(most))]


def last_good(store: Store, program: str) -> InService | None:
    """What a program served last, to go on with while its file cannot be used; None before its first start.

    Raises AgreementError as ``fitting``; StoreUnavailable.
    """

    def work(connection: Connection) -> InService | None:
        found = last_card(connection, program)
        return _made_ready(connection, in_service(program, found)) if found else None

    return store.read(work)


def last_card(connection: Connection, program: str) -> Scorecard | None:
    """The scorecard that a program served last; None before its first start."""
    c = scorecards.c
    asked = select(c.checksum, c.document).where(c.program == program).order_by(c.since.desc()).limit(1)
    row = connection.execute(asked).one_or_none()
    return decode(row.document.encode(), row.checksum) if row else None


def _first(service: InService, now: int) -> dict[str, object]:
    agreement = service.agreement
    return {
        "program": service.program,
        "hash": service.card.agreement_hash,
        "name": agreement.agreement,
        "version": agreement.version,
        "document": document_of(agreement),
        "state": ADOPTED,
        "proposed_at": now,
        "proposed_by": START,
        "adopted_at": now,
        "adopted_by": START,
    }


def _row(service: InService, since: int) -> dict[str, object]:
    card = service.card
    return {
        "checksum": service.checksum,
        "program": service.program,
        "name": card.name,
        "model_version": card.model_version,
        "agreement_hash": card.agreement_hash,
        "document": service.document,
        "since": since,
    }

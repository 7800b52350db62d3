"""Keeps every scorecard that serves, so that its scores can be replayed, and holds it to the adopted agreement."""

import orjson
from sqlalchemy import Connection, select

from features.agreement import Agreement, said
from features.errors import AgreementError
from serving.programs.service import InService
from serving.store.database import Store
from serving.store.rows import insert_new
from serving.store.schema import agreements, scorecards

ADOPTED = "adopted"
START = "the first start"


def registered(store: Store, service: InService, now: int) -> None:
    """Keep a scorecard before it serves. The first agreement of a program is adopted with it.

    Raises AgreementError when another agreement than the scorecard's is adopted; StoreUnavailable.
    """

    def work(connection: Connection) -> None:
        adopted = adopted_hash(connection, service.program)
        mine = service.card.agreement_hash
        if adopted is None:
            insert_new(connection, agreements, _first(service, now))
        elif adopted != mine:
            what = f"the scorecard is of another agreement, version {service.agreement.version}, which is not adopted"
            do = "adopt that agreement (leadscore agreement adopt), or train with the adopted one"
            raise AgreementError(what, got=mine, allowed=adopted, do=do)
        insert_new(connection, scorecards, _row(service, now))

    store.write(work)


def adopted_hash(connection: Connection, program: str) -> str | None:
    """The hash of the agreement that a program works by; None before its first start."""
    c = agreements.c
    found: str | None = connection.execute(
        select(c.hash).where(c.program == program, c.state == ADOPTED)
    ).scalar_one_or_none()
    return found


def document_of(agreement: Agreement) -> str:
    """What an agreement says, as JSON by the keys of its file."""
    return orjson.dumps(said(agreement), default=str).decode()


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


def _row(service: InService, now: int) -> dict[str, object]:
    card = service.card
    return {
        "checksum": service.checksum,
        "name": card.name,
        "model_version": card.model_version,
        "agreement_hash": card.agreement_hash,
        "document": service.document,
        "since": now,
    }

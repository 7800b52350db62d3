"""A program for customers begins: who had converted before gets a place in it."""

from sqlalchemy import Connection, exists, select

from serving.leads.act import score_again
from serving.leads.due import BATCH
from serving.programs.programs import Programs
from serving.programs.service import CUSTOMERS, LEADS
from serving.store.database import Store
from serving.store.schema import standings


def welcome(store: Store, programs: Programs, now: int, most: int = BATCH) -> int:
    """Give converted leads their first stage and score among the customers; how many, at most ``most``.

    Who converts from then on gets it at once, so that an hourly look suffices. Raises StoreUnavailable.
    """
    if programs.customers is None:
        return 0
    ids = store.read(lambda connection: _not_welcomed(connection, programs, most))

    def work(connection: Connection) -> int:
        return sum(CUSTOMERS in score_again(connection, programs, i, now, "customer") for i in sorted(ids))

    return store.write(work) if ids else 0


def _not_welcomed(connection: Connection, programs: Programs, most: int) -> list[str]:
    c, other = standings.c, standings.alias()
    theirs = exists().where(other.c.lead_id == c.lead_id, other.c.program == CUSTOMERS)
    won = select(c.lead_id).where(c.program == LEADS, c.stage.in_(programs.leads.process.converted), ~theirs)
    return list(connection.execute(won.limit(most)).scalars())

"""Earlier contacts of the same company: who else there is or was a lead, and what became of them."""

from typing import NamedTuple

import orjson
from sqlalchemy import Connection, and_, func, select

from serving.leads.who import Who, who_is
from serving.store.schema import events, leads, standings

MOST = 10


class Contact(NamedTuple):
    """Another lead of the company. Moments; ``last_event_at``: None where it did nothing."""

    lead_id: str
    who: Who
    stage: str
    assigned_to: str
    created_at: int
    last_event_at: int | None


class Company(NamedTuple):
    """The others: the latest ones first, ``MOST`` of them, and how many there are by stage."""

    contacts: list[Contact]
    by_stage: dict[str, int]


def company_of(connection: Connection, lead_id: str, account: str, program: str) -> Company:
    """The other leads of an account; none where there is no account."""
    if not account:
        return Company([], {})
    # Not by an index on the program, as SQLite would choose: it would read every lead of it to count these few.
    of_program = standings.c.program.concat("") == program
    others = and_(leads.c.account == account, leads.c.lead_id != lead_id, of_program)
    joined = leads.join(standings, standings.c.lead_id == leads.c.lead_id)
    counts = (
        select(standings.c.stage, func.count().label("n")).select_from(joined).where(others).group_by(standings.c.stage)
    )
    by_stage = {row.stage: row.n for row in connection.execute(counts)}
    last = select(func.max(events.c.at)).where(events.c.lead_id == leads.c.lead_id).scalar_subquery()
    columns = (leads.c.lead_id, leads.c.profile, leads.c.created_at, standings.c.stage, standings.c.assigned_to)
    latest = select(*columns, last.label("last_at")).select_from(joined).where(others)
    rows = connection.execute(latest.order_by(leads.c.created_at.desc(), leads.c.lead_id).limit(MOST))
    contacts = [
        Contact(row.lead_id, _who(row.lead_id, row.profile), row.stage, row.assigned_to, row.created_at, row.last_at)
        for row in rows
    ]
    return Company(contacts, by_stage)


def _who(lead_id: str, profile: str) -> Who:
    return who_is(lead_id, orjson.loads(profile))

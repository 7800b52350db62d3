"""The look-up box: leads by id, e-mail address or domain, whatever their score or stage."""

from sqlalchemy import Connection, Select, select, union

from features.derive import FREE_MAIL
from serving.intake.identity import ANONYMOUS, USER
from serving.leads.standing import Standing, standing_of
from serving.store.schema import identities, leads, standings

MOST = 50


def found(connection: Connection, program: str, query: str) -> list[Standing]:
    """The leads of a program whose id or address it is, or whose company's domain; those seen last first.

    The domain of a provider of free mailboxes finds nobody: its leads have nothing else in common.
    """
    c, ids = leads.c, union(*_ways(query)).subquery()
    mine = select(standings).join(leads, c.lead_id == standings.c.lead_id).join(ids, ids.c.lead_id == c.lead_id)
    newest = mine.where(standings.c.program == program).order_by(c.moment.desc(), c.lead_id).limit(MOST)
    return [standing_of(row) for row in connection.execute(newest)]


def _ways(query: str) -> list[Select[tuple[str]]]:
    """Each way to find leads, as a query that an index answers."""
    c, named = leads.c, identities.c
    address = query.lower()
    domain = address.removeprefix("@").removeprefix("www.")
    ways = [
        select(c.lead_id).where(c.lead_id == query),
        select(c.lead_id).where(c.email == address),
        select(named.lead_id).where(named.id == query, named.kind.in_((USER, ANONYMOUS))),
    ]
    is_domain = "." in domain and "@" not in domain and domain not in FREE_MAIL
    return [*ways, select(c.lead_id).where(c.domain == domain)] if is_domain else ways

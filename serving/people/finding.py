"""Who is meant: the leads of an id or of an e-mail address, and the names under which they are known."""

from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from features.errors import LeadError
from serving.intake.identity import USER
from serving.leads.errors import NoSuchLead
from serving.store.schema import identities, leads


class Person(NamedTuple):
    """A lead, and all that it is called: its ids, its address in lower case."""

    lead_id: str
    ids: tuple[str, ...]
    email: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it is called."""
        return (*self.ids, self.email) if self.email else self.ids


def people(connection: Connection, lead_id: str | None = None, email: str | None = None) -> list[Person]:
    """The leads of an id or of an address, in order; raises NoSuchLead, and LeadError where neither was asked for."""
    c, named = leads.c, identities.c
    tests = []
    if lead_id is not None:
        mapped = select(named.lead_id).where(named.kind == USER, named.id == lead_id)
        tests.append(or_(c.lead_id.in_(mapped), (c.lead_id == lead_id) & ~mapped.exists()))
    if email is not None:
        tests.append(c.email == email.strip().lower())
    if not tests:
        raise LeadError("nobody was asked for", where="query", allowed="lead_id or email", do="add ?lead_id=L-17")
    found = connection.execute(select(c.lead_id, c.email).where(or_(*tests)).order_by(c.lead_id)).all()
    if not found:
        raise NoSuchLead("nobody is known by this", where="lead_id" if email is None else "email")
    return [Person(row.lead_id, _ids(connection, row.lead_id), row.email) for row in found]


def _ids(connection: Connection, lead_id: str) -> tuple[str, ...]:
    c = identities.c
    known = connection.execute(select(c.id).where(c.lead_id == lead_id).order_by(c.kind, c.id)).scalars()
    return tuple(dict.fromkeys([lead_id, *known]))

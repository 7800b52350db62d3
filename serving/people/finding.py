"""Who is meant by an id or an e-mail address: leads or a visitor without one, and the names that they are known by."""

from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from features.errors import LeadError
from serving.intake.identity import ANONYMOUS, USER
from serving.leads.errors import NoSuchLead
from serving.store.schema import events, identities, leads


class Person(NamedTuple):
    """Somebody, and all that they are called: ids, an address in lower case; ``lead_id``: None of a mere visitor."""

    lead_id: str | None
    ids: tuple[str, ...]
    email: str | None

    @property
    def main_id(self) -> str:
        """The id that stands for all of them."""
        return self.ids[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it is called."""
        return (*self.ids, self.email) if self.email else self.ids


def people(
    connection: Connection, lead_id: str | None = None, email: str | None = None, anonymous_id: str | None = None
) -> list[Person]:
    """The leads of an id or of an address, in order, or the visitor that an anonymous id is of.

    Raises NoSuchLead, and LeadError where nobody was asked for.
    """
    c, named = leads.c, identities.c
    tests = []
    if lead_id is not None:
        mapped = select(named.lead_id).where(named.kind == USER, named.id == lead_id)
        tests.append(or_(c.lead_id.in_(mapped), (c.lead_id == lead_id) & ~mapped.exists()))
    if email is not None:
        tests.append(c.email == email.strip().lower())
    if anonymous_id is not None:
        tests.append(c.lead_id.in_(select(named.lead_id).where(named.kind == ANONYMOUS, named.id == anonymous_id)))
    if not tests:
        allowed = "lead_id, email or anonymous_id"
        raise LeadError("nobody was asked for", where="query", allowed=allowed, do="add ?lead_id=L-17")
    rows = connection.execute(select(c.lead_id, c.email).where(or_(*tests)).order_by(c.lead_id)).all()
    found = [Person(row.lead_id, _ids(connection, row.lead_id), row.email) for row in rows]
    if anonymous_id is not None and _was_here(connection, anonymous_id):
        found.append(Person(None, (anonymous_id,), None))
    if not found:
        asked = {"lead_id": lead_id, "email": email, "anonymous_id": anonymous_id}
        where = ", ".join(name for name, value in asked.items() if value is not None)
        raise NoSuchLead("nobody is known by this", where=where)
    return found


def one_person(connection: Connection, lead_id: str | None, anonymous_id: str | None) -> Person:
    """The person of one id; raises NoSuchLead, and LeadError where none was named, or both."""
    if lead_id is not None and anonymous_id is not None:
        do = "leave one of them out"
        raise LeadError("two ids, which may be of two people", where="query", allowed="lead_id or anonymous_id", do=do)
    if lead_id is None and anonymous_id is None:
        allowed = "lead_id or anonymous_id"
        raise LeadError("nobody was asked for", where="query", allowed=allowed, do="add ?lead_id=L-17")
    return people(connection, lead_id, anonymous_id=anonymous_id)[0]


def _was_here(connection: Connection, anonymous_id: str) -> bool:
    c = events.c
    mine = select(c.seq).where(c.anonymous_id == anonymous_id, c.lead_id.is_(None)).limit(1)
    return connection.execute(mine).first() is not None


def _ids(connection: Connection, lead_id: str) -> tuple[str, ...]:
    c = identities.c
    known = connection.execute(select(c.id).where(c.lead_id == lead_id).order_by(c.kind, c.id)).scalars()
    return tuple(dict.fromkeys([lead_id, *known]))

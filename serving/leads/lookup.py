"""Has anybody here met them before? Leads by e-mail address, by domain, or by another of their ids."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, or_, select

from features.derive import FREE_MAIL
from features.errors import LeadError
from features.moments import iso
from serving.leads.announcing import present
from serving.leads.standing import standings_of
from serving.store.schema import events, identities, leads

MOST = 100


class Asked(NamedTuple):
    """What is known of somebody; at least one of these."""

    email: str | None = None
    domain: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None


def look_up(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """The leads that fit any of what was asked, those seen last first; raises LeadError when nothing was asked."""
    c = leads.c
    found = select(leads).where(or_(*_tests(asked))).order_by(c.moment.desc()).limit(MOST)
    return [_told(connection, row) for row in connection.execute(found).all()]


def _tests(asked: Asked) -> list[ColumnElement[bool]]:
    c, named = leads.c, identities.c
    tests = []
    if asked.email is not None:
        tests.append(c.email == asked.email.strip().lower())
    if asked.domain is not None:
        domain = asked.domain.strip().lower().removeprefix("www.")
        if domain in FREE_MAIL:
            what = f"{domain} is a provider of free mailboxes, not a company"
            raise LeadError(what, where="domain", got=asked.domain, do="look them up by email")
        tests.append(c.domain == domain)
    for kind, identity in (("user", asked.user_id), ("anonymous", asked.anonymous_id)):
        if identity is not None:
            mine = select(named.lead_id).where(named.kind == kind, named.id == identity)
            tests.append(c.lead_id.in_(mine))
    if not tests:
        allowed = "email, domain, user_id or anonymous_id"
        raise LeadError("nothing to look up", where="query", allowed=allowed, do="add ?email=kim@acme.example")
    return tests


def _told(connection: Connection, row: Any) -> dict[str, Any]:
    last = select(events.c.type, events.c.at).where(events.c.lead_id == row.lead_id).order_by(events.c.at.desc())
    event = connection.execute(last.limit(1)).one_or_none()
    return {
        "lead_id": row.lead_id,
        "email": row.email or "",
        "account": row.account or "",
        "created_at": iso(row.created_at),
        "last_event": event.type if event else "",
        "last_event_at": iso(event.at) if event else "",
        "programs": [present(standing) for standing in standings_of(connection, row.lead_id).values()],
    }

"""Who the leads of a list are, in two lines each."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, select

from features.tables import Scalar
from serving.leads.who import who_is
from serving.store.many import among
from serving.store.schema import accounts, leads

MOST = 120  # characters of a line


class Lines(NamedTuple):
    """The best name there is, and what else is known, which may be empty."""

    name: str
    more: str


def lines(lead_id: str, profile: Mapping[str, Scalar], traits: Mapping[str, Scalar]) -> Lines:
    """The person and the company, as far as known; ``traits``: of the lead's account.

    >>> lines("L-1", {"first_name": "Kim", "last_name": "Berg", "job_title": "Head of IT"}, {"name": "Acme"})
    Lines(name='Kim Berg', more='Head of IT, Acme')
    >>> lines("L-1", {"company": "Acme", "email": "kim@acme.example"}, {}), lines("L-1", {}, {})
    (Lines(name='Acme', more='kim@acme.example'), Lines(name='L-1', more=''))
    """
    who = who_is(lead_id, {"company": traits.get("company") or traits.get("name")} | dict(profile))
    more = [who.title, who.company] if who.person else [who.title or (who.email if who.company else "")]
    return Lines(who.heading[:MOST], ", ".join(filter(None, more))[:MOST])


def known_of(connection: Connection, lead_ids: Sequence[str]) -> dict[str, Lines]:
    """Who these leads are."""
    c = leads.c
    told = select(c.lead_id, c.profile, accounts.c.traits).outerjoin(accounts, accounts.c.account == c.account)
    rows = connection.execute(told.where(among(connection, c.lead_id, lead_ids)))
    return {
        row.lead_id: lines(row.lead_id, orjson.loads(row.profile), orjson.loads(row.traits or "{}")) for row in rows
    }

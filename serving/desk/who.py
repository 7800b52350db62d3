"""Who a lead is, in two lines: a name, and what says more."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, select

from features.tables import Scalar
from serving.store.many import among
from serving.store.schema import accounts, leads

MOST = 120  # characters of a field that a list has room for
_NAMES = ("name", "full_name", "fullName")
_PARTS = (("first_name", "last_name"), ("firstName", "lastName"), ("firstname", "lastname"))
_TITLES = ("job_title", "jobTitle", "title")
_COMPANIES = ("company", "company_name", "companyName", "organization")


class Who(NamedTuple):
    """A lead for people: the best name there is, and what else is known, which may be empty."""

    name: str
    more: str


def who_is(lead_id: str, profile: Mapping[str, Scalar], traits: Mapping[str, Scalar]) -> Who:
    """The person and the company, as far as known; ``traits``: of the lead's account.

    >>> who_is("L-1", {"first_name": "Kim", "last_name": "Berg", "job_title": "Head of IT"}, {"name": "Acme"})
    Who(name='Kim Berg', more='Head of IT, Acme')
    >>> who_is("L-1", {"company": "Acme", "email": "kim@acme.example"}, {}), who_is("L-1", {}, {})
    (Who(name='Acme', more='kim@acme.example'), Who(name='L-1', more=''))
    """
    person = _first(profile, _NAMES) or next((p for names in _PARTS if (p := _joined(profile, names))), "")
    company = _first(profile, _COMPANIES) or _first(traits, (*_COMPANIES, "name"))
    known = [person, company, _first(profile, ("email",)), lead_id]
    name = next(filter(None, known))
    title = _first(profile, _TITLES)
    more = [title, company] if person else [title or _first(profile, ("email",))] if company else [title]
    return Who(name, ", ".join(part for part in more if part and part != name))


def known_of(connection: Connection, lead_ids: Sequence[str]) -> dict[str, Who]:
    """Who these leads are."""
    c = leads.c
    told = select(c.lead_id, c.profile, accounts.c.traits).outerjoin(accounts, accounts.c.account == c.account)
    rows = connection.execute(told.where(among(connection, c.lead_id, lead_ids)))
    return {
        row.lead_id: who_is(row.lead_id, orjson.loads(row.profile), orjson.loads(row.traits or "{}")) for row in rows
    }


def _first(fields: Mapping[str, Scalar], names: Sequence[str]) -> str:
    found = (fields.get(name) for name in names)
    return next((value.strip()[:MOST] for value in found if isinstance(value, str) and value.strip()), "")


def _joined(profile: Mapping[str, Scalar], names: Sequence[str]) -> str:
    return " ".join(part for name in names if (part := _first(profile, (name,))))

"""A lead's row, locked while something is done to it, so that two workers never work on one lead at a time.

A lead's moments never go back: whatever the clock does, the next act on it is later than the last one.
"""

from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from features.derive import account_of, email_domain
from features.tables import Scalar
from serving.store.rows import insert_new
from serving.store.schema import leads, profile_versions

Profile = dict[str, Scalar]

_THE_LEAD = leads.c.lead_id == bindparam("lead")
_FOUND = select(leads).where(_THE_LEAD)
_LOCKED = _FOUND.with_for_update()
_TOUCHED = update(leads).where(_THE_LEAD).values(moment=bindparam("at"))


class Record(NamedTuple):
    """A lead as its row has it; ``profile``: its own fields, without those of its account."""

    lead_id: str
    created_at: int
    moment: int
    profile: Profile
    account: str | None
    account_from: int | None


def find(connection: Connection, lead_id: str) -> Record | None:
    """A lead, to be read only."""
    row = connection.execute(_FOUND, {"lead": lead_id}).one_or_none()
    return record_of(row) if row else None


def lock(connection: Connection, lead_id: str) -> Record | None:
    """A lead, which nobody else changes until the transaction ends; None when there is no such lead."""
    row = connection.execute(_LOCKED, {"lead": lead_id}).one_or_none()
    return record_of(row) if row else None


def create(connection: Connection, lead_id: str, at: int) -> Record:
    """A new lead of whom nothing is known yet, locked; or the one that another worker has just made."""
    row = {"lead_id": lead_id, "created_at": at, "moment": at, "profile": "{}"}
    insert_new(connection, leads, row)
    found = lock(connection, lead_id)
    assert found is not None
    return found


def next_moment(record: Record, now: int) -> int:
    """The moment of an act on the lead: now, but later than the last one."""
    return max(now, record.moment + 1)


def touch(connection: Connection, record: Record, at: int) -> Record:
    """Remember the moment of an act."""
    connection.execute(_TOUCHED, {"lead": record.lead_id, "at": at})
    return record._replace(moment=at)


def save_profile(connection: Connection, record: Record, profile: Profile, traits: Profile, at: int) -> Record:
    """Give the lead other fields from a moment on; ``traits``: those of its account, which its own come before."""
    address, account, since = _address(profile), record.account, record.account_from
    if account is None and (company := account_told(profile)):
        account, since = company, at
    row = {
        "profile": _json(profile),
        "email": address,
        "domain": email_domain(address) if address else None,
        "account": account,
        "account_from": since,
        "moment": at,
    }
    connection.execute(update(leads).where(leads.c.lead_id == record.lead_id).values(row))
    version = {"lead_id": record.lead_id, "valid_from": at, "profile": _json(traits | profile)}
    connection.execute(insert(profile_versions).values(version))
    return Record(record.lead_id, record.created_at, at, profile, account, since)


def account_told(profile: Profile) -> str | None:
    """The account of a lead that nobody said one of: the company of its business address, if it has one."""
    address = _address(profile)
    company = account_of(address) if address is not None else None
    return f"domain:{company}" if company else None


def _address(profile: Profile) -> str | None:
    email = profile.get("email")
    return email.strip().lower() if isinstance(email, str) and email.strip() else None


def _json(profile: Profile) -> str:
    return orjson.dumps(profile).decode()


def record_of(row: Row[Any]) -> Record:
    """A row of the table."""
    known = row._mapping
    return Record(
        lead_id=known["lead_id"],
        created_at=known["created_at"],
        moment=known["moment"],
        profile=orjson.loads(known["profile"]),
        account=known["account"],
        account_from=known["account_from"],
    )

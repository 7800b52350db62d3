"""Accounts (companies): the fields that hold for every lead of one, and who belongs to it."""

import orjson
from sqlalchemy import Connection, insert, select, update

from features.tables import Scalar
from serving.leads.record import Record, lock, next_moment, save_profile, touch
from serving.store.rows import insert_new
from serving.store.schema import accounts, leads, past_accounts

Traits = dict[str, Scalar]


def join(connection: Connection, record: Record, group_id: str, traits: Traits, now: int) -> tuple[str, ...]:
    """The lead belongs to a company of which these fields are known; the leads to score anew, itself first."""
    account = f"group:{group_id}"
    known, changed = _learn(connection, account, traits, now)
    left = traits_of(connection, record.account) if record.account != account else {}
    if record.account != account:
        record = _change(connection, record, account, now)
    others = _members(connection, account, record.lead_id) if changed else []
    for member in (record, *others):
        at = next_moment(member, now)
        if _brings(left | known, member):
            save_profile(connection, member, member.profile, known, at)
        else:
            touch(connection, member, at)
    return (record.lead_id, *(member.lead_id for member in others))


def _change(connection: Connection, record: Record, account: str, now: int) -> Record:
    """The lead is of another account from now on; which one it was of before is kept, for scores of that time."""
    at = moment_among(connection, record, now, account)
    if record.account is not None:
        was = {"lead_id": record.lead_id, "account": record.account, "since": record.account_from or 0, "until": at}
        connection.execute(insert(past_accounts).values(was))
    here = update(leads).where(leads.c.lead_id == record.lead_id)
    connection.execute(here.values(account=account, account_from=at, moment=at))
    return record._replace(account=account, account_from=at, moment=at)


def traits_of(connection: Connection, account: str | None) -> Traits:
    """The fields that hold for every lead of an account; none without one."""
    if account is None:
        return {}
    found = connection.execute(select(accounts.c.traits).where(accounts.c.account == account)).scalar_one_or_none()
    return orjson.loads(found) if found is not None else {}


def moment_among(connection: Connection, record: Record, now: int, *joining: str) -> int:
    """The moment of an act by which others become a lead's colleagues, or learn what it did before.

    It is later than any at which one of them was read; of an account that has no row nobody was.
    """
    at = next_moment(record, now)
    for account in sorted({*joining, *([record.account] if record.account is not None else [])}):
        mine = accounts.c.account == account
        read = connection.execute(select(accounts.c.moment).where(mine).with_for_update()).scalar_one_or_none()
        if read is not None:
            at = max(at, read + 1)
            connection.execute(update(accounts).where(mine).values(moment=at))
    return at


def moment_of(connection: Connection, account: str, at: int) -> int:
    """A moment later than any at which another lead of the account was read or changed; nobody else has it.

    What one lead of an account does counts for the others, so that their moments are told apart too.
    """
    insert_new(connection, accounts, {"account": account, "traits": "{}", "moment": 0})
    row = select(accounts.c.moment).where(accounts.c.account == account).with_for_update()
    later: int = max(at, connection.execute(row).scalar_one() + 1)
    connection.execute(update(accounts).where(accounts.c.account == account).values(moment=later))
    return later


def _learn(connection: Connection, account: str, traits: Traits, now: int) -> tuple[Traits, bool]:
    """All that is known of the account now, and whether that is more than before."""
    insert_new(connection, accounts, {"account": account, "traits": "{}", "moment": now})
    row = select(accounts.c.traits).where(accounts.c.account == account).with_for_update()
    before = orjson.loads(connection.execute(row).scalar_one())
    after = before | traits
    if after != before:
        text = orjson.dumps(after).decode()
        connection.execute(update(accounts).where(accounts.c.account == account).values(traits=text))
    return after, after != before


def _members(connection: Connection, account: str, but: str) -> list[Record]:
    """The other leads of an account, each locked, in one order for all workers."""
    c = leads.c
    ids = connection.execute(
        select(c.lead_id).where(c.account == account, c.lead_id != but).order_by(c.lead_id)
    ).scalars()
    return [record for lead_id in ids.all() if (record := lock(connection, lead_id)) is not None]


def _brings(traits: Traits, record: Record) -> bool:
    """Whether the account knows a field that the lead itself does not."""
    return bool(traits.keys() - record.profile.keys())

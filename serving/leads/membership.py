"""Which account a lead was of at a moment, and who else was: leads change their account, scores of the past do not."""

from sqlalchemy import Connection, select

from serving.leads.record import Record
from serving.store.schema import leads, past_accounts

_p = past_accounts.c


def account_at(connection: Connection, record: Record, as_of: int) -> str | None:
    """The account of a lead as of a moment; None where it had none yet."""
    if record.account is None or (record.account_from or 0) <= as_of:
        return record.account
    then = select(_p.account).where(_p.lead_id == record.lead_id, _p.since <= as_of, _p.until > as_of)
    found: str | None = connection.execute(then).scalar_one_or_none()
    return found


def members_at(connection: Connection, account: str, as_of: int) -> dict[str, int]:
    """The leads that were of an account as of a moment, each with the moment since when it was a lead of it."""
    c = leads.c
    now = select(c.lead_id, c.created_at, c.account_from).where(c.account == account, c.created_at <= as_of)
    then = (
        select(c.lead_id, c.created_at, _p.since.label("account_from"))
        .join_from(past_accounts, leads)
        .where(_p.account == account, _p.since <= as_of, _p.until > as_of, c.created_at <= as_of)
    )
    rows = [*connection.execute(now).all(), *connection.execute(then).all()]
    members = {row.lead_id: max(row.created_at, row.account_from or 0) for row in rows}
    return {lead_id: since for lead_id, since in members.items() if since <= as_of}

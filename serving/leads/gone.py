"""Inputs of a score that are not there any more: a colleague was erased, or what was read grew too old to be kept."""

from sqlalchemy import Connection, select

from serving.intake.identity import hashed
from serving.leads.facts import Needs
from serving.leads.membership import account_at
from serving.leads.record import Record
from serving.store.schema import erasures, prunings

ERASED = "inputs were erased: another lead of the account was, after this score"
TOO_OLD = "inputs were deleted because of their age, after this score"


def inputs_gone(connection: Connection, record: Record, needs: Needs, as_of: int) -> str:
    """Why a score of a lead cannot be computed again, in words; empty where all that it read must be there."""
    account = account_at(connection, record, as_of) if needs.accounts else None
    if account is not None and _erased_since(connection, account, as_of):
        return ERASED
    pruned = {row.kind: row for row in connection.execute(select(prunings).where(prunings.c.at >= as_of))}
    if "events" in pruned and (needs.window is None or pruned["events"].before > as_of - needs.window):
        return TOO_OLD
    return TOO_OLD if account is not None and "closed_leads" in pruned else ""


def _erased_since(connection: Connection, account: str, as_of: int) -> bool:
    c = erasures.c
    mine = c.account_hashes.contains(hashed(account))
    return connection.execute(select(c.at).where(c.at >= as_of, mine).limit(1)).first() is not None

"""What is known of who a lead is: each change is a new version, so that the past stays as it was."""

from sqlalchemy import Connection, select, update

from features.tables import Scalar
from serving.leads.accounts import moment_among, traits_of
from serving.leads.record import Record, account_told, next_moment, save_profile, touch
from serving.store.schema import leads, scores


def tell(
    connection: Connection, record: Record, traits: dict[str, Scalar], now: int, created_at: int | None = None
) -> Record:
    """The lead with more fields known, or other ones; fields that were not told stay as they are."""
    record = _created(connection, record, created_at)
    profile = record.profile | traits
    joining = account_told(profile) if record.account is None else None
    at = moment_among(connection, record, now, joining) if joining else next_moment(record, now)
    if profile == record.profile and record.profile:
        return touch(connection, record, at)
    return save_profile(connection, record, profile, traits_of(connection, record.account), at)


def _created(connection: Connection, record: Record, created_at: int | None) -> Record:
    """Since when it is a lead, as the caller knows it; told of a lead that is new here, and never of the future.

    Once a lead is scored, its age has been read, and stays what it was.
    """
    if created_at is None or record.profile or created_at >= record.created_at or _is_scored(connection, record):
        return record
    connection.execute(update(leads).where(leads.c.lead_id == record.lead_id).values(created_at=created_at))
    return record._replace(created_at=created_at)


def _is_scored(connection: Connection, record: Record) -> bool:
    scored = select(scores.c.score_id).where(scores.c.lead_id == record.lead_id).limit(1)
    return connection.execute(scored).first() is not None

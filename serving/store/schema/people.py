"""Leads, their accounts, and what they did."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, text

from serving.store.schema.base import Serial, metadata

leads = Table(
    "leads",
    metadata,
    Column("lead_id", Text, primary_key=True),
    Column("created_at", BigInteger, nullable=False, comment="when it became a lead"),
    Column("moment", BigInteger, nullable=False, comment="of the last act on it; the next one is later"),
    Column("profile", Text, nullable=False, comment="its own fields now (JSON), without those of its account"),
    Column("email", Text, comment="in lower case, to look it up"),
    Column("domain", Text, comment="of its e-mail address"),
    Column("account", Text, comment="group:ID as it was told, or domain:NAME of a business address"),
    Column("account_from", BigInteger, comment="since when"),
    Index(None, "email"),
    Index(None, "domain"),
    Index(None, "account"),
)

profile_versions = Table(
    "profile_versions",
    metadata,
    Column("lead_id", Text, ForeignKey("leads.lead_id"), primary_key=True),
    Column("valid_from", BigInteger, primary_key=True),
    Column("profile", Text, nullable=False, comment="all fields from then on (JSON), those of its account included"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("account", Text, primary_key=True),
    Column("traits", Text, nullable=False, comment="fields that hold for every lead of it (JSON)"),
    Column("moment", BigInteger, nullable=False),
)

past_accounts = Table(
    "past_accounts",
    metadata,
    Column("lead_id", Text, ForeignKey("leads.lead_id"), primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("until", BigInteger, nullable=False, comment="from then on it was of another one"),
    Column("account", Text, nullable=False),
    Index(None, "account"),
)

identities = Table(
    "identities",
    metadata,
    Column("kind", Text, primary_key=True, comment="user or anonymous"),
    Column("id", Text, primary_key=True, comment="as callers name the lead"),
    Column("lead_id", Text, ForeignKey("leads.lead_id"), nullable=False),
    Column("since", BigInteger, nullable=False),
    Index(None, "lead_id"),
)

events = Table(
    "events",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("message_id", Text, nullable=False, unique=True),
    Column("lead_id", Text, ForeignKey("leads.lead_id"), comment="null: of a visitor who is still anonymous"),
    Column("anonymous_id", Text),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False, comment="when it happened"),
    Column("received_at", BigInteger, nullable=False),
    Column("known_from", BigInteger, nullable=False, comment="from when on the lead's scores may read it"),
    Column("properties", Text, nullable=False),
    Index(None, "lead_id", "at"),
    Index(
        "ix_events_still_anonymous",
        "anonymous_id",
        sqlite_where=text("lead_id IS NULL"),
        postgresql_where=text("lead_id IS NULL"),
    ),
)

messages = Table(
    "messages",
    metadata,
    Column("message_id", Text, primary_key=True, comment="of an identify or a group call, so that it counts once"),
    Column("received_at", BigInteger, nullable=False),
    Index(None, "received_at"),
)

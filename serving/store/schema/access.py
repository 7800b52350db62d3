"""Who may, who looked, and who did what."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from serving.store.schema.base import Serial, metadata

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True, comment="what is signed with it"),
    Column("value", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False, comment="separated by spaces"),
    Column("per_minute", Integer, comment="most requests a minute; null: the service's own limit"),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_hash", Text, primary_key=True, comment="of what the browser holds"),
    Column("session_id", Text, nullable=False, unique=True, comment="as it is written beside acts"),
    Column("name", Text, nullable=False, comment="of the person"),
    Column("role", Text, nullable=False, comment="rep, manager or admin"),
    Column("signed_in_by", Text, nullable=False, comment="key:ID, or the provider that vouched for the person"),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, comment="when the person signed out, or was signed out"),
    Index(None, "expires_at"),
)

visits = Table(
    "visits",
    metadata,
    Column("lead_id", Text, ForeignKey("leads.lead_id"), primary_key=True),
    Column("program", Text, primary_key=True),
    Column("visitor", Text, primary_key=True, comment="who looked at its card"),
    Column("at", BigInteger, nullable=False, comment="when this visit began"),
    Column("before", BigInteger, comment="when the one before it began; null: never"),
    Column("last_at", BigInteger, nullable=False, comment="when the card was last looked at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("about", Text, nullable=False, comment="the lead or the thing that was acted on"),
    Column("detail", Text, nullable=False, comment="JSON, without personal data"),
    Column("request_id", Text, nullable=False),
    Index(None, "at"),
    Index(None, "about"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("by", Text, primary_key=True, comment="the key that sent it"),
    Column("key", Text, primary_key=True, comment="the Idempotency-Key header"),
    Column("request_hash", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "at"),
)

"""Who is told, and what was told."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from serving.store.schema.base import Serial, metadata

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("endpoint_id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("types", Text, nullable=False, comment="the types it wants (JSON list); empty: all"),
    Column("filters", Text, nullable=False, comment="which leads it wants to hear of (JSON)"),
    Column("secret", Text, nullable=False),
    Column("old_secret", Text),
    Column("old_secret_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Column("disabled_because", Text, nullable=False),
    Column("failing_since", BigInteger, comment="the first failure since it last took a message; null: none"),
)

webhook_messages = Table(
    "webhook_messages",
    metadata,
    Column("message_id", Text, primary_key=True, comment="the webhook-id header"),
    Column("type", Text, nullable=False),
    Column("lead_id", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("payload", Text, nullable=False),
    Index(None, "lead_id"),
    Index(None, "at"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("delivery_id", Serial, primary_key=True, autoincrement=True),
    Column("message_id", Text, ForeignKey("webhook_messages.message_id"), nullable=False),
    Column("endpoint_id", Text, ForeignKey("webhook_endpoints.endpoint_id"), nullable=False),
    Column("state", Text, nullable=False, comment="pending, delivered or dead"),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False, comment="0: at once, whatever the clock says"),
    Column("claimed_until", BigInteger, nullable=False, comment="a worker is at it until then"),
    Column("last_at", BigInteger),
    Column("last_status", Integer),
    Column("last_error", Text, nullable=False),
    UniqueConstraint("message_id", "endpoint_id"),
    Index(None, "endpoint_id", "state", "next_at", "delivery_id"),
    Index(None, "endpoint_id", "state", "delivery_id"),
)

"""The tables of the store, for SQLite and PostgreSQL alike.

Moments are whole microseconds since 1970 (``features.moments``), JSON is text, so that a double keeps its bits.
What is only ever added to (events, profile versions, scores, stage changes) is never changed afterwards, but for an
anonymous visitor's events, which get their lead once, and for erasure.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")  # only an INTEGER numbers itself in SQLite

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

scorecards = Table(
    "scorecards",
    metadata,
    Column("checksum", Text, primary_key=True),
    Column("program", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("agreement_hash", Text, nullable=False),
    Column("document", Text, nullable=False, comment="the whole file, for replays"),
    Column("since", BigInteger, nullable=False, comment="when it last took the place of another one"),
    Index(None, "program", "since"),
)

agreements = Table(
    "agreements",
    metadata,
    Column("program", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("document", Text, nullable=False, comment="its keys as JSON"),
    Column("source", Text, comment="the YAML text that was sent"),
    Column("state", Text, nullable=False, comment="proposed, adopted or past"),
    Column("proposed_at", BigInteger, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("adopted_at", BigInteger),
    Column("adopted_by", Text),
    Column("effect", Text, comment="what it would change, as it was shown (JSON)"),
    Column("renamed", Text, comment="stages that it no longer has, each with the one that leads in it go to (JSON)"),
)

scores = Table(
    "scores",
    metadata,
    Column("score_id", Serial, primary_key=True, autoincrement=True),
    Column("lead_id", Text, ForeignKey("leads.lead_id"), nullable=False),
    Column("program", Text, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("score", Double, nullable=False),
    Column("interval_low", Double, nullable=False),
    Column("interval_high", Double, nullable=False),
    Column("probability", Double, nullable=False),
    Column("agreed_score", Double, nullable=False),
    Column("grade", Text, nullable=False),
    Column("stage_was", Text, nullable=False, comment="the stage it stood in; what the decision began with"),
    Column("stage", Text, nullable=False, comment="the stage that the agreement's rules give it"),
    Column("checksum", Text, ForeignKey("scorecards.checksum"), nullable=False),
    Column("terms", Text, nullable=False, comment="per fact of the scorecard [value, agreed, learned, points] (JSON)"),
    Index(None, "lead_id", "program", "as_of"),
    Index(None, "as_of"),
)

standings = Table(
    "standings",
    metadata,
    Column("lead_id", Text, ForeignKey("leads.lead_id"), primary_key=True),
    Column("program", Text, primary_key=True),
    Column("open", Boolean, nullable=False, comment="neither converted nor lost"),
    Column("stage", Text, nullable=False),
    Column("stage_since", BigInteger, nullable=False),
    Column("owner", Text, nullable=False, comment="the team that the agreement names"),
    Column("assigned_to", Text, nullable=False, comment="the person who took it"),
    Column("waiting_for", Text, nullable=False, comment="the stage that a person may let it into now"),
    Column("score", Double),
    Column("probability", Double),
    Column("agreed_score", Double),
    Column("disagreement", Double, comment="history's points minus the agreed ones"),
    Column("fit_points", Double),
    Column("interest_points", Double),
    Column("grade", Text, nullable=False),
    Column("trend", Text, nullable=False),
    Column("persona", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("quadrant", Text, nullable=False),
    Column("exclusion", Text, nullable=False),
    Column("scored_at", BigInteger, comment="as of when; null: never yet"),
    Column("score_id", BigInteger),
    Column("checksum", Text, comment="of the scorecard"),
    Column("fault", Text, nullable=False, comment="why it cannot be scored; empty when it can"),
    Column("told_score", Double, comment="what webhooks last told"),
    Column("told_grade", Text, nullable=False),
    Column("sla_state", Text, nullable=False, comment="none, running, due or breached"),
    Column("sla_remind_at", BigInteger),
    Column("sla_due_at", BigInteger),
    Column("sent_back_from", Text, nullable=False, comment="the stage from which it was last sent back"),
    Column("sent_back_at", BigInteger),
    Column("sent_back_score", Double),
    Index(None, "program", "open", "score", "lead_id"),
    Index(None, "program", "stage", "score", "lead_id"),
    Index(None, "program", "owner", "score", "lead_id"),
    Index(None, "program", "assigned_to", "score", "lead_id"),
    Index(None, "program", "quadrant", "score", "lead_id"),
    Index(None, "program", "persona", "phase", "score", "lead_id"),
    Index(None, "program", "sla_state", "score", "lead_id"),
    Index(None, "program", "disagreement", "lead_id"),
    Index(None, "program", "open", "scored_at"),
    Index(None, "sla_state", "sla_remind_at"),
    Index(None, "sla_state", "sla_due_at"),
)

stage_changes = Table(
    "stage_changes",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("lead_id", Text, ForeignKey("leads.lead_id"), nullable=False),
    Column("program", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("was", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("score_id", BigInteger),
    Column("score", Double),
    Column("sla", Text, nullable=False, comment="of the stage that was left: kept, breached, or none"),
    Column("known_from", BigInteger, comment="from when on the lead's scores may read it, where that is later"),
    Index(None, "lead_id", "program", "at"),
    Index(None, "program", "at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("lead_id", Text, ForeignKey("leads.lead_id"), nullable=False),
    Column("program", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("verdict", Text, nullable=False, comment="good or poor"),
    Column("reason", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("score_id", BigInteger),
    Index(None, "lead_id", "at"),
)

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

imports = Table(
    "imports",
    metadata,
    Column("import_id", Text, primary_key=True),
    Column("table", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("moved_at", BigInteger, nullable=False, comment="when it last stored rows"),
    Column("ended_at", BigInteger),
    Column("share", Double, nullable=False, comment="of the file, that was read"),
    Column("read", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("repeated", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("report", Text, nullable=False, comment="the first refused rows, each with its reason (JSON)"),
    Column("fault", Text, nullable=False, comment="why it ended early, in five parts (JSON); empty when it did not"),
    Index(None, "begun_at"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id_hash", Text, primary_key=True, comment="of a lead id or an anonymous id that was erased"),
    Column("at", BigInteger, nullable=False),
    Column("account_hashes", Text, nullable=False, comment="of its accounts, whose other leads' scores have read it"),
)

prunings = Table(
    "prunings",
    metadata,
    Column("kind", Text, primary_key=True, comment="what was deleted because of its age"),
    Column("before", BigInteger, nullable=False, comment="what is older is gone"),
    Column("at", BigInteger, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True, comment="a job that one worker at a time does"),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)

"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "accounts",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("traits", sa.Text(), nullable=False, comment="fields that hold for every lead of it (JSON)"),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_accounts")),
    )
    op.create_table(
        "agreements",
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="its keys as JSON"),
        sa.Column("source", sa.Text(), nullable=True, comment="the YAML text that was sent"),
        sa.Column("state", sa.Text(), nullable=False, comment="proposed, adopted or past"),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("adopted_at", sa.BigInteger(), nullable=True),
        sa.Column("adopted_by", sa.Text(), nullable=True),
        sa.Column("effect", sa.Text(), nullable=True, comment="what it would change, as it was shown (JSON)"),
        sa.Column(
            "renamed",
            sa.Text(),
            nullable=True,
            comment="stages that it no longer has, each with the one that leads in it go to (JSON)",
        ),
        sa.PrimaryKeyConstraint("program", "hash", name=op.f("pk_agreements")),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False, comment="separated by spaces"),
        sa.Column(
            "per_minute", sa.Integer(), nullable=True, comment="most requests a minute; null: the service's own limit"
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_keys_hash")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False, comment="the lead or the thing that was acted on"),
        sa.Column("detail", sa.Text(), nullable=False, comment="JSON, without personal data"),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_about"), ["about"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_at"), ["at"], unique=False)

    op.create_table(
        "erasures",
        sa.Column("id_hash", sa.Text(), nullable=False, comment="of a lead id or an anonymous id that was erased"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column(
            "account_hashes",
            sa.Text(),
            nullable=False,
            comment="of its accounts, whose other leads' scores have read it",
        ),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_erasures")),
    )
    op.create_table(
        "idempotency",
        sa.Column("by", sa.Text(), nullable=False, comment="the key that sent it"),
        sa.Column("key", sa.Text(), nullable=False, comment="the Idempotency-Key header"),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("by", "key", name=op.f("pk_idempotency")),
    )
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_at"), ["at"], unique=False)

    op.create_table(
        "imports",
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False, comment="when it last stored rows"),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("share", sa.Double(), nullable=False, comment="of the file, that was read"),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("repeated", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False, comment="the first refused rows, each with its reason (JSON)"),
        sa.Column(
            "fault",
            sa.Text(),
            nullable=False,
            comment="why it ended early, in five parts (JSON); empty when it did not",
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_imports")),
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imports_begun_at"), ["begun_at"], unique=False)

    op.create_table(
        "leads",
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="when it became a lead"),
        sa.Column("moment", sa.BigInteger(), nullable=False, comment="of the last act on it; the next one is later"),
        sa.Column(
            "profile", sa.Text(), nullable=False, comment="its own fields now (JSON), without those of its account"
        ),
        sa.Column("email", sa.Text(), nullable=True, comment="in lower case, to look it up"),
        sa.Column("domain", sa.Text(), nullable=True, comment="of its e-mail address"),
        sa.Column(
            "account", sa.Text(), nullable=True, comment="group:ID as it was told, or domain:NAME of a business address"
        ),
        sa.Column("account_from", sa.BigInteger(), nullable=True, comment="since when"),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_leads")),
    )
    with op.batch_alter_table("leads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leads_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_leads_domain"), ["domain"], unique=False)
        batch_op.create_index(batch_op.f("ix_leads_email"), ["email"], unique=False)

    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False, comment="a job that one worker at a time does"),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "messages",
        sa.Column(
            "message_id", sa.Text(), nullable=False, comment="of an identify or a group call, so that it counts once"
        ),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_messages")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_received_at"), ["received_at"], unique=False)

    op.create_table(
        "prunings",
        sa.Column("kind", sa.Text(), nullable=False, comment="what was deleted because of its age"),
        sa.Column("before", sa.BigInteger(), nullable=False, comment="what is older is gone"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_prunings")),
    )
    op.create_table(
        "scorecards",
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("agreement_hash", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="the whole file, for replays"),
        sa.Column("since", sa.BigInteger(), nullable=False, comment="when it last took the place of another one"),
        sa.PrimaryKeyConstraint("checksum", name=op.f("pk_scorecards")),
    )
    with op.batch_alter_table("scorecards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scorecards_program_since"), ["program", "since"], unique=False)

    op.create_table(
        "webhook_endpoints",
        sa.Column("endpoint_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False, comment="the types it wants (JSON list); empty: all"),
        sa.Column("filters", sa.Text(), nullable=False, comment="which leads it wants to hear of (JSON)"),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("disabled_because", sa.Text(), nullable=False),
        sa.Column(
            "failing_since",
            sa.BigInteger(),
            nullable=True,
            comment="the first failure since it last took a message; null: none",
        ),
        sa.PrimaryKeyConstraint("endpoint_id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_table(
        "webhook_messages",
        sa.Column("message_id", sa.Text(), nullable=False, comment="the webhook-id header"),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_webhook_messages")),
    )
    with op.batch_alter_table("webhook_messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_messages_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_webhook_messages_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=True, comment="null: of a visitor who is still anonymous"),
        sa.Column("anonymous_id", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when it happened"),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False, comment="from when on the lead's scores may read it"),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_events_lead_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
        sa.UniqueConstraint("message_id", name=op.f("uq_events_message_id")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_lead_id_at"), ["lead_id", "at"], unique=False)
        batch_op.create_index(
            "ix_events_still_anonymous",
            ["anonymous_id"],
            unique=False,
            sqlite_where=sa.text("lead_id IS NULL"),
            postgresql_where=sa.text("lead_id IS NULL"),
        )

    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False, comment="good or poor"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("score_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_feedback_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_lead_id_at"), ["lead_id", "at"], unique=False)

    op.create_table(
        "identities",
        sa.Column("kind", sa.Text(), nullable=False, comment="user or anonymous"),
        sa.Column("id", sa.Text(), nullable=False, comment="as callers name the lead"),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_identities_lead_id")),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_identities")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identities_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "past_accounts",
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="from then on it was of another one"),
        sa.Column("account", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_past_accounts_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", "since", name=op.f("pk_past_accounts")),
    )
    with op.batch_alter_table("past_accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_past_accounts_account"), ["account"], unique=False)

    op.create_table(
        "profile_versions",
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column(
            "profile",
            sa.Text(),
            nullable=False,
            comment="all fields from then on (JSON), those of its account included",
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_profile_versions_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", "valid_from", name=op.f("pk_profile_versions")),
    )
    op.create_table(
        "scores",
        sa.Column("score_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("interval_low", sa.Double(), nullable=False),
        sa.Column("interval_high", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("agreed_score", sa.Double(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column(
            "stage_was", sa.Text(), nullable=False, comment="the stage it stood in; what the decision began with"
        ),
        sa.Column("stage", sa.Text(), nullable=False, comment="the stage that the agreement's rules give it"),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column(
            "terms",
            sa.Text(),
            nullable=False,
            comment="per fact of the scorecard [value, agreed, learned, points] (JSON)",
        ),
        sa.ForeignKeyConstraint(["checksum"], ["scorecards.checksum"], name=op.f("fk_scores_checksum")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_scores_lead_id")),
        sa.PrimaryKeyConstraint("score_id", name=op.f("pk_scores")),
    )
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scores_as_of"), ["as_of"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_scores_lead_id_program_as_of"), ["lead_id", "program", "as_of"], unique=False
        )

    op.create_table(
        "stage_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("score_id", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("sla", sa.Text(), nullable=False, comment="of the stage that was left: kept, breached, or none"),
        sa.Column(
            "known_from",
            sa.BigInteger(),
            nullable=True,
            comment="from when on the lead's scores may read it, where that is later",
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_stage_changes_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_changes")),
    )
    with op.batch_alter_table("stage_changes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stage_changes_lead_id_program_at"), ["lead_id", "program", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_stage_changes_program_at"), ["program", "at"], unique=False)

    op.create_table(
        "standings",
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False, comment="neither converted nor lost"),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_since", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, comment="the team that the agreement names"),
        sa.Column("assigned_to", sa.Text(), nullable=False, comment="the person who took it"),
        sa.Column("waiting_for", sa.Text(), nullable=False, comment="the stage that a person may let it into now"),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("agreed_score", sa.Double(), nullable=True),
        sa.Column("disagreement", sa.Double(), nullable=True, comment="history's points minus the agreed ones"),
        sa.Column("fit_points", sa.Double(), nullable=True),
        sa.Column("interest_points", sa.Double(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("trend", sa.Text(), nullable=False),
        sa.Column("persona", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("quadrant", sa.Text(), nullable=False),
        sa.Column("exclusion", sa.Text(), nullable=False),
        sa.Column("scored_at", sa.BigInteger(), nullable=True, comment="as of when; null: never yet"),
        sa.Column("score_id", sa.BigInteger(), nullable=True),
        sa.Column("checksum", sa.Text(), nullable=True, comment="of the scorecard"),
        sa.Column("fault", sa.Text(), nullable=False, comment="why it cannot be scored; empty when it can"),
        sa.Column("told_score", sa.Double(), nullable=True, comment="what webhooks last told"),
        sa.Column("told_grade", sa.Text(), nullable=False),
        sa.Column("sla_state", sa.Text(), nullable=False, comment="none, running, due or breached"),
        sa.Column("sla_remind_at", sa.BigInteger(), nullable=True),
        sa.Column("sla_due_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_back_from", sa.Text(), nullable=False, comment="the stage from which it was last sent back"),
        sa.Column("sent_back_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_back_score", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_standings_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", "program", name=op.f("pk_standings")),
    )
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_standings_program_assigned_to_score_lead_id"),
            ["program", "assigned_to", "score", "lead_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_standings_program_disagreement_lead_id"),
            ["program", "disagreement", "lead_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_standings_program_open_score_lead_id"), ["program", "open", "score", "lead_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_standings_program_open_scored_at"), ["program", "open", "scored_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_standings_program_owner_score_lead_id"),
            ["program", "owner", "score", "lead_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_standings_program_persona_phase_score_lead_id"),
            ["program", "persona", "phase", "score", "lead_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_standings_program_quadrant_score_lead_id"),
            ["program", "quadrant", "score", "lead_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_standings_program_sla_state_score_lead_id"),
            ["program", "sla_state", "score", "lead_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_standings_program_stage_score_lead_id"),
            ["program", "stage", "score", "lead_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_standings_sla_state_sla_due_at"), ["sla_state", "sla_due_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_standings_sla_state_sla_remind_at"), ["sla_state", "sla_remind_at"], unique=False
        )

    op.create_table(
        "webhook_deliveries",
        sa.Column(
            "delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("endpoint_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="pending, delivered or dead"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False, comment="0: at once, whatever the clock says"),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False, comment="a worker is at it until then"),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.endpoint_id"], name=op.f("fk_webhook_deliveries_endpoint_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["webhook_messages.message_id"], name=op.f("fk_webhook_deliveries_message_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("message_id", "endpoint_id", name=op.f("uq_webhook_deliveries_message_id_endpoint_id")),
    )
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_webhook_deliveries_endpoint_id_state_delivery_id"),
            ["endpoint_id", "state", "delivery_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_webhook_deliveries_endpoint_id_state_next_at_delivery_id"),
            ["endpoint_id", "state", "next_at", "delivery_id"],
            unique=False,
        )


def downgrade() -> None:
    """Not offered: restore the backup that was made before the upgrade."""
    raise NotImplementedError

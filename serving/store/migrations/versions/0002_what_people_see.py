"""What people see."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text(), nullable=False, comment="what is signed with it"),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    op.create_table(
        "sessions",
        sa.Column("session_hash", sa.Text(), nullable=False, comment="of what the browser holds"),
        sa.Column("session_id", sa.Text(), nullable=False, comment="as it is written beside acts"),
        sa.Column("name", sa.Text(), nullable=False, comment="of the person"),
        sa.Column("role", sa.Text(), nullable=False, comment="rep, manager or admin"),
        sa.Column(
            "signed_in_by", sa.Text(), nullable=False, comment="key:ID, or the provider that vouched for the person"
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="when the person signed out, or was signed out"),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_sessions")),
        sa.UniqueConstraint("session_id", name=op.f("uq_sessions_session_id")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "signoffs",
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False, comment="of the agreement that was signed"),
        sa.Column("by", sa.Text(), nullable=False, comment="the session or key of whoever signed"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="what the person stands for, such as Head of Sales"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("program", "hash", "by", name=op.f("pk_signoffs")),
    )
    op.create_table(
        "visits",
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=False, comment="who looked at its card"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when this visit began"),
        sa.Column("before", sa.BigInteger(), nullable=True, comment="when the one before it began; null: never"),
        sa.Column("last_at", sa.BigInteger(), nullable=False, comment="when the card was last looked at"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_visits_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", "program", "visitor", name=op.f("pk_visits")),
    )


def downgrade() -> None:
    """Not offered: restore the backup that was made before the upgrade."""
    raise NotImplementedError

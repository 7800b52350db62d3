"""What CRMs were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "crm_connectors",
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False, comment="digest of what decides which values are sent"),
        sa.Column("place", sa.Text(), nullable=False, comment="how far scores and stage changes were read (JSON)"),
        sa.Column(
            "walked_to",
            sa.Text(),
            nullable=True,
            comment="the last lead of a walk over all that is under way; null: none is",
        ),
        sa.Column("paused_until", sa.BigInteger(), nullable=False, comment="nothing is sent before; 0: at once"),
        sa.Column("pauses", sa.Integer(), nullable=False, comment="in a row, since something was last sent"),
        sa.Column("because", sa.Text(), nullable=False, comment="why it paused last; empty when it did not"),
        sa.PrimaryKeyConstraint("connector", "program", name=op.f("pk_crm_connectors")),
    )
    op.create_table(
        "crm_sent",
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="of what the CRM last took; empty: nothing yet"),
        sa.Column(
            "tried", sa.Text(), nullable=False, comment="digest of what was refused, or of where it was not found"
        ),
        sa.Column("at", sa.BigInteger(), nullable=True, comment="when the CRM last took something"),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting, sent, apart, no_key, retry, missing or failed"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="in a row that failed"),
        sa.Column(
            "next_at",
            sa.BigInteger(),
            nullable=True,
            comment="when it is looked at again; 0: at once; null: when it changes",
        ),
        sa.Column(
            "again_at", sa.BigInteger(), nullable=True, comment="when it is sent again although it did not change"
        ),
        sa.Column("last_error", sa.Text(), nullable=False, comment="in the CRM's words"),
        sa.Column("score_id", sa.BigInteger(), nullable=False, comment="the score that was looked at; 0: none yet"),
        sa.Column("change_id", sa.BigInteger(), nullable=False, comment="the stage change that was; 0: none yet"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_crm_sent_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", "connector", "program", name=op.f("pk_crm_sent")),
    )
    with op.batch_alter_table("crm_sent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_crm_sent_connector_program_next_at"), ["connector", "program", "next_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_crm_sent_connector_program_state"), ["connector", "program", "state"], unique=False
        )


def downgrade() -> None:
    """Not offered: restore the backup that was made before the upgrade."""
    raise NotImplementedError

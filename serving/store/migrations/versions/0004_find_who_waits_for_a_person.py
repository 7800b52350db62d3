"""Find who waits for a person."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_standings_program_waiting_for_score_lead_id"),
            ["program", "waiting_for", "score", "lead_id"],
            unique=False,
        )


def downgrade() -> None:
    """Not offered: restore the backup that was made before the upgrade."""
    raise NotImplementedError

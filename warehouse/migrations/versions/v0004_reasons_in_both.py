"""Why a batch or a message did not come through, in Vietnamese beside the English."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("batch", sa.Column("reason_vi", sa.Text(), comment="The reason in Vietnamese"), schema="ledger")
    op.add_column(
        "government_message", sa.Column("last_error_vi", sa.Text(), comment="The error in Vietnamese"), schema="kpi"
    )


def downgrade() -> None:
    """Refused: it would throw away reasons."""
    raise NotImplementedError("evidence is never thrown away: restore a backup made before the migration")

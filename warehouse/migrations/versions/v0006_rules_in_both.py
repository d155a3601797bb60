"""What a rule wants, in English beside the Vietnamese."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "rule_result",
        sa.Column("description_en", sa.Text(), comment="The rule in words, English"),
        schema="quality",
    )


def downgrade() -> None:
    """Refused: it would throw away evidence."""
    raise NotImplementedError("evidence is never thrown away: restore a backup made before the migration")

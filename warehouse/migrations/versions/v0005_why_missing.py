"""Why a figure is missing, beside the word that it is."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. What was said before holds no reason: `ioc kpi recompute` says it with one."""
    op.add_column(
        "observation",
        sa.Column("reason", sa.Text(), comment="Why it is missing; null where that is not known"),
        schema="kpi",
    )
    op.add_column("observation", sa.Column("reason_vi", sa.Text(), comment="The reason in Vietnamese"), schema="kpi")
    op.create_check_constraint(
        op.f("ck_observation_reason_in_both"),
        "observation",
        "(reason is null) = (reason_vi is null)",
        schema="kpi",
    )
    op.create_check_constraint(
        op.f("ck_observation_reason_of_missing"),
        "observation",
        "reason is null or status = 'missing'",
        schema="kpi",
    )


def downgrade() -> None:
    """Refused: it would throw away reasons."""
    raise NotImplementedError("evidence is never thrown away: restore a backup made before the migration")

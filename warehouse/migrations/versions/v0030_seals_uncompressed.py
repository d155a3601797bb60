"""Hashes of seals are kept as they are: nothing compresses a hash, and trying took a sixth of the time of sealing."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No row changes, and no table is written again."""
    op.execute("alter table ledger.seal_part alter column hashes set storage external")


def downgrade() -> None:
    """As PostgreSQL keeps such columns by itself."""
    op.execute("alter table ledger.seal_part alter column hashes set storage extended")

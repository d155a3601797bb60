"""Batches that are published although many of their records were refused: figures of their days are provisional."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Batches of before had at most the share of refused records that official figures allow."""
    op.execute("alter table ledger.batch add column is_provisional boolean not null default false")
    op.execute(
        "comment on column ledger.batch.is_provisional is"
        " 'Published with so many refused records that figures of its days are provisional'"
    )


def downgrade() -> None:
    """The hub of before takes these batches for whole."""
    op.execute("alter table ledger.batch drop column is_provisional")

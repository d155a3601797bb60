"""Indexes by which pages of quality read as much as they show, however many batches there are."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_batch_source": "province_id, source, batch_id",
    "ix_batch_feed_last_day": "province_id, source, feed, last_day, batch_id",
    "ix_batch_length": "province_id, (last_day - first_day)",
}


def upgrade() -> None:
    """No row changes."""
    for name, columns in _INDEXES.items():
        op.execute(f"create index {name} on ledger.batch ({columns})")


def downgrade() -> None:
    """The hub of before reads without them."""
    for name in _INDEXES:
        op.execute(f"drop index ledger.{name}")

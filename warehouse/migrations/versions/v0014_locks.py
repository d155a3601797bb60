"""Locks that a reader's login cannot take: rows instead of advisory locks; and a schema of BI tools' logins."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is held while a database is migrated."""
    op.execute("create table ledger.lock (key text not null, constraint pk_lock primary key (key))")
    op.execute("comment on table ledger.lock is 'What only one process does at a time; who locks the row does it'")
    op.execute("comment on column ledger.lock.key is 'What is held, such as kpi/1/gate_vehicles'")

    op.execute("create schema serving_bi")
    op.execute("comment on schema serving_bi is 'The same views for logins of BI tools, read through functions'")


def downgrade() -> None:
    """The hub of before takes advisory locks, and its BI logins read schema serving."""
    op.execute("drop schema serving_bi cascade")
    op.execute("drop table ledger.lock")

"""Attempts to sign in are counted under locks of rows, which nobody but the keeper of accounts can take."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The rows are made here once; the index finds the attempts that are no longer kept."""
    op.execute(
        "create table access.login_lock (bucket smallint not null, constraint pk_login_lock primary key (bucket))"
    )
    op.execute("insert into access.login_lock (bucket) select generate_series(0, 255)")
    op.execute(
        "comment on table access.login_lock is 'Rows that are locked while attempts are counted: 256 buckets of logins"
        " and addresses, by their hash'"
    )
    op.execute("comment on column access.login_lock.bucket is 'First byte of the hash'")
    op.execute("create index ix_login_attempt_at on access.login_attempt (at)")


def downgrade() -> None:
    """The hub of before counts under advisory locks."""
    op.execute("drop index access.ix_login_attempt_at")
    op.execute("drop table access.login_lock")

"""A batch is a slice: what it belongs to, when it was read, and how far it is complete."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COMMENTS = {
    "table ledger.batch": "One row an attempt to load a slice of a feed (a day, a month, a window of changes), with its"
    " account",
    "column ledger.batch.first_day": "First day of the slice",
    "column ledger.batch.last_day": "Last day of the slice, inclusive",
    "column ledger.batch.fetched": "Records read from the wire; one that came again in the same read counts once",
    "column ledger.batch.run_id": "First batch of the load that it is a slice of",
    "column ledger.batch.repeated": "Times that a record came again in the read",
    "column ledger.batch.read_at": "When its reading began, by the hub's clock or the source's, whichever is behind",
    "column ledger.batch.complete_to": "Last day of the slice that had ended when it was read; null where none had",
    "column ledger.batch.settled_to": "Last day of the slice whose late records had come, too, when it was read; null"
    " where none had",
    "column quality.rule_result.passed": "Whether the rule held; null where there was nothing to measure",
}


def upgrade() -> None:
    """Batches of before were loads of their own; how far they are complete follows from when they began."""
    op.execute(
        "alter table ledger.batch add column run_id bigint, add column repeated bigint not null default '0',"
        " add column read_at timestamptz, add column complete_to date, add column settled_to date,"
        " drop constraint ck_batch_all_declared_fetched,"
        " add constraint ck_batch_all_declared_fetched check (status <> 'published' or declared is null"
        " or declared between fetched and fetched + repeated),"
        " add constraint ck_batch_complete_within check (complete_to between first_day and last_day),"
        " add constraint ck_batch_settled_within check (settled_to between first_day and complete_to)"
    )
    op.execute(
        "with read as (select batch_id, least(last_day, (started_at at time zone 'Asia/Ho_Chi_Minh')::date - 1) as day"
        " from ledger.batch) update ledger.batch as b set run_id = b.batch_id, read_at = b.started_at,"
        " complete_to = case when read.day >= b.first_day then read.day end,"
        " settled_to = case when read.day >= b.first_day then read.day end from read where read.batch_id = b.batch_id"
    )
    op.execute("alter table quality.rule_result alter column passed drop not null")
    for named, comment in _COMMENTS.items():
        op.execute(f"comment on {named} is '{comment.replace(chr(39), chr(39) * 2)}'")


def downgrade() -> None:
    """Refused: slices cannot be told as one batch again."""
    raise NotImplementedError("restore the database from before the upgrade instead")

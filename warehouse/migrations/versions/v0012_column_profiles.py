"""How the columns of every batch are filled, so that a later one can be compared with it."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COMMENTS = {
    "table quality.column_profile": "How the columns of every batch are filled, to compare it with later ones",
    "column quality.column_profile.batch_id": "Batch",
    "column quality.column_profile.column_name": "Column of the feed; none that is about persons",
    "column quality.column_profile.records": "Records of the batch, refused ones included",
    "column quality.column_profile.nulls": "Of these without a readable value",
    "column quality.column_profile.absent": "Of these without the field; null where the page states the value",
    "column quality.column_profile.unlisted": "Of these with a code that the dimension does not list; null without one",
    "column quality.column_profile.common_value": "The commonest value, or day in Vietnam (at most 64 characters); null"
    " where there are many values",
    "column quality.column_profile.common_count": "Records with the commonest value",
}


def upgrade() -> None:
    """Batches of before have no profile: a feed is compared with its own history from the sixth slice on."""
    op.execute(
        "create table quality.column_profile (batch_id bigint not null, column_name text not null,"
        " records bigint not null, nulls bigint not null, absent bigint, unlisted bigint, common_value text,"
        " common_count bigint, constraint pk_column_profile primary key (batch_id, column_name),"
        " constraint fk_column_profile_batch_id foreign key (batch_id) references ledger.batch (batch_id))"
    )
    for named, comment in _COMMENTS.items():
        op.execute(f"comment on {named} is '{comment}'")


def downgrade() -> None:
    """The hub of before compares nothing with it."""
    op.execute("drop table quality.column_profile")

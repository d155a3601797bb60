"""The tree over the audit trail, its signed checkpoints, and the places outside of the database that hold them."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_COMMENTS = {
    "column ledger.entry.at": "When, with the offset of Vietnam, so that texts are in the order of time; from the body",
    "column ledger.entry.seal_id": "Seal over the rows that the act wrote; null where it wrote none that is sealed;"
    " from the body",
    "column ledger.seal.salt": "Secret of the tree that an entry binds its rows by; null of older seals",
    "table ledger.pending_entry": "Entries that have no place in the tree yet; the next checkpoint takes those that it"
    " sees",
    "column ledger.pending_entry.entry_id": "Entry",
    "table ledger.leaf": "The leaves of the Merkle tree over the audit trail; rows are added, never changed",
    "column ledger.leaf.position": "Place in the tree, from 0",
    "column ledger.leaf.entry_id": "Entry",
    "column ledger.leaf.sha256": "SHA-256 of a zero byte and the entry''s body (RFC 9162, 2.1.1)",
    "table ledger.tree_node": "Inner nodes of the tree over complete pairs; rows are added, never changed",
    "column ledger.tree_node.level": "Height above the leaves, from 1",
    "column ledger.tree_node.position": "Place in its level, from 0: it covers the 2^level leaves from position *"
    " 2^level on",
    "column ledger.tree_node.sha256": "SHA-256 of a one byte and the two nodes below",
    "table ledger.checkpoint": "Signed heads of the tree over the audit trail",
    "column ledger.checkpoint.tree_size": "Leaves that it covers",
    "column ledger.checkpoint.root_sha256": "Root of the tree over them",
    "column ledger.checkpoint.note": "Signed checkpoint (C2SP tlog-checkpoint), with the cosignatures of witnesses that"
    " came",
    "column ledger.checkpoint.time_stamp": "RFC 3161 answer of a time stamp authority over the signed text",
    "column ledger.checkpoint.made_at": "When it was made",
    "table ledger.anchor": "Which checkpoint each place outside of the database holds",
    "column ledger.anchor.place": "Folder or address outside of the database",
    "column ledger.anchor.tree_size": "Size of the newest checkpoint that it took; 0: none",
    "column ledger.anchor.anchored_at": "When it took that",
    "column ledger.anchor.failed_at": "Since when it takes none; null where the last attempt succeeded",
    "column ledger.anchor.error_vi": "Why, in Vietnamese",
    "column ledger.anchor.error_en": "The same in English",
}


def upgrade() -> None:
    """Entries that were written before wait for their place in the tree."""
    op.execute("alter table ledger.entry drop column written_at")
    op.execute("alter table ledger.entry add at text generated always as ((body::jsonb) ->> 'at') stored")
    op.execute(
        "alter table ledger.entry add seal_id bigint generated always as"
        " (((body::jsonb) #>> '{seal,id}')::bigint) stored"
    )
    op.execute("alter table ledger.seal add salt bytea")
    op.execute("create index ix_entry_at on ledger.entry (at)")
    op.execute("create index ix_entry_seal_id on ledger.entry (seal_id)")
    op.execute(
        "create table ledger.pending_entry (entry_id bigint not null,"
        " constraint pk_pending_entry primary key (entry_id))"
    )
    op.execute("insert into ledger.pending_entry select entry_id from ledger.entry")
    op.execute(
        "create table ledger.leaf (position bigint not null, entry_id bigint not null, sha256 bytea not null,"
        " constraint pk_leaf primary key (position), constraint uq_leaf_entry_id unique (entry_id))"
    )
    op.execute(
        "create table ledger.tree_node (level smallint not null, position bigint not null, sha256 bytea not null,"
        " constraint pk_tree_node primary key (level, position))"
    )
    op.execute(
        "create table ledger.checkpoint (tree_size bigint not null, root_sha256 bytea not null, note text not null,"
        " time_stamp bytea, made_at timestamptz not null, constraint pk_checkpoint primary key (tree_size))"
    )
    op.execute(
        "create table ledger.anchor (place text not null, tree_size bigint not null, anchored_at timestamptz,"
        " failed_at timestamptz, error_vi text, error_en text, constraint pk_anchor primary key (place))"
    )
    for named, comment in _COMMENTS.items():
        op.execute(f"comment on {named} is '{comment}'")


def downgrade() -> None:
    """The hub of before has entries and no tree."""
    op.execute("drop table ledger.anchor, ledger.checkpoint, ledger.tree_node, ledger.leaf, ledger.pending_entry")
    op.execute("alter table ledger.seal drop column salt")
    op.execute("alter table ledger.entry drop column at, drop column seal_id")
    op.execute("alter table ledger.entry add written_at timestamptz not null default clock_timestamp()")
    op.execute("create index ix_entry_written_at on ledger.entry (written_at)")
    op.execute("comment on column ledger.entry.written_at is 'When it was written'")

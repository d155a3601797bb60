"""The audit trail and its evidence: seals over rows, entries, the tree over them, and its checkpoints."""

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY

from warehouse.schema.base import instant, metadata

seal = Table(
    "seal",
    metadata,
    Column("seal_id", BigInteger, Identity(), primary_key=True, comment="Seal"),
    Column("chain", Text, nullable=False, comment="What it continues: a feed, the figures of a KPI, reference data …"),
    Column("position", BigInteger, nullable=False, comment="Place in the chain, from 1"),
    Column("act", Text, nullable=False, comment="What wrote the rows: load, interruption, figures, definition …"),
    instant("sealed_at", "When it was made", nullable=False),
    Column("parts", BigInteger, nullable=False, comment="Number of its parts"),
    Column("parts_sha256", LargeBinary, nullable=False, comment="SHA-256 over the hashes of its parts, in their order"),
    Column("previous_sha256", LargeBinary, comment="sha256 of the seal before it in the chain; null of the first"),
    Column(
        "sha256", LargeBinary, nullable=False, comment="SHA-256 over all of this, with its parts and the seal before"
    ),
    Column("salt", LargeBinary, comment="Secret of the tree that an entry binds its rows by; null of older seals"),
    UniqueConstraint("chain", "position"),
    schema="ledger",
    comment="What an act wrote, as hashes, in the transaction of the act; rows are added, never changed",
)

seal_part = Table(
    "seal_part",
    metadata,
    Column("part_id", BigInteger, Identity(), primary_key=True, comment="Part; the newest that names a row holds"),
    Column(
        "seal_id",
        BigInteger,
        ForeignKey("ledger.seal.seal_id", deferrable=True, initially="DEFERRED"),
        nullable=False,
        comment="Seal",
    ),
    Column("relation", Text, nullable=False, comment="Table, with its schema"),
    Column("province_id", SmallInteger, comment="Province of the rows; null where they are of the whole hub"),
    Column("batch_id", BigInteger, comment="Batch of the rows; null where they have none"),
    Column("page_number", Integer, comment="Page of that batch; null where the rows have none"),
    Column("keys", ARRAY(Text), nullable=False, comment="Primary or natural keys of the rows"),
    Column(
        "hashes",
        ARRAY(LargeBinary),
        nullable=False,
        comment="SHA-256 of each row's content, in the order of the keys; null of a row that was taken out",
    ),
    Index(None, "seal_id"),
    Index(None, "relation"),
    schema="ledger",
    comment="Rows of one table that a seal holds, with the hashes of their content",
)

redacted_part = Table(
    "redacted_part",
    metadata,
    Column(
        "part_id",
        BigInteger,
        ForeignKey("ledger.seal_part.part_id"),
        primary_key=True,
        autoincrement=False,
        comment="Part",
    ),
    Column("sealed_sha256", LargeBinary, nullable=False, comment="Hash of the part as its seal holds it"),
    Column("redacted_sha256", LargeBinary, nullable=False, comment="Hash of the part as it is now"),
    schema="ledger",
    comment="Parts of seals in which a key was replaced by a pseudonym",
)


def _of_body(name: str, comment: str) -> Column[str]:
    return Column(name, Text, Computed(f"(body::jsonb) ->> '{name}'", persisted=True), comment=comment)


def _sha256(comment: str, name: str = "sha256") -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False, comment=comment)


entry = Table(
    "entry",
    metadata,
    Column(
        "entry_id",
        BigInteger,
        Identity(),
        primary_key=True,
        comment="Entry; numbers of transactions that were taken back are missing",
    ),
    Column("body", Text, nullable=False, comment="The entry as canonical JSON (RFC 8785); what is hashed"),
    _of_body("at", "When, with the offset of Vietnam, so that texts are in the order of time; from the body"),
    _of_body("act", "What was done; from the body"),
    _of_body("actor", "Who did it; from the body"),
    _of_body("subject", "What it was done to, as a path; from the body"),
    _of_body("province", "Province; null where the act is of the whole hub; from the body"),
    Column(
        "seal_id",
        BigInteger,
        Computed("((body::jsonb) #>> '{seal,id}')::bigint", persisted=True),
        comment="Seal over the rows that the act wrote; null where it wrote none that is sealed; from the body",
    ),
    Index(None, "at"),
    Index(None, "subject"),
    Index(None, "seal_id"),
    schema="ledger",
    comment="The audit trail: what was done, in the transaction that did it; rows are added, never changed",
)

pending_entry = Table(
    "pending_entry",
    metadata,
    Column("entry_id", BigInteger, primary_key=True, autoincrement=False, comment="Entry"),
    schema="ledger",
    comment="Entries that have no place in the tree yet; the next checkpoint takes those that it sees",
)

leaf = Table(
    "leaf",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False, comment="Place in the tree, from 0"),
    Column("entry_id", BigInteger, nullable=False, comment="Entry"),
    _sha256("SHA-256 of a zero byte and the entry's body (RFC 9162, 2.1.1)"),
    UniqueConstraint("entry_id"),
    schema="ledger",
    comment="The leaves of the Merkle tree over the audit trail; rows are added, never changed",
)

tree_node = Table(
    "tree_node",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False, comment="Height above the leaves, from 1"),
    Column(
        "position",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Place in its level, from 0: it covers the 2^level leaves from position * 2^level on",
    ),
    _sha256("SHA-256 of a one byte and the two nodes below"),
    schema="ledger",
    comment="Inner nodes of the tree over complete pairs; rows are added, never changed",
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("tree_size", BigInteger, primary_key=True, autoincrement=False, comment="Leaves that it covers"),
    _sha256("Root of the tree over them", "root_sha256"),
    Column(
        "note",
        Text,
        nullable=False,
        comment="Signed checkpoint (C2SP tlog-checkpoint), with the cosignatures of witnesses that came",
    ),
    Column("time_stamp", LargeBinary, comment="RFC 3161 answer of a time stamp authority over the signed text"),
    instant("made_at", "When it was made", nullable=False),
    schema="ledger",
    comment="Signed heads of the tree over the audit trail",
)

anchor = Table(
    "anchor",
    metadata,
    Column("place", Text, primary_key=True, comment="Folder or address outside of the database"),
    Column("tree_size", BigInteger, nullable=False, comment="Size of the newest checkpoint that it took; 0: none"),
    instant("anchored_at", "When it took that"),
    instant("failed_at", "Since when it takes none; null where the last attempt succeeded"),
    Column("error_vi", Text, comment="Why, in Vietnamese"),
    Column("error_en", Text, comment="The same in English"),
    schema="ledger",
    comment="Which checkpoint each place outside of the database holds",
)

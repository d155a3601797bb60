"""The hub's memory of what it did (ledger, landing) and its evidence (quality)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from warehouse.schema.base import instant, metadata, province

claim = Table(
    "claim",
    metadata,
    province(primary_key=True),
    Column("source", Text, primary_key=True, comment="Source"),
    Column("feed", Text, primary_key=True, comment="Feed"),
    Column("token", BigInteger, nullable=False, comment="Fencing token: only the newest claimant may publish"),
    instant("claimed_at", "When the newest claim was made", nullable=False, server_default=func.now()),
    schema="ledger",
    comment="Who may write a feed now",
)

lock = Table(
    "lock",
    metadata,
    Column("key", Text, primary_key=True, comment="What is held, such as kpi/1/gate_vehicles"),
    schema="ledger",
    comment="What only one process does at a time; who locks the row does it",
)

batch = Table(
    "batch",
    metadata,
    Column("batch_id", BigInteger, Identity(), primary_key=True, comment="Batch"),
    province(),
    Column("source", Text, nullable=False, comment="Source"),
    Column("feed", Text, nullable=False, comment="Feed"),
    Column("first_day", Date, nullable=False, comment="First day of the slice"),
    Column("last_day", Date, nullable=False, comment="Last day of the slice, inclusive"),
    Column("kind", Text, nullable=False, server_default="fetch", comment="fetch, or replay of quarantined records"),
    Column(
        "replayed_batch_id",
        BigInteger,
        ForeignKey("ledger.batch.batch_id"),
        comment="Batch whose quarantine is replayed",
    ),
    Column("token", BigInteger, nullable=False, comment="Fencing token under which it ran"),
    Column("spec_sha256", Text, nullable=False, comment="Hash of the feed's specification"),
    Column("status", Text, nullable=False, server_default="running", comment="running, published, blocked, failed"),
    Column("declared", BigInteger, comment="Records that the source declared; null where it declares none"),
    Column(
        "fetched",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="Records read from the wire; one that came again in the same read counts once",
    ),
    Column("loaded", BigInteger, nullable=False, server_default="0", comment="Records that changed a fact"),
    Column("unchanged", BigInteger, nullable=False, server_default="0", comment="Records that the facts already held"),
    Column("superseded", BigInteger, nullable=False, server_default="0", comment="Older versions of a record"),
    Column("quarantined", BigInteger, nullable=False, server_default="0", comment="Records refused by a rule"),
    Column(
        "removed",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="Fact rows that a replacing snapshot no longer lists",
    ),
    Column("changed_from", Date, comment="Earliest day whose figures the batch can change"),
    Column("cursor", Text, comment="Where the source said to go on from"),
    Column("reason_vi", Text, comment="Why it was blocked or failed, and what to do, in Vietnamese"),
    Column("reason_en", Text, comment="The same in English"),
    instant("started_at", "Started", nullable=False, server_default=func.clock_timestamp()),
    instant("finished_at", "Published, blocked or failed"),
    Column("run_id", BigInteger, comment="First batch of the load that it is a slice of"),
    Column(
        "repeated", BigInteger, nullable=False, server_default="0", comment="Times that a record came again in the read"
    ),
    instant("read_at", "When its reading began, by the hub's clock or the source's, whichever is behind"),
    Column("complete_to", Date, comment="Last day of the slice that had ended when it was read; null where none had"),
    Column(
        "settled_to",
        Date,
        comment="Last day of the slice whose late records had come, too, when it was read; null where none had",
    ),
    Column("deliverer_column", Text, comment="Column by which its deliveries were counted; null where none were"),
    Column(
        "is_provisional",
        Boolean,
        nullable=False,
        server_default="false",
        comment="Published with so many refused records that figures of its days are provisional",
    ),
    Column(
        "is_own_fault",
        Boolean,
        comment="True where the hub, its settings or specification made it fail, not source or gateway; else null",
    ),
    CheckConstraint("status in ('running', 'published', 'blocked', 'failed')", name="status"),
    CheckConstraint("kind in ('fetch', 'replay')", name="kind"),
    CheckConstraint("last_day >= first_day", name="interval"),
    CheckConstraint("(reason_vi is null) = (reason_en is null)", name="reason_in_both"),
    CheckConstraint(
        "status <> 'published' or fetched = loaded + unchanged + superseded + quarantined", name="account_balances"
    ),
    CheckConstraint(
        "status <> 'published' or declared is null or declared between fetched and fetched + repeated",
        name="all_declared_fetched",
    ),
    CheckConstraint("complete_to between first_day and last_day", name="complete_within"),
    CheckConstraint("settled_to between first_day and complete_to", name="settled_within"),
    Index(None, "province_id", "source", "feed", "batch_id"),
    Index("ix_batch_status", "province_id", "status", "batch_id"),
    Index("ix_batch_last_day", "province_id", "last_day", "batch_id"),
    schema="ledger",
    comment="One row an attempt to load a slice of a feed (a day, a month, a window of changes), with its account",
)

delivery = Table(
    "delivery",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("ledger.batch.batch_id"), primary_key=True, comment="Batch"),
    Column("deliverer", Text, primary_key=True, comment="Code of who delivered, in lower case"),
    Column("records", BigInteger, nullable=False, comment="Records of it that were accepted"),
    Index(None, "deliverer", "batch_id"),
    schema="ledger",
    comment="Whose records a published batch brought; who is not here brought none that was accepted",
)

watermark = Table(
    "watermark",
    metadata,
    province(primary_key=True),
    Column("source", Text, primary_key=True, comment="Source"),
    Column("feed", Text, primary_key=True, comment="Feed"),
    Column("covered_to", Date, nullable=False, comment="Last day that a published batch covers"),
    Column("cursor", Text, comment="Where the source said to go on from"),
    Column("batch_id", BigInteger, ForeignKey("ledger.batch.batch_id"), nullable=False, comment="Batch that set it"),
    schema="ledger",
    comment="How far a feed is loaded; changes only together with facts",
)

page = Table(
    "page",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("ledger.batch.batch_id"), primary_key=True, comment="Batch"),
    Column("page_number", Integer, primary_key=True, comment="Place in the batch, from 1"),
    Column("wire_sha256", Text, nullable=False, comment="SHA-256 of the bytes as they came"),
    Column("landed_sha256", Text, nullable=False, comment="SHA-256 of the redacted page, and its name in landing"),
    Column("correlation_id", Text, nullable=False, comment="X-Correlation-Id of the call"),
    Column("request", Text, nullable=False, comment="Method, path and parameters; no credentials"),
    Column("records", Integer, nullable=False, comment="Records on the page"),
    Column("wire_bytes", BigInteger, nullable=False, comment="Size as it came, unpacked"),
    Column(
        "unknown_fields",
        JSONB,
        comment="Names of fields that the specification does not know; values are not kept",
    ),
    instant("fetched_at", "Received", nullable=False),
    schema="landing",
    comment="Manifest of pages; the redacted pages themselves lie in the landing folder under their hash",
)

removed_page = Table(
    "removed_page",
    metadata,
    Column("landed_sha256", Text, primary_key=True, comment="Hash of the page, as in the manifest"),
    instant("removed_at", "When it was removed from the landing folder", primary_key=True),
    schema="landing",
    comment="Pages that were removed from the landing folder because they had been kept long enough",
)

replaced_page = Table(
    "replaced_page",
    metadata,
    Column("landed_sha256", Text, primary_key=True, comment="Hash of the page, as in the manifest"),
    Column("replacement_sha256", Text, nullable=False, comment="Hash of the page that stands in its place"),
    instant("replaced_at", "When", nullable=False),
    schema="landing",
    comment="Landed pages that were written again without a code",
)

erased_code = Table(
    "erased_code",
    metadata,
    province(primary_key=True),
    Column("source", Text, primary_key=True, comment="Source"),
    Column("feed", Text, primary_key=True, comment="Feed"),
    Column("pseudonym", Text, primary_key=True, comment="Keyed hash of the code, which stands in its place"),
    instant("erased_at", "When", nullable=False, server_default=func.clock_timestamp()),
    schema="ledger",
    comment="Pseudonyms of records whose code was erased; a record that comes again gets the same",
)

rule_result = Table(
    "rule_result",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("ledger.batch.batch_id"), primary_key=True, comment="Batch"),
    Column("rule_id", Text, primary_key=True, comment="Rule of the feed"),
    Column("severity", Text, nullable=False, comment="reject a row, block the batch, or warn"),
    Column("expectation", Text, nullable=False, comment="Great Expectations type that judged"),
    Column("executed", Boolean, nullable=False, comment="False blocks the batch"),
    Column("passed", Boolean, comment="Whether the rule held; null where there was nothing to measure"),
    Column("evaluated", BigInteger, nullable=False, comment="Rows looked at"),
    Column("failed", BigInteger, nullable=False, comment="Rows that broke it"),
    Column("observed", Text, comment="What was measured, for rules about the whole batch"),
    Column("description_vi", Text, nullable=False, comment="The rule in words, in Vietnamese"),
    Column("description_en", Text, nullable=False, comment="The rule in words, in English"),
    Index("ix_rule_result_broken", "rule_id", "batch_id", postgresql_where=text("not passed")),
    schema="quality",
    comment="What every rule said of every batch",
)

column_profile = Table(
    "column_profile",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("ledger.batch.batch_id"), primary_key=True, comment="Batch"),
    Column("column_name", Text, primary_key=True, comment="Column of the feed; none that is about persons"),
    Column("records", BigInteger, nullable=False, comment="Records of the batch, refused ones included"),
    Column("nulls", BigInteger, nullable=False, comment="Of these without a readable value"),
    Column("absent", BigInteger, comment="Of these without the field; null where the page states the value"),
    Column("unlisted", BigInteger, comment="Of these with a code that the dimension does not list; null without one"),
    Column(
        "common_value",
        Text,
        comment="The commonest value, or day in Vietnam (at most 64 characters); null where there are many values",
    ),
    Column("common_count", BigInteger, comment="Records with the commonest value"),
    schema="quality",
    comment="How the columns of every batch are filled, to compare it with later ones",
)

verdict = Table(
    "verdict",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("ledger.batch.batch_id"), primary_key=True, comment="Batch"),
    Column("passed", Boolean, nullable=False, comment="Whether the batch may be published"),
    Column("declared_rules", Integer, nullable=False, comment="Rules that the specification declares"),
    Column("executed_rules", Integer, nullable=False, comment="Rules that ran"),
    Column("reasons", JSONB, nullable=False, comment="Why it may not"),
    instant("judged_at", "Judged", nullable=False, server_default=func.clock_timestamp()),
    schema="quality",
    comment="The gate's word on a batch; nothing reaches a fact without it",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_id", BigInteger, Identity(), primary_key=True, comment="Refused record"),
    Column("batch_id", BigInteger, ForeignKey("ledger.batch.batch_id"), nullable=False, comment="Batch"),
    Column("page_number", Integer, nullable=False, comment="Page on which it came"),
    Column("row_number", BigInteger, nullable=False, comment="Place in the batch, from 1"),
    Column("record_key", Text, comment="The record's identity, where it has one"),
    Column("rules", JSONB, nullable=False, comment="Rules that it broke"),
    Column("record", JSONB, nullable=False, comment="Its redacted wire form"),
    Column("fact", Text, comment="Fact that it was meant for"),
    Column("fact_row", JSONB, comment="The row that it would have been there; keys that name no member are null"),
    Column(
        "replay_batch_id",
        BigInteger,
        ForeignKey("ledger.batch.batch_id"),
        comment="Batch that accepted it after a fix",
    ),
    instant("quarantined_at", "Refused", nullable=False, server_default=func.clock_timestamp()),
    Column(
        "offences",
        JSONB,
        comment="What it broke each rule with: rule, column, value as it came (at most 200 characters, none of a"
        " personal field); null where an earlier version refused it",
    ),
    instant("emptied_at", "When its content was removed: its time was over, or it was erased"),
    UniqueConstraint("batch_id", "row_number"),
    Index("ix_quarantine_kept", "quarantined_at", postgresql_where=text("emptied_at is null")),
    schema="quality",
    comment="Records that a rule refused; kept, explained, and replayable",
)

reconciliation = Table(
    "reconciliation",
    metadata,
    Column("reconciliation_id", BigInteger, Identity(), primary_key=True, comment="Comparison"),
    Column(
        "batch_id",
        BigInteger,
        ForeignKey("ledger.batch.batch_id"),
        nullable=False,
        comment="Batch after which it was made",
    ),
    Column("measure", Text, nullable=False, comment="KPI and measure compared"),
    Column("breakdown", Text, nullable=False, comment="Slice compared, empty for the whole"),
    Column("first_day", Date, nullable=False, comment="First day"),
    Column("last_day", Date, nullable=False, comment="Last day, inclusive"),
    Column("source_value", Double, nullable=False, comment="The source's own count"),
    Column("hub_value", Double, comment="The hub's count"),
    Column("severity", Text, nullable=False, comment="block or warn"),
    Column("equal", Boolean, nullable=False, comment="Whether they agree"),
    Column("correlation_id", Text, nullable=False, comment="X-Correlation-Id of the call"),
    instant("made_at", "Compared", nullable=False, server_default=func.clock_timestamp()),
    schema="quality",
    comment="The source's control totals beside the hub's own",
)

decision = Table(
    "decision",
    metadata,
    Column("decision_id", BigInteger, Identity(), primary_key=True, comment="Decision"),
    Column(
        "quarantine_id",
        BigInteger,
        ForeignKey("quality.quarantine.quarantine_id"),
        nullable=False,
        comment="Refused record",
    ),
    Column(
        "way",
        Text,
        nullable=False,
        comment="waived, rejected (for good) or superseded: its way out; assigned: who is to see to it",
    ),
    Column("assignee", Text, comment="Login of an account or code of an organisation that it is assigned to"),
    Column("actor", Text, nullable=False, comment="Who decided: an account, a user of the machine, a run"),
    Column("reason", Text, nullable=False, comment="Why"),
    Column(
        "entry_id",
        BigInteger,
        ForeignKey("ledger.entry.entry_id"),
        nullable=False,
        comment="Entry of the audit trail that tells it",
    ),
    instant("decided_at", "Decided", nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("way in ('waived', 'rejected', 'superseded', 'assigned')", name="way"),
    CheckConstraint("(way = 'assigned') = (assignee is not null)", name="assignee"),
    Index("uq_decision_way_out", "quarantine_id", unique=True, postgresql_where=text("way <> 'assigned'")),
    Index(None, "quarantine_id"),
    schema="quality",
    comment="What was decided about refused records, beside the evidence; rows are added, never changed",
)

release = Table(
    "release",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("ledger.batch.batch_id"), primary_key=True, comment="Batch"),
    Column("refused", BigInteger, nullable=False, comment="Refused records that still have no way out"),
    Column("allowed", BigInteger, nullable=False, comment="How many of them official figures allow"),
    instant("released_at", "Since when", nullable=False, server_default=func.clock_timestamp()),
    schema="quality",
    comment="Batches whose figures are no longer provisional, as enough of their refused records have a way out",
)

month_total = Table(
    "month_total",
    metadata,
    province(primary_key=True),
    Column("source", Text, primary_key=True, comment="Source"),
    Column("feed", Text, primary_key=True, comment="Feed"),
    Column("month", Date, primary_key=True, comment="First day of the month in which the last day of the slices lies"),
    Column("rule_id", Text, primary_key=True, comment="Rule of the feed"),
    Column("runs", BigInteger, nullable=False, comment="Batches on which the rule ran"),
    Column("broken", BigInteger, nullable=False, comment="Of these the batches that broke it"),
    Column("evaluated", BigInteger, nullable=False, comment="Rows looked at"),
    Column("failed", BigInteger, nullable=False, comment="Rows that broke it"),
    Index(None, "province_id", "month"),
    schema="quality",
    comment="What rules said, added up by month: trends cost the same however many batches there are",
)

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
    _of_body("subject", "To what it was done, as a path; from the body"),
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

approved_input = Table(
    "approved_input",
    metadata,
    Column(
        "name", Text, primary_key=True, comment="Input, such as kpi/phone_density, source/dvc, targets, area_population"
    ),
    Column("body", JSONB, nullable=False, comment="Its values by key, all as text"),
    instant(
        "approved_at", "When it was approved, or first seen by this hub", nullable=False, server_default=func.now()
    ),
    schema="ledger",
    comment="What published figures are computed by, as it was approved last: definitions, rules and code maps,"
    " targets, reference data",
)

"""Evidence of quality: what rules said of batches, which records they refused, what was decided about these."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from warehouse.schema.base import instant, metadata, province

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

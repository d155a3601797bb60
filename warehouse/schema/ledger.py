"""The hub's memory of what it did: claims, batches and their pages, approved inputs."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

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
    Index("ix_batch_source", "province_id", "source", "batch_id"),
    Index("ix_batch_feed_last_day", "province_id", "source", "feed", "last_day", "batch_id"),
    Index("ix_batch_last_day", "province_id", "last_day", "batch_id"),
    Index("ix_batch_length", "province_id", text("(last_day - first_day)")),
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
    Column(
        "landed_sha256",
        Text,
        primary_key=True,
        comment="Hash of a page of the manifest, or of one that stood for it",
    ),
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

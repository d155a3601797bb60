"""Incidents, the alerts that tell of them, reminders to late units, and when somebody watched the ledger."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from warehouse.schema.base import instant, metadata, province

_STATES = "state in ('new', 'acknowledged', 'assigned', 'resolved')"

incident = Table(
    "incident",
    metadata,
    Column("incident_id", BigInteger, Identity(), primary_key=True, comment="Incident"),
    province(),
    Column("kind", Text, nullable=False, comment="Kind, such as blocked or late"),
    Column("cause", Text, nullable=False, comment="What causes it, unique while it lasts: kind/source/feed/…"),
    Column("source", Text, comment="Source; null where it is of the whole hub or of a KPI"),
    Column("feed", Text, comment="Feed; null where it is of more than one"),
    Column("kpis", ARRAY(Text), nullable=False, server_default="{}", comment="KPIs whose figures it touches"),
    Column("what_vi", Text, nullable=False, comment="What happened, in Vietnamese; may leave the hub"),
    Column("what_en", Text, nullable=False, comment="The same in English"),
    Column("detail_vi", Text, comment="What only people in the hub read, such as a batch's reason, in Vietnamese"),
    Column("detail_en", Text, comment="The same in English"),
    Column("state", Text, nullable=False, server_default="new", comment="new, acknowledged, assigned or resolved"),
    Column("assignee", Text, comment="Account that it is assigned to"),
    instant("opened_at", "When the hub found the cause", nullable=False, server_default=func.clock_timestamp()),
    instant("gone_at", "When the cause was gone; null while it lasts"),
    CheckConstraint(_STATES, name="state"),
    CheckConstraint("gone_at is null or state = 'resolved'", name="gone_is_resolved"),
    Index("uq_incident_cause", "province_id", "cause", unique=True, postgresql_where=text("gone_at is null")),
    Index(None, "opened_at"),
    schema="ledger",
    comment="What went wrong and has a cause; one at a time for each cause",
)

incident_event = Table(
    "incident_event",
    metadata,
    Column("event_id", BigInteger, Identity(), primary_key=True, comment="Step"),
    Column("incident_id", BigInteger, ForeignKey("ledger.incident.incident_id"), nullable=False, comment="Incident"),
    Column("state", Text, nullable=False, comment="The state that it came into"),
    Column("actor", Text, nullable=False, comment="Who did it; the hub itself when the cause came or went"),
    Column("assignee", Text, comment="Account that it was assigned to"),
    Column("reason", Text, comment="Why, in the person's words; null where the hub did it"),
    instant("happened_at", "When it came into the state", nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint(_STATES, name="state"),
    Index(None, "incident_id"),
    schema="ledger",
    comment="The history of incidents; rows are added, never changed",
)

alert = Table(
    "alert",
    metadata,
    Column("alert_id", Uuid, primary_key=True, comment="Alert; part of the Message-ID, and the Idempotency-Key"),
    province(),
    Column("channel", Text, nullable=False, comment="mail or webhook"),
    Column("recipient", Text, nullable=False, comment="Start of the SHA-256 of the address in recipients.csv"),
    Column(
        "body",
        JSONB,
        nullable=False,
        comment="What is sent: subject, text, its incidents or its reminder; never changed",
    ),
    Column(
        "status",
        Text,
        nullable=False,
        server_default="waiting",
        comment="waiting, sent, refused, or unlisted: the recipient is no longer listed",
    ),
    Column("attempts", Integer, nullable=False, server_default="0", comment="Attempts to send it"),
    Column("last_error_vi", Text, comment="Why the last attempt failed, in Vietnamese"),
    Column("last_error_en", Text, comment="The same in English"),
    instant("created_at", "Written, together with its incidents", nullable=False, server_default=func.now()),
    instant("next_at", "Not to be sent before", nullable=False, server_default=func.now()),
    instant("settled_at", "When it was sent, refused or dropped; null while it waits"),
    CheckConstraint("channel in ('mail', 'webhook')", name="channel"),
    CheckConstraint("status in ('waiting', 'sent', 'refused', 'unlisted')", name="status"),
    CheckConstraint("(status = 'waiting') = (settled_at is null)", name="settled"),
    Index(None, "next_at", postgresql_where=text("status = 'waiting'")),
    schema="ledger",
    comment="The outbox of alerts: written in the transaction of their incidents, sent afterwards",
)

alert_incident = Table(
    "alert_incident",
    metadata,
    Column("incident_id", BigInteger, ForeignKey("ledger.incident.incident_id"), primary_key=True, comment="Incident"),
    Column("recipient", Text, primary_key=True, comment="Whom it is told to, as in ledger.alert"),
    Column("alert_id", Uuid, ForeignKey("ledger.alert.alert_id"), nullable=False, comment="Alert that tells it"),
    Index(None, "alert_id"),
    schema="ledger",
    comment="Which alert tells which incident to whom: each is told to each recipient once",
)

reminder = Table(
    "reminder",
    metadata,
    Column("reminder_id", BigInteger, Identity(), primary_key=True, comment="Reminder"),
    province(),
    Column("unit", Text, nullable=False, comment="Late unit: the deliverer's code, or the source's owner"),
    Column("source", Text, nullable=False, comment="Source"),
    Column("feed", Text, nullable=False, comment="Feed"),
    Column("deliverer", Text, nullable=False, server_default="", comment="Deliverer; empty where one unit owns all"),
    Column("first_day", Date, nullable=False, comment="First day of what was due"),
    Column("last_day", Date, nullable=False, comment="Last day of it, inclusive"),
    instant("deadline", "Until when it was due, with outages added", nullable=False),
    Column("evidence", JSONB, nullable=False, comment="What the hub saw and when, and its own outages"),
    instant("made_at", "When the hub made the reminder", nullable=False, server_default=func.clock_timestamp()),
    instant("withdrawn_at", "When a person took it back; null while it counts"),
    Column("withdrawn_by", Text, comment="Who took it back"),
    Column("withdrawn_reason", Text, comment="Why it was taken back, in the person's words"),
    CheckConstraint("num_nulls(withdrawn_at, withdrawn_by, withdrawn_reason) in (0, 3)", name="withdrawn"),
    UniqueConstraint("province_id", "source", "feed", "deliverer", "last_day"),
    schema="ledger",
    comment="Reminders to late units with their evidence; what counts is never changed, only withdrawn",
)

watch = Table(
    "watch",
    metadata,
    Column("watch_id", BigInteger, Identity(), primary_key=True, comment="Stretch of time"),
    province(),
    instant("began_at", "Somebody watched the ledger from then on", nullable=False),
    instant("seen_at", "Somebody watched it until then at least", nullable=False),
    Column("data_version", BigInteger, comment="serving.data_versions when anomalies were last looked for"),
    Column("data_day", Date, comment="Day on which anomalies were last looked for"),
    Index(None, "province_id", "watch_id"),
    schema="ledger",
    comment="When the hub was up and watched its ledger; between two stretches it was down",
)

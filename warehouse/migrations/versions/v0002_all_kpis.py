"""Six more sources and all 25 KPIs: facts, plans, successors of areas, refused rows, causes of revisions, outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "fact_account",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of the count"),
        sa.Column("account", sa.Text(), nullable=False, comment="citizen_app, payment or commerce"),
        sa.Column("platform", sa.Text(), nullable=False, comment="postmart or voso for commerce; none for the others"),
        sa.Column("area_id", sa.Integer(), nullable=False, comment="Area, resolved from area_code"),
        sa.Column("accounts", sa.BigInteger(), nullable=False, comment="Accounts opened until then, running total"),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("account in ('citizen_app', 'payment', 'commerce')", name=op.f("ck_fact_account_account")),
        sa.CheckConstraint("platform in ('postmart', 'voso', 'none')", name=op.f("ck_fact_account_platform")),
        sa.PrimaryKeyConstraint("province_id", "day", "account", "platform", "area_id", name=op.f("pk_fact_account")),
        schema="warehouse",
        comment="Periodic: digital accounts of citizens on a day",
    )
    op.create_table(
        "fact_article",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("article_code", sa.Text(), nullable=False, comment="Article at the press monitor"),
        sa.Column("outlet", sa.Text(), nullable=False, comment="Newspaper or channel that published it"),
        sa.Column("published_at", postgresql.TIMESTAMP(timezone=True), nullable=False, comment="Published"),
        sa.Column(
            "sentiment", sa.Text(), nullable=True, comment="positive, negative or neutral; null until it is classified"
        ),
        sa.Column(
            "published_day",
            sa.Date(),
            sa.Computed("((published_at at time zone 'Asia/Ho_Chi_Minh')::date)", persisted=True),
            nullable=True,
            comment="Day of publication, Vietnam time",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("sentiment in ('positive', 'negative', 'neutral')", name=op.f("ck_fact_article_sentiment")),
        sa.PrimaryKeyConstraint("province_id", "article_code", name=op.f("pk_fact_article")),
        schema="warehouse",
        comment="One row a press article about the province",
    )
    op.create_index(
        op.f("ix_fact_article_province_id_published_day"),
        "fact_article",
        ["province_id", "published_day"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "fact_connection",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of the state"),
        sa.Column("system_code", sa.Text(), nullable=False, comment="System of a ministry"),
        sa.Column("system_name", sa.Text(), nullable=False, comment="Its name in Vietnamese"),
        sa.Column("ministry", sa.Text(), nullable=False, comment="Ministry that runs it"),
        sa.Column("required", sa.Boolean(), nullable=False, comment="The province must be connected to it"),
        sa.Column("status", sa.Text(), nullable=False, comment="live, trial or none"),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("status in ('live', 'trial', 'none')", name=op.f("ck_fact_connection_status")),
        sa.PrimaryKeyConstraint("province_id", "day", "system_code", name=op.f("pk_fact_connection")),
        schema="warehouse",
        comment="Periodic: ministries' systems and whether the province's LGSP is connected to them",
    )
    op.create_table(
        "fact_feedback",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("case_code", sa.Text(), nullable=False, comment="Case on the feedback switchboard"),
        sa.Column(
            "field_code", sa.Text(), nullable=False, comment="Field that the case is about, as the switchboard codes it"
        ),
        sa.Column("area_id", sa.Integer(), nullable=False, comment="Area, resolved from area_code"),
        sa.Column("intake", sa.Text(), nullable=True, comment="How it came in, as the switchboard codes it"),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False, comment="Received"),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Answer promised for"),
        sa.Column("completed_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Closed"),
        sa.Column("status_code", sa.Text(), nullable=False, comment="resolved, in_progress or refused"),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="Last change at the source; the newest version wins",
        ),
        sa.Column(
            "received_day",
            sa.Date(),
            sa.Computed("((received_at at time zone 'Asia/Ho_Chi_Minh')::date)", persisted=True),
            nullable=True,
            comment="Day of receipt, Vietnam time",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint(
            "status_code in ('resolved', 'in_progress', 'refused')", name=op.f("ck_fact_feedback_status_code")
        ),
        sa.PrimaryKeyConstraint("province_id", "case_code", name=op.f("pk_fact_feedback")),
        schema="warehouse",
        comment="Accumulating: one row a citizen's feedback, in its newest known state",
    )
    op.create_index(
        op.f("ix_fact_feedback_province_id_received_day"),
        "fact_feedback",
        ["province_id", "received_day"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "fact_post_point",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("month_end_day", sa.Date(), nullable=False, comment="Last day of the month that the figure is for"),
        sa.Column("point_code", sa.Text(), nullable=False, comment="Point of the postal network"),
        sa.Column("kind", sa.Text(), nullable=False, comment="post_office, culture_post or agent"),
        sa.Column("area_id", sa.Integer(), nullable=False, comment="Area, resolved from area_code"),
        sa.Column("served", sa.Boolean(), nullable=False, comment="Somebody serves there; others do not count"),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("kind in ('post_office', 'culture_post', 'agent')", name=op.f("ck_fact_post_point_kind")),
        sa.PrimaryKeyConstraint("province_id", "month_end_day", "point_code", name=op.f("pk_fact_post_point")),
        schema="warehouse",
        comment="Periodic: the postal network at a month's end",
    )
    op.create_table(
        "fact_threat",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of detection"),
        sa.Column("severity", sa.Text(), nullable=False, comment="low, medium, high or critical"),
        sa.Column("threats", sa.BigInteger(), nullable=False, comment="Threats detected on that day"),
        sa.Column("handled", sa.BigInteger(), nullable=False, comment="Of these handled since, as known now"),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("severity in ('low', 'medium', 'high', 'critical')", name=op.f("ck_fact_threat_severity")),
        sa.PrimaryKeyConstraint("province_id", "day", "severity", name=op.f("pk_fact_threat")),
        schema="warehouse",
        comment="Periodic: information-security threats detected in a day",
    )
    op.create_table(
        "area_successor",
        sa.Column("area_id", sa.Integer(), nullable=False, comment="Area of before"),
        sa.Column(
            "successor_id", sa.Integer(), nullable=False, comment="Area that took over its land, or a part of it"
        ),
        sa.Column(
            "share", sa.Double(), nullable=False, comment="Part of the area's figures that go there; they sum to 1"
        ),
        sa.Column(
            "is_estimated", sa.Boolean(), nullable=False, comment="The area was split, and the share is an estimate"
        ),
        sa.CheckConstraint("share > 0 and share <= 1", name=op.f("ck_area_successor_share")),
        sa.ForeignKeyConstraint(["area_id"], ["warehouse.dim_area.area_id"], name=op.f("fk_area_successor_area_id")),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["warehouse.dim_area.area_id"], name=op.f("fk_area_successor_successor_id")
        ),
        sa.PrimaryKeyConstraint("area_id", "successor_id", name=op.f("pk_area_successor")),
        schema="warehouse",
        comment="What became of each area: how figures of before are carried to today's areas",
    )
    op.create_table(
        "kpi_plan",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("kpi_id", sa.Text(), nullable=False, comment="KPI whose denominator it is"),
        sa.Column(
            "breakdown", sa.Text(), nullable=False, comment="Slice that the plan is for, such as account=payment"
        ),
        sa.Column("year", sa.SmallInteger(), nullable=False, comment="Year of the plan"),
        sa.Column("plan", sa.Double(), nullable=False, comment="What was planned, in the unit of the numerator"),
        sa.Column("basis", sa.Text(), nullable=False, comment="Where the figure comes from"),
        sa.ForeignKeyConstraint(
            ["province_id"], ["warehouse.dim_province.province_id"], name=op.f("fk_kpi_plan_province_id")
        ),
        sa.PrimaryKeyConstraint("province_id", "kpi_id", "breakdown", "year", name=op.f("pk_kpi_plan")),
        schema="warehouse",
        comment="Plans of a year that KPIs are measured against",
    )
    op.create_table(
        "government_message",
        sa.Column("message_id", sa.Uuid(), nullable=False, comment="Idempotency key of the message"),
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("kpi_id", sa.Text(), nullable=False, comment="Indicator"),
        sa.Column("first_day", sa.Date(), nullable=False, comment="First day of the period"),
        sa.Column("last_day", sa.Date(), nullable=False, comment="Last day of the period, inclusive"),
        sa.Column("observation_id", sa.BigInteger(), nullable=False, comment="Observation that it tells"),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=True,
            comment="phien_ban: set before the first attempt, then never changed",
        ),
        sa.Column(
            "body",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="What is sent: set before the first attempt, then never changed",
        ),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False, comment="State of the message"),
        sa.Column("receipt", sa.Text(), nullable=True, comment="ma_nhan, the Government's receipt"),
        sa.Column(
            "refusal",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="What the Government refused, and why",
        ),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False, comment="Times that it was sent"),
        sa.Column("last_error", sa.Text(), nullable=True, comment="Why the last attempt did not come to an end"),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Written, together with its observation",
        ),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Last attempt"),
        sa.Column(
            "settled_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Accepted, refused or superseded"
        ),
        sa.CheckConstraint(
            "(status = 'accepted') = (receipt is not null)", name=op.f("ck_government_message_accepted_has_receipt")
        ),
        sa.CheckConstraint(
            "status in ('waiting', 'sending', 'accepted', 'refused', 'superseded')",
            name=op.f("ck_government_message_status"),
        ),
        sa.CheckConstraint(
            "status in ('waiting', 'superseded') or body is not null",
            name=op.f("ck_government_message_body_before_sending"),
        ),
        sa.ForeignKeyConstraint(
            ["observation_id"], ["kpi.observation.observation_id"], name=op.f("fk_government_message_observation_id")
        ),
        sa.ForeignKeyConstraint(
            ["province_id"], ["warehouse.dim_province.province_id"], name=op.f("fk_government_message_province_id")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_government_message")),
        schema="kpi",
        comment="Outbox to the Government's operations centre: written in one transaction with the observation",
    )
    op.create_index(
        "ix_government_message_open",
        "government_message",
        ["province_id"],
        unique=False,
        schema="kpi",
        postgresql_where=sa.text("status in ('waiting', 'sending')"),
    )
    op.create_index(
        op.f("ix_government_message_province_id_kpi_id_first_day_last_day"),
        "government_message",
        ["province_id", "kpi_id", "first_day", "last_day"],
        unique=False,
        schema="kpi",
    )
    op.add_column(
        "definition",
        sa.Column(
            "valid_from",
            sa.Date(),
            server_default="2020-01-01",
            nullable=False,
            comment="It governs periods that end on or after this day, until the next version does",
        ),
        schema="kpi",
    )
    op.add_column(
        "observation",
        sa.Column(
            "cause",
            sa.Text(),
            server_default="data",
            nullable=False,
            comment="Why it was said: first, data, time, definition or recompute",
        ),
        schema="kpi",
    )
    op.add_column(
        "quarantine",
        sa.Column("fact", sa.Text(), nullable=True, comment="Fact that it was meant for"),
        schema="quality",
    )
    op.add_column(
        "quarantine",
        sa.Column(
            "fact_row",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="The row that it would have been there; keys that name no member are null",
        ),
        schema="quality",
    )
    op.add_column(
        "fact_revenue",
        sa.Column("items", sa.BigInteger(), nullable=True, comment="Postal items carried; null for telecom"),
        schema="warehouse",
    )
    op.create_check_constraint(
        op.f("ck_observation_cause"),
        "observation",
        "cause in ('first', 'data', 'time', 'definition', 'recompute')",
        schema="kpi",
    )


def downgrade() -> None:
    """Refused: it would throw away observations' causes and what was sent to the Government."""
    raise NotImplementedError("evidence is never thrown away: restore a backup made before the migration")

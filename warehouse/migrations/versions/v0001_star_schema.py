"""The star schema, the ledger, the landing manifest, the quality evidence and the KPI observations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMAS = {
    "warehouse": "Star schema: conformed dimensions and facts",
    "ledger": "What the hub did: claims, batches, watermarks",
    "landing": "Manifest of the redacted pages as they came over the wire",
    "staging": "Disposable typed copies of a batch, one unlogged table a batch",
    "quality": "Evidence: rule results, verdicts, quarantine, reconciliations; append-only",
    "kpi": "KPI definitions and observations with their revisions",
    "serving": "The only schema that screens, reports and auditors read",
}


def upgrade() -> None:
    """Make everything."""
    for name, comment in SCHEMAS.items():
        op.execute(f"create schema if not exists {name}")
        op.execute(f"comment on schema {name} is '{comment}'")
    op.execute("comment on table warehouse.schema_version is 'Migration that the database has reached'")
    op.execute("comment on column warehouse.schema_version.version_num is 'Revision of warehouse/migrations/versions'")
    op.create_table(
        "definition",
        sa.Column("kpi_id", sa.Text(), nullable=False, comment="KPI"),
        sa.Column("version", sa.Integer(), nullable=False, comment="Version of the definition"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="Hash of the definition file"),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="The definition itself"),
        sa.Column(
            "recorded_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="First seen by this hub",
        ),
        sa.PrimaryKeyConstraint("kpi_id", "version", name=op.f("pk_definition")),
        schema="kpi",
        comment="Every version of every KPI definition that produced a value",
    )
    op.create_table(
        "dim_area",
        sa.Column("area_id", sa.Integer(), sa.Identity(always=False), nullable=False, comment="Surrogate key"),
        sa.Column("code", sa.Text(), nullable=False, comment="Official code; used again for other areas over time"),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="First day on which the code meant this area"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="First day on which it no longer did; null = today's"),
        sa.Column("level", sa.Text(), nullable=False, comment="province, district or commune"),
        sa.Column("name", sa.Text(), nullable=False, comment="Name in Vietnamese"),
        sa.Column(
            "sort_key", sa.Text(collation="C"), nullable=False, comment="Orders Vietnamese names without a locale"
        ),
        sa.Column("parent_id", sa.Integer(), nullable=True, comment="Area that contains it"),
        sa.Column(
            "ancestor_ids",
            postgresql.ARRAY(sa.Integer()),
            nullable=False,
            comment="Itself and all areas that contain it, so that a subtree is one index condition",
        ),
        sa.Column("latitude", sa.Double(), nullable=True, comment="Degrees north"),
        sa.Column("longitude", sa.Double(), nullable=True, comment="Degrees east"),
        sa.Column("area_km2", sa.Double(), nullable=True, comment="Surface in km²"),
        sa.CheckConstraint("level in ('province', 'district', 'commune')", name=op.f("ck_dim_area_level")),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name=op.f("ck_dim_area_validity")),
        sa.ForeignKeyConstraint(["parent_id"], ["warehouse.dim_area.area_id"], name=op.f("fk_dim_area_parent_id")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_dim_area")),
        sa.UniqueConstraint("code", "level", "valid_from", name=op.f("uq_dim_area_code_level_valid_from")),
        schema="warehouse",
        comment="Administrative areas through time: an area is identified by code and first day of validity",
    )
    op.create_index(
        op.f("ix_dim_area_ancestor_ids"),
        "dim_area",
        ["ancestor_ids"],
        unique=False,
        schema="warehouse",
        postgresql_using="gin",
    )
    op.create_table(
        "dim_channel",
        sa.Column("code", sa.Text(), nullable=False, comment="Code used throughout the hub"),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Name in Vietnamese"),
        sa.Column("name_en", sa.Text(), nullable=False, comment="Name in English"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dim_channel")),
        schema="warehouse",
        comment="Ways in which a dossier is handed in",
    )
    op.create_table(
        "dim_date",
        sa.Column("day", sa.Date(), nullable=False, comment="The day, Vietnam time"),
        sa.Column("year", sa.SmallInteger(), nullable=False, comment="Calendar year"),
        sa.Column("quarter", sa.SmallInteger(), nullable=False, comment="1 to 4"),
        sa.Column("month", sa.SmallInteger(), nullable=False, comment="1 to 12"),
        sa.Column("iso_week", sa.SmallInteger(), nullable=False, comment="ISO 8601 week"),
        sa.Column("weekday", sa.SmallInteger(), nullable=False, comment="1 Monday to 7 Sunday"),
        sa.Column("is_month_end", sa.Boolean(), nullable=False, comment="Last day of its month"),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_dim_date")),
        schema="warehouse",
        comment="Calendar days",
    )
    op.create_table(
        "dim_gate",
        sa.Column("code", sa.Text(), nullable=False, comment="Code used throughout the hub"),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Name in Vietnamese"),
        sa.Column("name_en", sa.Text(), nullable=False, comment="Name in English"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dim_gate")),
        schema="warehouse",
        comment="Border gates",
    )
    op.create_table(
        "dim_operator",
        sa.Column("code", sa.Text(), nullable=False, comment="Code used throughout the hub"),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Name in Vietnamese"),
        sa.Column("name_en", sa.Text(), nullable=False, comment="Name in English"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dim_operator")),
        schema="warehouse",
        comment="Telecom and postal operators, and the department that reports coverage",
    )
    op.create_table(
        "dim_platform",
        sa.Column("code", sa.Text(), nullable=False, comment="Code used throughout the hub"),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Name in Vietnamese"),
        sa.Column("name_en", sa.Text(), nullable=False, comment="Name in English"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dim_platform")),
        schema="warehouse",
        comment="E-commerce platforms",
    )
    op.create_table(
        "dim_province",
        sa.Column("province_id", sa.SmallInteger(), sa.Identity(always=False), nullable=False, comment="Surrogate key"),
        sa.Column("code", sa.Text(), nullable=False, comment="Organisation code of the province, for example H37"),
        sa.Column(
            "area_code", sa.Text(), nullable=False, comment="Official code of the province's area, for example 20"
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name in Vietnamese"),
        sa.PrimaryKeyConstraint("province_id", name=op.f("pk_dim_province")),
        sa.UniqueConstraint("code", name=op.f("uq_dim_province_code")),
        schema="warehouse",
        comment="Provinces that this hub serves",
    )
    op.create_table(
        "fact_certificate",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("serial", sa.Text(), nullable=False, comment="Serial number of the certificate"),
        sa.Column(
            "organisation_id", sa.Integer(), nullable=False, comment="Organisation, resolved from organisation_code"
        ),
        sa.Column("holder", sa.Text(), nullable=False, comment="person or organisation"),
        sa.Column("issued_at", postgresql.TIMESTAMP(timezone=True), nullable=False, comment="Issued"),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Revoked"),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="Last change at the source; the newest version wins",
        ),
        sa.Column(
            "issued_day",
            sa.Date(),
            sa.Computed("((issued_at at time zone 'Asia/Ho_Chi_Minh')::date)", persisted=True),
            nullable=True,
            comment="Day of issue, Vietnam time",
        ),
        sa.Column(
            "revoked_day",
            sa.Date(),
            sa.Computed("((revoked_at at time zone 'Asia/Ho_Chi_Minh')::date)", persisted=True),
            nullable=True,
            comment="Day of revocation, Vietnam time",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("holder in ('person', 'organisation')", name=op.f("ck_fact_certificate_holder")),
        sa.PrimaryKeyConstraint("province_id", "serial", name=op.f("pk_fact_certificate")),
        schema="warehouse",
        comment="One row a digital certificate",
    )
    op.create_index(
        op.f("ix_fact_certificate_province_id_issued_day"),
        "fact_certificate",
        ["province_id", "issued_day"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "fact_coverage",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("month_end_day", sa.Date(), nullable=False, comment="Last day of the month that the figure is for"),
        sa.Column("village_code", sa.Text(), nullable=False, comment="Village"),
        sa.Column("village_name", sa.Text(), nullable=True, comment="Name of the village in Vietnamese"),
        sa.Column("area_id", sa.Integer(), nullable=False, comment="Area, resolved from area_code"),
        sa.Column("coverage", sa.Text(), nullable=False, comment="good, weak or none"),
        sa.Column(
            "submission", sa.Integer(), nullable=False, comment="Submission number of the file; the highest holds"
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("coverage in ('good', 'weak', 'none')", name=op.f("ck_fact_coverage_coverage")),
        sa.PrimaryKeyConstraint("province_id", "month_end_day", "village_code", name=op.f("pk_fact_coverage")),
        schema="warehouse",
        comment="Periodic: mobile coverage of every village at a month's end",
    )
    op.create_table(
        "fact_document",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("document_code", sa.Text(), nullable=False, comment="Document id at the source"),
        sa.Column(
            "organisation_id", sa.Integer(), nullable=False, comment="Organisation, resolved from organisation_code"
        ),
        sa.Column("issued_at", postgresql.TIMESTAMP(timezone=True), nullable=False, comment="Promulgated"),
        sa.Column("steering_type", sa.Text(), nullable=True, comment="Kind of steering document"),
        sa.Column("urgency", sa.Text(), nullable=True, comment="Urgency"),
        sa.Column("secret", sa.Boolean(), nullable=False, comment="Classified: left out of signing rates"),
        sa.Column("signed", sa.Boolean(), nullable=False, comment="Signed digitally, as known now"),
        sa.Column("signed_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Signed digitally"),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="Last change at the source; the newest version wins",
        ),
        sa.Column(
            "issued_day",
            sa.Date(),
            sa.Computed("((issued_at at time zone 'Asia/Ho_Chi_Minh')::date)", persisted=True),
            nullable=True,
            comment="Day of promulgation, Vietnam time",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.PrimaryKeyConstraint("province_id", "document_code", name=op.f("pk_fact_document")),
        schema="warehouse",
        comment="One row an issued document",
    )
    op.create_index(
        op.f("ix_fact_document_province_id_issued_day"),
        "fact_document",
        ["province_id", "issued_day"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "fact_dossier",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("dossier_code", sa.Text(), nullable=False, comment="Dossier code of the one-stop system"),
        sa.Column(
            "organisation_id", sa.Integer(), nullable=False, comment="Organisation, resolved from organisation_code"
        ),
        sa.Column("service_id", sa.Integer(), nullable=False, comment="Service, resolved from service_code"),
        sa.Column("area_id", sa.Integer(), nullable=False, comment="Area, resolved from area_code"),
        sa.Column("channel_code", sa.Text(), nullable=False, comment="How the dossier was handed in"),
        sa.Column(
            "level", sa.SmallInteger(), nullable=False, comment="Level of the service at filing: 2, 3 partial, 4 full"
        ),
        sa.Column("status_code", sa.Text(), nullable=False, comment="State of the dossier in its newest version"),
        sa.Column("filed_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Handed in"),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Accepted for handling"),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Promised for"),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Processing ended"),
        sa.Column("returned_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Result handed over"),
        sa.Column("refused_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Refused"),
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
            comment="Day on which it was received, Vietnam time",
        ),
        sa.Column(
            "ended_day",
            sa.Date(),
            sa.Computed("((ended_at at time zone 'Asia/Ho_Chi_Minh')::date)", persisted=True),
            nullable=True,
            comment="Day on which processing ended, Vietnam time",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("level between 2 and 4", name=op.f("ck_fact_dossier_level")),
        sa.PrimaryKeyConstraint("province_id", "dossier_code", name=op.f("pk_fact_dossier")),
        schema="warehouse",
        comment="Accumulating: one row a dossier, in its newest known state",
    )
    op.create_index(
        op.f("ix_fact_dossier_province_id_ended_day"),
        "fact_dossier",
        ["province_id", "ended_day"],
        unique=False,
        schema="warehouse",
    )
    op.create_index(
        op.f("ix_fact_dossier_province_id_received_day"),
        "fact_dossier",
        ["province_id", "received_day"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "fact_ecommerce",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of the snapshot"),
        sa.Column("platform_code", sa.Text(), nullable=False, comment="E-commerce platform"),
        sa.Column("listings", sa.BigInteger(), nullable=False, comment="Products on the platform"),
        sa.Column("transactions", sa.BigInteger(), nullable=False, comment="Successful transactions, cumulative"),
        sa.Column("orders", sa.BigInteger(), nullable=False, comment="Orders, cumulative"),
        sa.Column("revenue_vnd", sa.BigInteger(), nullable=False, comment="Revenue of orders in VND, cumulative"),
        sa.Column("buyer_accounts", sa.BigInteger(), nullable=True, comment="Buyers' accounts, cumulative"),
        sa.Column(
            "trained_households", sa.BigInteger(), nullable=True, comment="Producing households trained, cumulative"
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.PrimaryKeyConstraint("province_id", "day", "platform_code", name=op.f("pk_fact_ecommerce")),
        schema="warehouse",
        comment="Periodic: a platform's running totals on a day",
    )
    op.create_table(
        "fact_revenue",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("month_end_day", sa.Date(), nullable=False, comment="Last day of the month that the figure is for"),
        sa.Column("sector", sa.Text(), nullable=False, comment="telecom or post"),
        sa.Column("operator_code", sa.Text(), nullable=False, comment="Operator that earned it"),
        sa.Column("service", sa.Text(), nullable=False, comment="Kind of service, as the operator names it"),
        sa.Column("revenue_vnd", sa.BigInteger(), nullable=False, comment="Revenue of the month in VND"),
        sa.Column(
            "submission", sa.Integer(), nullable=False, comment="Submission number of the file; the highest holds"
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("sector in ('telecom', 'post')", name=op.f("ck_fact_revenue_sector")),
        sa.PrimaryKeyConstraint(
            "province_id", "month_end_day", "sector", "operator_code", "service", name=op.f("pk_fact_revenue")
        ),
        schema="warehouse",
        comment="Periodic: operators' monthly revenue",
    )
    op.create_table(
        "fact_service",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of the catalogue"),
        sa.Column("service_id", sa.Integer(), nullable=False, comment="Service, resolved from service_code"),
        sa.Column(
            "level", sa.SmallInteger(), nullable=False, comment="2 information, 3 partial, 4 full online service"
        ),
        sa.Column("on_national_portal", sa.Boolean(), nullable=False, comment="Integrated with the national portal"),
        sa.Column("effective_day", sa.Date(), nullable=True, comment="In force since"),
        sa.Column("expiry_day", sa.Date(), nullable=True, comment="In force until"),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("level between 2 and 4", name=op.f("ck_fact_service_level")),
        sa.PrimaryKeyConstraint("province_id", "day", "service_id", name=op.f("pk_fact_service")),
        schema="warehouse",
        comment="Periodic: the service catalogue of a day",
    )
    op.create_table(
        "fact_station",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("month_end_day", sa.Date(), nullable=False, comment="Last day of the month that the figure is for"),
        sa.Column("operator_code", sa.Text(), nullable=False, comment="Operator that runs the station"),
        sa.Column(
            "site_code", sa.Text(), nullable=False, comment="Site; one mast may carry stations of several operators"
        ),
        sa.Column("technology", sa.Text(), nullable=False, comment="2G, 3G, 4G or 5G"),
        sa.Column("area_id", sa.Integer(), nullable=False, comment="Area, resolved from area_code"),
        sa.Column(
            "submission", sa.Integer(), nullable=False, comment="Submission number of the file; the highest holds"
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("technology in ('2G', '3G', '4G', '5G')", name=op.f("ck_fact_station_technology")),
        sa.PrimaryKeyConstraint(
            "province_id", "month_end_day", "operator_code", "site_code", "technology", name=op.f("pk_fact_station")
        ),
        schema="warehouse",
        comment="Periodic: base stations at a month's end",
    )
    op.create_table(
        "fact_subscriber",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("month_end_day", sa.Date(), nullable=False, comment="Last day of the month that the figure is for"),
        sa.Column("operator_code", sa.Text(), nullable=False, comment="Operator that reports"),
        sa.Column("area_id", sa.Integer(), nullable=False, comment="Area, resolved from area_code"),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="fixed_phone, mobile_phone, fixed_internet, mobile_internet"
        ),
        sa.Column("smartphone", sa.Boolean(), nullable=False, comment="Subscribers who use a smartphone"),
        sa.Column("subscribers", sa.BigInteger(), nullable=False, comment="Subscribers at the end of the month"),
        sa.Column(
            "submission", sa.Integer(), nullable=False, comment="Submission number of the file; the highest holds"
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint(
            "kind in ('fixed_phone', 'mobile_phone', 'fixed_internet', 'mobile_internet')",
            name=op.f("ck_fact_subscriber_kind"),
        ),
        sa.PrimaryKeyConstraint(
            "province_id",
            "month_end_day",
            "operator_code",
            "area_id",
            "kind",
            "smartphone",
            name=op.f("pk_fact_subscriber"),
        ),
        schema="warehouse",
        comment="Periodic: subscribers at a month's end",
    )
    op.create_table(
        "fact_vehicle",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("declaration_code", sa.Text(), nullable=False, comment="Declaration on the border-gate platform"),
        sa.Column("seq", sa.Integer(), nullable=False, comment="Step of the declaration; the highest wins"),
        sa.Column("gate_code", sa.Text(), nullable=False, comment="Border gate"),
        sa.Column("direction", sa.Text(), nullable=False, comment="export or import"),
        sa.Column("enterprise_code", sa.Text(), nullable=True, comment="Enterprise that declares"),
        sa.Column("declared_online", sa.Boolean(), nullable=False, comment="Declared on the platform"),
        sa.Column("declared_at", postgresql.TIMESTAMP(timezone=True), nullable=False, comment="Declared"),
        sa.Column("processed_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Processed"),
        sa.Column("status_code", sa.Text(), nullable=False, comment="declared, processed or cancelled"),
        sa.Column(
            "processed_day",
            sa.Date(),
            sa.Computed("((processed_at at time zone 'Asia/Ho_Chi_Minh')::date)", persisted=True),
            nullable=True,
            comment="Day of processing, Vietnam time",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("direction in ('export', 'import')", name=op.f("ck_fact_vehicle_direction")),
        sa.CheckConstraint(
            "status_code in ('declared', 'processed', 'cancelled')", name=op.f("ck_fact_vehicle_status_code")
        ),
        sa.PrimaryKeyConstraint("province_id", "declaration_code", name=op.f("pk_fact_vehicle")),
        schema="warehouse",
        comment="Accumulating: one row a vehicle's declaration, in its newest known state",
    )
    op.create_index(
        op.f("ix_fact_vehicle_province_id_processed_day"),
        "fact_vehicle",
        ["province_id", "processed_day"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "fact_work_file",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("work_code", sa.Text(), nullable=False, comment="Work file id at the source"),
        sa.Column(
            "organisation_id", sa.Integer(), nullable=False, comment="Organisation, resolved from organisation_code"
        ),
        sa.Column("tier", sa.Text(), nullable=False, comment="province, district or commune"),
        sa.Column("secret", sa.Boolean(), nullable=False, comment="Classified: left out of electronic-work rates"),
        sa.Column("handled_online", sa.Boolean(), nullable=False, comment="Handled on the network from end to end"),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Opened"),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Closed"),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="Last change at the source; the newest version wins",
        ),
        sa.Column(
            "closed_day",
            sa.Date(),
            sa.Computed("((closed_at at time zone 'Asia/Ho_Chi_Minh')::date)", persisted=True),
            nullable=True,
            comment="Day of closing, Vietnam time",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that last wrote this row"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page of that batch on which the record came"),
        sa.CheckConstraint("tier in ('province', 'district', 'commune')", name=op.f("ck_fact_work_file_tier")),
        sa.PrimaryKeyConstraint("province_id", "work_code", name=op.f("pk_fact_work_file")),
        schema="warehouse",
        comment="One row a work file",
    )
    op.create_index(
        op.f("ix_fact_work_file_province_id_closed_day"),
        "fact_work_file",
        ["province_id", "closed_day"],
        unique=False,
        schema="warehouse",
    )
    op.create_table(
        "refresh",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("kpi_id", sa.Text(), nullable=False, comment="KPI"),
        sa.Column("source", sa.Text(), nullable=False, comment="Source of a feed that the KPI depends on"),
        sa.Column(
            "feed", sa.Text(), nullable=False, comment="That feed; batches of one feed are published in their order"
        ),
        sa.Column(
            "batch_id",
            sa.BigInteger(),
            nullable=False,
            comment="Its newest published batch that the observations reflect",
        ),
        sa.Column(
            "refreshed_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Last refresh",
        ),
        sa.ForeignKeyConstraint(
            ["province_id"], ["warehouse.dim_province.province_id"], name=op.f("fk_refresh_province_id")
        ),
        sa.PrimaryKeyConstraint("province_id", "kpi_id", "source", "feed", name=op.f("pk_refresh")),
        schema="kpi",
        comment="How far each KPI's observations follow the facts, per feed",
    )
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Batch"),
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("source", sa.Text(), nullable=False, comment="Source"),
        sa.Column("feed", sa.Text(), nullable=False, comment="Feed"),
        sa.Column("first_day", sa.Date(), nullable=False, comment="First day of the interval"),
        sa.Column("last_day", sa.Date(), nullable=False, comment="Last day of the interval, inclusive"),
        sa.Column(
            "kind", sa.Text(), server_default="fetch", nullable=False, comment="fetch, or replay of quarantined records"
        ),
        sa.Column("replayed_batch_id", sa.BigInteger(), nullable=True, comment="Batch whose quarantine is replayed"),
        sa.Column("token", sa.BigInteger(), nullable=False, comment="Fencing token under which it ran"),
        sa.Column("spec_sha256", sa.Text(), nullable=False, comment="Hash of the feed's specification"),
        sa.Column(
            "status", sa.Text(), server_default="running", nullable=False, comment="running, published, blocked, failed"
        ),
        sa.Column(
            "declared",
            sa.BigInteger(),
            nullable=True,
            comment="Records that the source declared; null where it declares none",
        ),
        sa.Column("fetched", sa.BigInteger(), server_default="0", nullable=False, comment="Records read from the wire"),
        sa.Column("loaded", sa.BigInteger(), server_default="0", nullable=False, comment="Records that changed a fact"),
        sa.Column(
            "unchanged",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Records that the facts already held",
        ),
        sa.Column(
            "superseded", sa.BigInteger(), server_default="0", nullable=False, comment="Older versions of a record"
        ),
        sa.Column(
            "quarantined", sa.BigInteger(), server_default="0", nullable=False, comment="Records refused by a rule"
        ),
        sa.Column(
            "removed",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Fact rows that a replacing snapshot no longer lists",
        ),
        sa.Column("changed_from", sa.Date(), nullable=True, comment="Earliest day whose figures the batch can change"),
        sa.Column("cursor", sa.Text(), nullable=True, comment="Where the source said to go on from"),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why it was blocked or failed, and what to do"),
        sa.Column(
            "started_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="Started",
        ),
        sa.Column(
            "finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Published, blocked or failed"
        ),
        sa.CheckConstraint("kind in ('fetch', 'replay')", name=op.f("ck_batch_kind")),
        sa.CheckConstraint(
            "status <> 'published' or declared is null or fetched = declared",
            name=op.f("ck_batch_all_declared_fetched"),
        ),
        sa.CheckConstraint(
            "status <> 'published' or fetched = loaded + unchanged + superseded + quarantined",
            name=op.f("ck_batch_account_balances"),
        ),
        sa.CheckConstraint("status in ('running', 'published', 'blocked', 'failed')", name=op.f("ck_batch_status")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_batch_interval")),
        sa.ForeignKeyConstraint(
            ["province_id"], ["warehouse.dim_province.province_id"], name=op.f("fk_batch_province_id")
        ),
        sa.ForeignKeyConstraint(
            ["replayed_batch_id"], ["ledger.batch.batch_id"], name=op.f("fk_batch_replayed_batch_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch")),
        schema="ledger",
        comment="One row an attempt to load an interval of a feed, with its account",
    )
    op.create_index(
        op.f("ix_batch_province_id_source_feed_batch_id"),
        "batch",
        ["province_id", "source", "feed", "batch_id"],
        unique=False,
        schema="ledger",
    )
    op.create_table(
        "claim",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("source", sa.Text(), nullable=False, comment="Source"),
        sa.Column("feed", sa.Text(), nullable=False, comment="Feed"),
        sa.Column(
            "token", sa.BigInteger(), nullable=False, comment="Fencing token: only the newest claimant may publish"
        ),
        sa.Column(
            "claimed_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the newest claim was made",
        ),
        sa.ForeignKeyConstraint(
            ["province_id"], ["warehouse.dim_province.province_id"], name=op.f("fk_claim_province_id")
        ),
        sa.PrimaryKeyConstraint("province_id", "source", "feed", name=op.f("pk_claim")),
        schema="ledger",
        comment="Who may write a feed now",
    )
    op.create_table(
        "area_population",
        sa.Column("area_id", sa.Integer(), nullable=False, comment="Area"),
        sa.Column("year", sa.SmallInteger(), nullable=False, comment="Year for which the figure is used"),
        sa.Column("population", sa.Integer(), nullable=False, comment="People"),
        sa.Column("basis", sa.Text(), nullable=False, comment="Where the figure comes from"),
        sa.ForeignKeyConstraint(["area_id"], ["warehouse.dim_area.area_id"], name=op.f("fk_area_population_area_id")),
        sa.PrimaryKeyConstraint("area_id", "year", name=op.f("pk_area_population")),
        schema="warehouse",
        comment="Population of an area by year, the denominator of densities",
    )
    op.create_table(
        "dim_organisation",
        sa.Column("organisation_id", sa.Integer(), sa.Identity(always=False), nullable=False, comment="Surrogate key"),
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("code", sa.Text(), nullable=False, comment="V1.V2.V3.province code, up to 35 characters"),
        sa.Column("name", sa.Text(), nullable=False, comment="Name in Vietnamese"),
        sa.Column("tier", sa.Text(), nullable=False, comment="province, district or commune"),
        sa.Column(
            "sort_key", sa.Text(collation="C"), nullable=False, comment="Orders Vietnamese names without a locale"
        ),
        sa.ForeignKeyConstraint(
            ["province_id"], ["warehouse.dim_province.province_id"], name=op.f("fk_dim_organisation_province_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_dim_organisation")),
        sa.UniqueConstraint("province_id", "code", name=op.f("uq_dim_organisation_province_id_code")),
        schema="warehouse",
        comment="Organisations that handle dossiers, documents and work files",
    )
    op.create_table(
        "dim_service",
        sa.Column("service_id", sa.Integer(), sa.Identity(always=False), nullable=False, comment="Surrogate key"),
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("code", sa.Text(), nullable=False, comment="Code of the administrative procedure"),
        sa.Column(
            "name",
            sa.Text(),
            nullable=True,
            comment="Name in Vietnamese; null until the catalogue has listed the service",
        ),
        sa.Column("field_code", sa.Text(), nullable=True, comment="Field of the procedure"),
        sa.Column("field_name", sa.Text(), nullable=True, comment="Name of the field in Vietnamese"),
        sa.ForeignKeyConstraint(
            ["province_id"], ["warehouse.dim_province.province_id"], name=op.f("fk_dim_service_province_id")
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_dim_service")),
        sa.UniqueConstraint("province_id", "code", name=op.f("uq_dim_service_province_id_code")),
        schema="warehouse",
        comment="Public services; what they offered on a day is in fact_service",
    )
    op.create_table(
        "observation",
        sa.Column("observation_id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Observation"),
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("kpi_id", sa.Text(), nullable=False, comment="KPI"),
        sa.Column("first_day", sa.Date(), nullable=False, comment="First day of the period"),
        sa.Column("last_day", sa.Date(), nullable=False, comment="Last day of the period, inclusive"),
        sa.Column("area_id", sa.Integer(), nullable=False, comment="Area"),
        sa.Column(
            "breakdown",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="channel=online;level=4, empty for the whole",
        ),
        sa.Column("revision", sa.Integer(), nullable=False, comment="From 1; a changed value is a new revision"),
        sa.Column(
            "value", sa.Numeric(), nullable=True, comment="Value in the KPI's unit; null with a status that says why"
        ),
        sa.Column("numerator", sa.Numeric(), nullable=True, comment="Numerator, where the KPI is a ratio"),
        sa.Column("denominator", sa.Numeric(), nullable=True, comment="Denominator, where the KPI is a ratio"),
        sa.Column("status", sa.Text(), nullable=False, comment="provisional, official or missing"),
        sa.Column("data_as_of", sa.Date(), nullable=True, comment="Last day that all feeding data cover"),
        sa.Column(
            "definition_version", sa.Integer(), nullable=False, comment="Version of the definition that was used"
        ),
        sa.Column("cause_batch_id", sa.BigInteger(), nullable=True, comment="Newest batch behind the change"),
        sa.Column(
            "recorded_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="Since when this was the hub's word",
        ),
        sa.CheckConstraint("(value is null) = (status = 'missing')", name=op.f("ck_observation_null_is_missing")),
        sa.CheckConstraint("status in ('provisional', 'official', 'missing')", name=op.f("ck_observation_status")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_observation_revision")),
        sa.ForeignKeyConstraint(["area_id"], ["warehouse.dim_area.area_id"], name=op.f("fk_observation_area_id")),
        sa.ForeignKeyConstraint(
            ["cause_batch_id"], ["ledger.batch.batch_id"], name=op.f("fk_observation_cause_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["province_id"], ["warehouse.dim_province.province_id"], name=op.f("fk_observation_province_id")
        ),
        sa.PrimaryKeyConstraint("observation_id", name=op.f("pk_observation")),
        sa.UniqueConstraint(
            "province_id",
            "kpi_id",
            "first_day",
            "last_day",
            "area_id",
            "breakdown",
            "revision",
            name=op.f("uq_observation_province_id_kpi_id_first_day_last_day_area_id_breakdown_revision"),
        ),
        schema="kpi",
        comment="KPI values of standard periods; rows are added, never changed",
    )
    op.create_table(
        "page",
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Place in the batch, from 1"),
        sa.Column("wire_sha256", sa.Text(), nullable=False, comment="SHA-256 of the bytes as they came"),
        sa.Column(
            "landed_sha256", sa.Text(), nullable=False, comment="SHA-256 of the redacted page, and its name in landing"
        ),
        sa.Column("correlation_id", sa.Text(), nullable=False, comment="X-Correlation-Id of the call"),
        sa.Column("request", sa.Text(), nullable=False, comment="Method, path and parameters; no credentials"),
        sa.Column("records", sa.Integer(), nullable=False, comment="Records on the page"),
        sa.Column("wire_bytes", sa.BigInteger(), nullable=False, comment="Size as it came, unpacked"),
        sa.Column(
            "unknown_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Names of fields that the specification does not know; values are not kept",
        ),
        sa.Column("fetched_at", postgresql.TIMESTAMP(timezone=True), nullable=False, comment="Received"),
        sa.ForeignKeyConstraint(["batch_id"], ["ledger.batch.batch_id"], name=op.f("fk_page_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "page_number", name=op.f("pk_page")),
        schema="landing",
        comment="Manifest of pages; the redacted pages themselves lie in the landing folder under their hash",
    )
    op.create_table(
        "watermark",
        sa.Column("province_id", sa.SmallInteger(), nullable=False, comment="Province whose record this is"),
        sa.Column("source", sa.Text(), nullable=False, comment="Source"),
        sa.Column("feed", sa.Text(), nullable=False, comment="Feed"),
        sa.Column("covered_to", sa.Date(), nullable=False, comment="Last day that a published batch covers"),
        sa.Column("cursor", sa.Text(), nullable=True, comment="Where the source said to go on from"),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that set it"),
        sa.ForeignKeyConstraint(["batch_id"], ["ledger.batch.batch_id"], name=op.f("fk_watermark_batch_id")),
        sa.ForeignKeyConstraint(
            ["province_id"], ["warehouse.dim_province.province_id"], name=op.f("fk_watermark_province_id")
        ),
        sa.PrimaryKeyConstraint("province_id", "source", "feed", name=op.f("pk_watermark")),
        schema="ledger",
        comment="How far a feed is loaded; changes only together with facts",
    )
    op.create_table(
        "quarantine",
        sa.Column(
            "quarantine_id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Refused record"
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch"),
        sa.Column("page_number", sa.Integer(), nullable=False, comment="Page on which it came"),
        sa.Column("row_number", sa.BigInteger(), nullable=False, comment="Place in the batch, from 1"),
        sa.Column("record_key", sa.Text(), nullable=True, comment="The record's identity, where it has one"),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="Rules that it broke"),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="Its redacted wire form"),
        sa.Column("replay_batch_id", sa.BigInteger(), nullable=True, comment="Batch that accepted it after a fix"),
        sa.Column(
            "quarantined_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="Refused",
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["ledger.batch.batch_id"], name=op.f("fk_quarantine_batch_id")),
        sa.ForeignKeyConstraint(
            ["replay_batch_id"], ["ledger.batch.batch_id"], name=op.f("fk_quarantine_replay_batch_id")
        ),
        sa.PrimaryKeyConstraint("quarantine_id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("batch_id", "row_number", name=op.f("uq_quarantine_batch_id_row_number")),
        schema="quality",
        comment="Records that a rule refused; kept, explained, and replayable",
    )
    op.create_table(
        "reconciliation",
        sa.Column(
            "reconciliation_id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Comparison"
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch after which it was made"),
        sa.Column("measure", sa.Text(), nullable=False, comment="KPI and measure compared"),
        sa.Column("breakdown", sa.Text(), nullable=False, comment="Slice compared, empty for the whole"),
        sa.Column("first_day", sa.Date(), nullable=False, comment="First day"),
        sa.Column("last_day", sa.Date(), nullable=False, comment="Last day, inclusive"),
        sa.Column("source_value", sa.Double(), nullable=False, comment="The source's own count"),
        sa.Column("hub_value", sa.Double(), nullable=True, comment="The hub's count"),
        sa.Column("severity", sa.Text(), nullable=False, comment="block or warn"),
        sa.Column("equal", sa.Boolean(), nullable=False, comment="Whether they agree"),
        sa.Column("correlation_id", sa.Text(), nullable=False, comment="X-Correlation-Id of the call"),
        sa.Column(
            "made_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="Compared",
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["ledger.batch.batch_id"], name=op.f("fk_reconciliation_batch_id")),
        sa.PrimaryKeyConstraint("reconciliation_id", name=op.f("pk_reconciliation")),
        schema="quality",
        comment="The source's control totals beside the hub's own",
    )
    op.create_table(
        "rule_result",
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch"),
        sa.Column("rule_id", sa.Text(), nullable=False, comment="Rule of the feed"),
        sa.Column("severity", sa.Text(), nullable=False, comment="reject a row, block the batch, or warn"),
        sa.Column("expectation", sa.Text(), nullable=False, comment="Great Expectations type that judged"),
        sa.Column("executed", sa.Boolean(), nullable=False, comment="False blocks the batch"),
        sa.Column("passed", sa.Boolean(), nullable=False, comment="Whether the rule held"),
        sa.Column("evaluated", sa.BigInteger(), nullable=False, comment="Rows looked at"),
        sa.Column("failed", sa.BigInteger(), nullable=False, comment="Rows that broke it"),
        sa.Column("observed", sa.Text(), nullable=True, comment="What was measured, for rules about the whole batch"),
        sa.Column("description", sa.Text(), nullable=False, comment="The rule in words, Vietnamese"),
        sa.ForeignKeyConstraint(["batch_id"], ["ledger.batch.batch_id"], name=op.f("fk_rule_result_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "rule_id", name=op.f("pk_rule_result")),
        schema="quality",
        comment="What every rule said of every batch",
    )
    op.create_table(
        "verdict",
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch"),
        sa.Column("passed", sa.Boolean(), nullable=False, comment="Whether the batch may be published"),
        sa.Column("declared_rules", sa.Integer(), nullable=False, comment="Rules that the specification declares"),
        sa.Column("executed_rules", sa.Integer(), nullable=False, comment="Rules that ran"),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="Why it may not"),
        sa.Column(
            "judged_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="Judged",
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["ledger.batch.batch_id"], name=op.f("fk_verdict_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_verdict")),
        schema="quality",
        comment="The gate's word on a batch; nothing reaches a fact without it",
    )


def downgrade() -> None:
    """Refused: there is nothing before this."""
    raise NotImplementedError("evidence is never thrown away: restore a backup made before the migration")

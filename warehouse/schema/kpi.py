"""What was said of each KPI and when: definitions and observations with their revisions."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from warehouse.schema.base import instant, metadata, province

definition = Table(
    "definition",
    metadata,
    Column("kpi_id", Text, primary_key=True, comment="KPI"),
    Column("version", Integer, primary_key=True, comment="Version of the definition"),
    Column("sha256", Text, nullable=False, comment="Hash of the definition file"),
    Column("body", JSONB, nullable=False, comment="The definition itself"),
    instant("recorded_at", "First seen by this hub", nullable=False, server_default=func.now()),
    schema="kpi",
    comment="Every version of every KPI definition that produced a value",
)

observation = Table(
    "observation",
    metadata,
    Column("observation_id", BigInteger, Identity(), primary_key=True, comment="Observation"),
    province(),
    Column("kpi_id", Text, nullable=False, comment="KPI"),
    Column("first_day", Date, nullable=False, comment="First day of the period"),
    Column("last_day", Date, nullable=False, comment="Last day of the period, inclusive"),
    Column("area_id", Integer, ForeignKey("warehouse.dim_area.area_id"), nullable=False, comment="Area"),
    Column("breakdown", Text, nullable=False, server_default="", comment="channel=online;level=4, empty for the whole"),
    Column("revision", Integer, nullable=False, comment="From 1; a changed value is a new revision"),
    Column("value", Numeric, comment="Value in the KPI's unit; null with a status that says why"),
    Column("numerator", Numeric, comment="Numerator, where the KPI is a ratio"),
    Column("denominator", Numeric, comment="Denominator, where the KPI is a ratio"),
    Column("status", Text, nullable=False, comment="provisional, official or missing"),
    Column("data_as_of", Date, comment="Last day that all feeding data cover"),
    Column("definition_version", Integer, nullable=False, comment="Version of the definition that was used"),
    Column("cause_batch_id", BigInteger, ForeignKey("ledger.batch.batch_id"), comment="Newest batch behind the change"),
    instant("recorded_at", "Since when this was the hub's word", nullable=False, server_default=func.clock_timestamp()),
    UniqueConstraint("province_id", "kpi_id", "first_day", "last_day", "area_id", "breakdown", "revision"),
    CheckConstraint("revision >= 1", name="revision"),
    CheckConstraint("status in ('provisional', 'official', 'missing')", name="status"),
    CheckConstraint("(value is null) = (status = 'missing')", name="null_is_missing"),
    schema="kpi",
    comment="KPI values of standard periods; rows are added, never changed",
)

refresh = Table(
    "refresh",
    metadata,
    province(primary_key=True),
    Column("kpi_id", Text, primary_key=True, comment="KPI"),
    Column("source", Text, primary_key=True, comment="Source of a feed that the KPI depends on"),
    Column("feed", Text, primary_key=True, comment="That feed; batches of one feed are published in their order"),
    Column("batch_id", BigInteger, nullable=False, comment="Its newest published batch that the observations reflect"),
    instant("refreshed_at", "Last refresh", nullable=False, server_default=func.now()),
    schema="kpi",
    comment="How far each KPI's observations follow the facts, per feed",
)

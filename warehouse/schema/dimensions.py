"""Conformed dimensions. Code lists are keyed by their code; areas, organisations and services by a surrogate."""

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
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from warehouse.schema.base import code, metadata, province

dim_province = Table(
    "dim_province",
    metadata,
    Column("province_id", SmallInteger, Identity(), primary_key=True, comment="Surrogate key"),
    code("code", "Organisation code of the province, for example H37", nullable=False, unique=True),
    code("area_code", "Official code of the province's area, for example 20", nullable=False),
    Column("name", Text, nullable=False, comment="Name in Vietnamese"),
    schema="warehouse",
    comment="Provinces that this hub serves",
)

dim_date = Table(
    "dim_date",
    metadata,
    Column("day", Date, primary_key=True, comment="The day, Vietnam time"),
    Column("year", SmallInteger, nullable=False, comment="Calendar year"),
    Column("quarter", SmallInteger, nullable=False, comment="1 to 4"),
    Column("month", SmallInteger, nullable=False, comment="1 to 12"),
    Column("iso_week", SmallInteger, nullable=False, comment="ISO 8601 week"),
    Column("weekday", SmallInteger, nullable=False, comment="1 Monday to 7 Sunday"),
    Column("is_month_end", Boolean, nullable=False, comment="Last day of its month"),
    schema="warehouse",
    comment="Calendar days",
)

dim_area = Table(
    "dim_area",
    metadata,
    Column("area_id", Integer, Identity(), primary_key=True, comment="Surrogate key"),
    code("code", "Official code; used again for other areas over time", nullable=False),
    Column("valid_from", Date, nullable=False, comment="First day on which the code meant this area"),
    Column("valid_to", Date, comment="First day on which it no longer did; null = today's"),
    code("level", "province, district or commune; unknown = a code that no area of the province bears", nullable=False),
    Column("name", Text, nullable=False, comment="Name in Vietnamese"),
    Column("sort_key", Text(collation="C"), nullable=False, comment="Orders Vietnamese names without a locale"),
    Column("parent_id", Integer, ForeignKey("warehouse.dim_area.area_id"), comment="Area that contains it"),
    Column(
        "ancestor_ids",
        ARRAY(Integer),
        nullable=False,
        comment="Itself and all areas that contain it, so that a subtree is one index condition",
    ),
    Column("latitude", Double, comment="Degrees north"),
    Column("longitude", Double, comment="Degrees east"),
    Column("area_km2", Double, comment="Surface in km²"),
    UniqueConstraint("code", "level", "valid_from", "parent_id", postgresql_nulls_not_distinct=True),
    CheckConstraint("level in ('province', 'district', 'commune', 'unknown')", name="level"),
    CheckConstraint("valid_to is null or valid_to > valid_from", name="validity"),
    Index(None, "ancestor_ids", postgresql_using="gin"),
    schema="warehouse",
    comment="Administrative areas through time: an area is identified by code and first day of validity",
)

area_population = Table(
    "area_population",
    metadata,
    Column(
        "area_id",
        Integer,
        ForeignKey("warehouse.dim_area.area_id"),
        primary_key=True,
        comment="Area",
    ),
    Column("year", SmallInteger, primary_key=True, comment="Year for which the figure is used"),
    Column("population", Integer, nullable=False, comment="People"),
    Column("basis", Text, nullable=False, comment="Where the figure comes from"),
    schema="warehouse",
    comment="Population of an area by year, the denominator of densities",
)

area_successor = Table(
    "area_successor",
    metadata,
    Column("area_id", Integer, ForeignKey("warehouse.dim_area.area_id"), primary_key=True, comment="Area of before"),
    Column(
        "successor_id",
        Integer,
        ForeignKey("warehouse.dim_area.area_id"),
        primary_key=True,
        comment="Area that took over its land, or a part of it",
    ),
    Column("share", Double, nullable=False, comment="Part of the area's figures that go there; they sum to 1"),
    Column("is_estimated", Boolean, nullable=False, comment="The area was split, and the share is an estimate"),
    CheckConstraint("share > 0 and share <= 1", name="share"),
    schema="warehouse",
    comment="What became of each area: how figures of before are carried to today's areas",
)

area_outline = Table(
    "area_outline",
    metadata,
    Column("area_id", Integer, ForeignKey("warehouse.dim_area.area_id"), primary_key=True, comment="Area"),
    Column("rings", JSONB, nullable=False, comment="Its rings, each a list of corners: longitude and latitude"),
    Column("is_schematic", Boolean, nullable=False, comment="Computed from the communes' points: no boundary"),
    Column("basis", Text, nullable=False, comment="SHA-256 of what all outlines were made of"),
    schema="warehouse",
    comment="Outlines of areas on maps",
)

kpi_plan = Table(
    "kpi_plan",
    metadata,
    province(primary_key=True),
    Column("kpi_id", Text, primary_key=True, comment="KPI whose denominator it is"),
    Column("breakdown", Text, primary_key=True, comment="Slice that the plan is for, such as account=payment"),
    Column("year", SmallInteger, primary_key=True, comment="Year of the plan"),
    Column("plan", Double, nullable=False, comment="What was planned, in the unit of the numerator"),
    Column("basis", Text, nullable=False, comment="Where the figure comes from"),
    schema="warehouse",
    comment="Plans of a year that KPIs are measured against",
)

dim_organisation = Table(
    "dim_organisation",
    metadata,
    Column("organisation_id", Integer, Identity(), primary_key=True, comment="Surrogate key"),
    province(),
    code("code", "V1.V2.V3.province code, up to 35 characters", nullable=False),
    Column("name", Text, comment="Name in Vietnamese; null while inferred"),
    code("tier", "province, district or commune; null while inferred"),
    Column("sort_key", Text(collation="C"), nullable=False, comment="Orders Vietnamese names without a locale"),
    Column(
        "is_inferred",
        Boolean,
        nullable=False,
        server_default="false",
        comment="Made from a record's code; the reference data do not list it yet",
    ),
    UniqueConstraint("province_id", "code"),
    schema="warehouse",
    comment="Organisations that handle dossiers, documents and work files",
)

dim_service = Table(
    "dim_service",
    metadata,
    Column("service_id", Integer, Identity(), primary_key=True, comment="Surrogate key"),
    province(),
    code("code", "Code of the administrative procedure", nullable=False),
    Column("name", Text, comment="Name in Vietnamese; null until the catalogue has listed the service"),
    code("field_code", "Field of the procedure"),
    Column("field_name", Text, comment="Name of the field in Vietnamese"),
    Column(
        "is_inferred",
        Boolean,
        Computed("name is null", persisted=True),
        comment="Made from a record's code; the catalogue has not listed it yet",
    ),
    UniqueConstraint("province_id", "code"),
    schema="warehouse",
    comment="Public services; what they offered on a day is in fact_service",
)


def _code_list(name: str, comment: str) -> Table:
    return Table(
        name,
        metadata,
        Column("code", Text, primary_key=True, comment="Code used throughout the hub"),
        Column("name_vi", Text, nullable=False, comment="Name in Vietnamese"),
        Column("name_en", Text, nullable=False, comment="Name in English"),
        schema="warehouse",
        comment=comment,
    )


dim_channel = _code_list("dim_channel", "Ways in which a dossier is handed in")
dim_gate = _code_list("dim_gate", "Border gates")
dim_operator = _code_list("dim_operator", "Telecom and postal operators, and the department that reports coverage")
dim_platform = _code_list("dim_platform", "E-commerce platforms")

unlisted_code = Table(
    "unlisted_code",
    metadata,
    province(primary_key=True),
    Column("source", Text, primary_key=True, comment="Source whose records name it"),
    Column("feed", Text, primary_key=True, comment="Feed whose records name it"),
    Column("dimension", Text, primary_key=True, comment="Dimension in which it was looked up"),
    Column("code", Text, primary_key=True, comment="Code as the records give it, at most 64 characters"),
    Column("batch_id", BigInteger, nullable=False, comment="Batch that first named it"),
    schema="warehouse",
    comment="Codes that published records name and the reference data did not list at that time",
)

dim_indicator = Table(
    "dim_indicator",
    metadata,
    Column("source", Text, primary_key=True, comment="Source that counts it"),
    Column("code", Text, primary_key=True, comment="Code used throughout the hub"),
    Column("name_vi", Text, nullable=False, comment="Name in Vietnamese"),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    Column("unit", Text, nullable=False, comment="Unit of its values"),
    Column(
        "counts",
        Text,
        nullable=False,
        comment="flow: what happened in the days of a value; stock: the state on the last of them",
    ),
    Column("grain", Text, nullable=False, comment="day, month or year: what the days of each value are"),
    Column(
        "adds_over",
        ARRAY(Text),
        nullable=False,
        comment="Slices over which values of the same days add up to the whole's: area, organisation, kind, class",
    ),
    CheckConstraint("counts in ('flow', 'stock')", name="counts"),
    CheckConstraint("grain in ('day', 'month', 'year')", name="grain"),
    schema="warehouse",
    comment="Indicators that sources count themselves, as their specifications describe them",
)

dim_value = Table(
    "dim_value",
    metadata,
    Column("source", Text, primary_key=True, comment="Source whose records have it"),
    Column("column_name", Text, primary_key=True, comment="Column whose codes these are"),
    Column("code", Text, primary_key=True, comment="Code used throughout the hub"),
    Column("name_vi", Text, nullable=False, comment="Name in Vietnamese"),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    schema="warehouse",
    comment="Names of codes, as the specifications of the sources that use them give them",
)

dim_field = Table(
    "dim_field",
    metadata,
    Column("code", Text, primary_key=True, comment="Code used throughout the hub"),
    Column(
        "position",
        SmallInteger,
        nullable=False,
        comment="Its place in the periodic report and on the screens; 0 = it is left off",
    ),
    Column("name_vi", Text, nullable=False, comment="Name in Vietnamese"),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    schema="warehouse",
    comment="Fields of the periodic report, by which screens are ordered and rights are given",
)


def _in_field() -> Column[str]:
    return Column("field_code", Text, ForeignKey("warehouse.dim_field.code"), nullable=False, comment="Its field")


kpi_field = Table(
    "kpi_field",
    metadata,
    Column("kpi_id", Text, primary_key=True, comment="KPI"),
    _in_field(),
    schema="warehouse",
    comment="The field that each KPI belongs to",
)

source_field = Table(
    "source_field",
    metadata,
    Column("source", Text, primary_key=True, comment="Source"),
    _in_field(),
    schema="warehouse",
    comment="The field that the records of each source belong to",
)

feed_deliverers = Table(
    "feed_deliverers",
    metadata,
    Column("source", Text, primary_key=True, comment="Source"),
    Column("feed", Text, primary_key=True, comment="Feed"),
    Column("column_name", Text, nullable=False, comment="Column that tells of a record who delivered it"),
    Column("every", Text, nullable=False, comment="day or month: in each of them every deliverer delivers"),
    Column("dimension", Text, comment="Dimension that knows the deliverers; null = none"),
    CheckConstraint("every in ('day', 'month')", name="every"),
    schema="warehouse",
    comment="Feeds whose files say who delivers them together, and how often",
)

deliverer = Table(
    "deliverer",
    metadata,
    Column("source", Text, nullable=False, comment="Source"),
    Column("feed", Text, nullable=False, comment="Feed"),
    Column("code", Text, nullable=False, comment="Code of the deliverer, in lower case"),
    Column("valid_from", Date, comment="First day on which it delivers; null = always did"),
    Column("valid_to", Date, comment="First day on which it no longer does; null = none"),
    UniqueConstraint("source", "feed", "code", "valid_from", postgresql_nulls_not_distinct=True),
    schema="warehouse",
    comment="Deliverers that a specification or the installation names; others are expected once they have delivered",
)

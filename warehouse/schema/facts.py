"""Facts. A column that holds a dimension's key names in `info["lookup"]` the dimension that resolves it.

A record's column of the same name feeds a fact column; `organisation_code`, `area_code` and `service_code` feed
the surrogate keys of those dimensions. `info["area_day"]` marks the columns whose day says which area a code
meant, in order of preference; `info["absent"]` the keys that stand where a record names no member: the whole
province's area, or a number. Columns of facts with a `source` are named in one scheme for all subjects.

What decides whether, when and how much a row counts must be filled; anything else may be null, which means that the
source does not say it.

Facts carry no foreign keys: checking six of them for every row costs more than the whole load. The load resolves
each key by a join, after it has made members of the codes that are new, so none can dangle (docs/decisions/0003).
"""

from datetime import date

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from warehouse.schema.base import TIMEZONE, code, instant, lineage, metadata, province


def _fact(name: str, comment: str, *parts: SchemaItem) -> Table:
    return Table(
        name,
        metadata,
        province(primary_key=True, enforced=False),
        *parts,
        *lineage(),
        schema="warehouse",
        comment=comment,
    )


def _looked_up(
    dimension: str, *, nullable: bool = False, primary_key: bool = False, comment: str | None = None, **info: object
) -> Column[int]:
    return Column(
        f"{dimension}_id",
        Integer,
        nullable=nullable,
        primary_key=primary_key,
        comment=comment or f"{dimension.capitalize()}, resolved from {dimension}_code",
        info={"lookup": dimension, **info},
    )


def _listed(dimension: str, comment: str, *, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    return code(f"{dimension}_code", comment, nullable=nullable, primary_key=primary_key)


def _day_of(moment: str, comment: str) -> Column[date]:
    stem = moment.removesuffix("_at")
    return Column(
        f"{stem}_day",
        Date,
        Computed(f"(({moment} at time zone '{TIMEZONE}')::date)", persisted=True),
        comment=comment,
    )


def _month() -> Column[date]:
    return Column(
        "month_end_day",
        Date,
        primary_key=True,
        comment="Last day of the month that the figure is for",
        info={"area_day": 1},
    )


def _source() -> Column[str]:
    return Column("source", Text, primary_key=True, comment="Source that the row comes from")


def _updated(**options: object) -> Column[object]:
    return instant("updated_at", "Last change at the source; the newest version wins", nullable=False, **options)


def _submission() -> Column[int]:
    return Column("submission", Integer, nullable=False, comment="Submission number of the file; the highest holds")


def _one_of(column: str, *codes: str) -> CheckConstraint:
    listed = ", ".join(f"'{c}'" for c in codes)
    return CheckConstraint(f"{column} in ({listed})", name=column)


fact_dossier = _fact(
    "fact_dossier",
    "Accumulating: one row a dossier, in its newest known state",
    Column("dossier_code", Text, primary_key=True, comment="Dossier code of the one-stop system"),
    _looked_up("organisation", nullable=True),
    _looked_up("service", nullable=True),
    _looked_up("area"),
    _listed("channel", "How the dossier was handed in"),
    Column("level", SmallInteger, comment="Level of the service at filing: 2, 3 partial, 4 full"),
    code("status_code", "State of the dossier in its newest version", nullable=False),
    instant("filed_at", "Handed in", info={"area_day": 2}),
    instant("received_at", "Accepted for handling", info={"area_day": 1}),
    instant("due_at", "Promised for"),
    instant("ended_at", "Processing ended"),
    instant("returned_at", "Result handed over"),
    instant("refused_at", "Refused"),
    _updated(info={"area_day": 3}),
    _day_of("received_at", "Day on which it was received, Vietnam time"),
    _day_of("ended_at", "Day on which processing ended, Vietnam time"),
    CheckConstraint("level between 2 and 4", name="level"),
    Index(None, "province_id", "received_day"),
    Index(None, "province_id", "ended_day"),
)

fact_service = _fact(
    "fact_service",
    "Periodic, kept as validity: the service catalogue of a day, one row for as long as catalogues say the same",
    Column("day", Date, primary_key=True, comment="Day of the first catalogue that says so"),
    _looked_up("service", primary_key=True),
    Column("valid_to", Date, comment="Day of the first catalogue that no longer does; null = the newest still does"),
    Column("level", SmallInteger, comment="2 information, 3 partial, 4 full online service"),
    Column("on_national_portal", Boolean, nullable=False, comment="Integrated with the national portal"),
    Column("effective_day", Date, comment="In force since"),
    Column("expiry_day", Date, comment="In force until"),
    CheckConstraint("level between 2 and 4", name="level"),
    CheckConstraint("day < valid_to", name="validity"),
)

fact_document = _fact(
    "fact_document",
    "One row an issued document",
    Column("document_code", Text, primary_key=True, comment="Document id at the source"),
    _looked_up("organisation", nullable=True),
    instant("issued_at", "Promulgated", nullable=False),
    code("steering_type", "Kind of steering document"),
    code("urgency", "Urgency"),
    Column("secret", Boolean, nullable=False, comment="Classified: left out of signing rates"),
    Column("signed", Boolean, nullable=False, comment="Signed digitally, as known now"),
    instant("signed_at", "Signed digitally"),
    _updated(),
    _day_of("issued_at", "Day of promulgation, Vietnam time"),
    Index(None, "province_id", "issued_day"),
)

fact_work_file = _fact(
    "fact_work_file",
    "One row a work file",
    Column("work_code", Text, primary_key=True, comment="Work file id at the source"),
    _looked_up("organisation", nullable=True),
    code("tier", "province, district or commune"),
    Column("secret", Boolean, nullable=False, comment="Classified: left out of electronic-work rates"),
    Column("handled_online", Boolean, nullable=False, comment="Handled on the network from end to end"),
    instant("opened_at", "Opened"),
    instant("closed_at", "Closed"),
    _updated(),
    _day_of("closed_at", "Day of closing, Vietnam time"),
    _one_of("tier", "province", "district", "commune"),
    Index(None, "province_id", "closed_day"),
)

fact_certificate = _fact(
    "fact_certificate",
    "One row a digital certificate",
    Column("serial", Text, primary_key=True, comment="Serial number of the certificate"),
    _looked_up("organisation", nullable=True),
    code("holder", "person or organisation"),
    instant("issued_at", "Issued", nullable=False),
    instant("revoked_at", "Revoked"),
    _updated(),
    _day_of("issued_at", "Day of issue, Vietnam time"),
    _day_of("revoked_at", "Day of revocation, Vietnam time"),
    _one_of("holder", "person", "organisation"),
    Index(None, "province_id", "issued_day"),
)

fact_ecommerce = _fact(
    "fact_ecommerce",
    "Periodic: a platform's running totals on a day",
    Column("day", Date, primary_key=True, comment="Day of the snapshot"),
    _listed("platform", "E-commerce platform", primary_key=True),
    Column("listings", BigInteger, nullable=False, comment="Products on the platform"),
    Column("transactions", BigInteger, nullable=False, comment="Successful transactions, cumulative"),
    Column("orders", BigInteger, nullable=False, comment="Orders, cumulative"),
    Column("revenue_vnd", BigInteger, nullable=False, comment="Revenue of orders in VND, cumulative"),
    Column("buyer_accounts", BigInteger, comment="Buyers' accounts, cumulative"),
    Column("trained_households", BigInteger, comment="Producing households trained, cumulative"),
)

fact_subscriber = _fact(
    "fact_subscriber",
    "Periodic: subscribers at a month's end",
    _month(),
    _listed("operator", "Operator that reports", primary_key=True),
    _looked_up("area", primary_key=True),
    Column("kind", Text, primary_key=True, comment="fixed_phone, mobile_phone, fixed_internet, mobile_internet"),
    Column("smartphone", Boolean, primary_key=True, comment="Subscribers who use a smartphone"),
    Column("subscribers", BigInteger, nullable=False, comment="Subscribers at the end of the month"),
    _submission(),
    _one_of("kind", "fixed_phone", "mobile_phone", "fixed_internet", "mobile_internet"),
)

fact_station = _fact(
    "fact_station",
    "Periodic: base stations at a month's end",
    _month(),
    _listed("operator", "Operator that runs the station", primary_key=True),
    Column("site_code", Text, primary_key=True, comment="Site; one mast may carry stations of several operators"),
    Column("technology", Text, primary_key=True, comment="2G, 3G, 4G or 5G"),
    _looked_up("area"),
    _submission(),
    _one_of("technology", "2G", "3G", "4G", "5G"),
)

fact_revenue = _fact(
    "fact_revenue",
    "Periodic: operators' monthly revenue",
    _month(),
    Column("sector", Text, primary_key=True, comment="telecom or post"),
    _listed("operator", "Operator that earned it", primary_key=True),
    Column("service", Text, primary_key=True, comment="Kind of service, as the operator names it"),
    Column("revenue_vnd", BigInteger, nullable=False, comment="Revenue of the month in VND"),
    Column("items", BigInteger, comment="Postal items carried; null for telecom"),
    _submission(),
    _one_of("sector", "telecom", "post"),
)

fact_coverage = _fact(
    "fact_coverage",
    "Periodic: mobile coverage of every village at a month's end",
    _month(),
    Column("village_code", Text, primary_key=True, comment="Village"),
    Column("village_name", Text, comment="Name of the village in Vietnamese"),
    _looked_up("area"),
    code("coverage", "good, weak or none", nullable=False),
    _submission(),
    _one_of("coverage", "good", "weak", "none"),
)

fact_vehicle = _fact(
    "fact_vehicle",
    "Accumulating: one row a vehicle's declaration, in its newest known state",
    Column("declaration_code", Text, primary_key=True, comment="Declaration on the border-gate platform"),
    Column("seq", Integer, nullable=False, comment="Step of the declaration; the highest wins"),
    _listed("gate", "Border gate", nullable=True),
    code("direction", "export or import"),
    code("enterprise_code", "Enterprise that declares"),
    Column("declared_online", Boolean, comment="Declared on the platform"),
    instant("declared_at", "Declared"),
    instant("processed_at", "Processed"),
    code("status_code", "declared, processed or cancelled", nullable=False),
    _day_of("processed_at", "Day of processing, Vietnam time"),
    _one_of("direction", "export", "import"),
    _one_of("status_code", "declared", "processed", "cancelled"),
    Index(None, "province_id", "processed_day"),
)

fact_feedback = _fact(
    "fact_feedback",
    "Accumulating: one row a citizen's feedback, in its newest known state",
    Column("case_code", Text, primary_key=True, comment="Case on the feedback switchboard"),
    code("field_code", "Field that the case is about, as the switchboard codes it"),
    _looked_up("area"),
    code("intake", "How it came in, as the switchboard codes it"),
    instant("received_at", "Received", nullable=False, info={"area_day": 1}),
    instant("due_at", "Answer promised for"),
    instant("completed_at", "Closed"),
    code("status_code", "resolved, in_progress or refused", nullable=False),
    _updated(),
    _day_of("received_at", "Day of receipt, Vietnam time"),
    _one_of("status_code", "resolved", "in_progress", "refused"),
    Index(None, "province_id", "received_day"),
)

fact_article = _fact(
    "fact_article",
    "One row a press article about the province",
    Column("article_code", Text, primary_key=True, comment="Article at the press monitor"),
    Column("outlet", Text, comment="Newspaper or channel that published it"),
    instant("published_at", "Published", nullable=False),
    code("sentiment", "positive, negative or neutral; null until it is classified"),
    _day_of("published_at", "Day of publication, Vietnam time"),
    _one_of("sentiment", "positive", "negative", "neutral"),
    Index(None, "province_id", "published_day"),
)

fact_post_point = _fact(
    "fact_post_point",
    "Periodic: the postal network at a month's end",
    _month(),
    Column("point_code", Text, primary_key=True, comment="Point of the postal network"),
    code("kind", "post_office, culture_post or agent"),
    _looked_up("area"),
    Column("served", Boolean, nullable=False, comment="Somebody serves there; others do not count"),
    _one_of("kind", "post_office", "culture_post", "agent"),
)

fact_account = _fact(
    "fact_account",
    "Periodic: digital accounts of citizens on a day",
    Column("day", Date, primary_key=True, comment="Day of the count", info={"area_day": 1}),
    Column("account", Text, primary_key=True, comment="citizen_app, payment or commerce"),
    Column("platform", Text, primary_key=True, comment="E-commerce platform for commerce; none for the others"),
    _looked_up("area", primary_key=True),
    Column("accounts", BigInteger, nullable=False, comment="Accounts opened until then, running total"),
    _one_of("account", "citizen_app", "payment", "commerce"),
)

fact_threat = _fact(
    "fact_threat",
    "Periodic: information-security threats detected in a day",
    Column("day", Date, primary_key=True, comment="Day of detection"),
    Column("severity", Text, primary_key=True, comment="low, medium, high or critical"),
    Column("threats", BigInteger, nullable=False, comment="Threats detected on that day"),
    Column("handled", BigInteger, comment="Of these handled since, as known now"),
    _one_of("severity", "low", "medium", "high", "critical"),
)

fact_connection = _fact(
    "fact_connection",
    "Periodic: ministries' systems and whether the province's LGSP is connected to them",
    Column("day", Date, primary_key=True, comment="Day of the state"),
    Column("system_code", Text, primary_key=True, comment="System of a ministry"),
    Column("system_name", Text, comment="Its name in Vietnamese"),
    Column("ministry", Text, comment="Ministry that runs it"),
    Column("required", Boolean, nullable=False, comment="The province must be connected to it"),
    code("status", "live, trial or none", nullable=False),
    _one_of("status", "live", "trial", "none"),
)

fact_statistic = _fact(
    "fact_statistic",
    "Periodic: values of indicators that a source counts itself",
    _source(),
    Column("indicator", Text, primary_key=True, comment="Indicator of the source, see serving.indicators"),
    Column("kind", Text, primary_key=True, comment="First slice of the indicator; none = not sliced"),
    Column("class", Text, primary_key=True, comment="Second slice of the indicator; none = not sliced"),
    _looked_up(
        "area", primary_key=True, comment="Area that the value is for; without one the province", absent="whole"
    ),
    _looked_up("organisation", primary_key=True, comment="Organisation that the value is for; 0 = of none", absent=0),
    Column("first_day", Date, primary_key=True, comment="First day that the value is for"),
    Column("last_day", Date, primary_key=True, comment="Last day that the value is for", info={"area_day": 1}),
    Column("value", Numeric, nullable=False, comment="Value in the unit of the indicator"),
    Column("bound", Text, comment="exact, more, nearly or about; null = the source does not say"),
    Column("is_estimate", Boolean, comment="The source marks it as an estimate"),
    instant("updated_at", "Last change at the source"),
    _one_of("bound", "exact", "more", "nearly", "about"),
    CheckConstraint("first_day <= last_day", name="period"),
    Index(None, "province_id", "source", "indicator", "last_day"),
)

fact_case = _fact(
    "fact_case",
    "Accumulating: one row a case of any subject, in its newest known state",
    _source(),
    Column("case_code", Text, primary_key=True, comment="Case at the source"),
    code("kind", "What kind of case, as the source's specification names it", nullable=False),
    code("class", "What it is about, as the source's specification names it"),
    code("channel", "How it came in, as the source's specification names it"),
    _looked_up("area", absent="whole"),
    _looked_up("organisation", nullable=True),
    code("status", "planned, open, done, refused or cancelled", nullable=False),
    code("outcome", "What came of it, as the source's specification names it"),
    instant("received_at", "Received, or begun", info={"area_day": 1}),
    instant("due_at", "Promised for", info={"area_day": 3}),
    instant("done_at", "Done", info={"area_day": 2}),
    Column("quantity", Numeric, comment="How many things or people it is about"),
    Column("amount_vnd", BigInteger, comment="Money that it is about, in VND"),
    _updated(info={"area_day": 4}),
    _day_of("received_at", "Day of receipt, Vietnam time"),
    _day_of("due_at", "Day for which it was promised, Vietnam time"),
    _day_of("done_at", "Day on which it was done, Vietnam time"),
    _one_of("status", "planned", "open", "done", "refused", "cancelled"),
    Index(None, "province_id", "source", "kind", "received_day"),
    Index(None, "province_id", "source", "kind", "done_day"),
)

fact_asset = _fact(
    "fact_asset",
    "Validity: a thing of any subject for the time in which the source's lists describe it so",
    _source(),
    Column("asset_code", Text, primary_key=True, comment="Thing at the source"),
    Column(
        "valid_from",
        Date,
        primary_key=True,
        comment="Day of the first list that describes it so",
        info={"area_day": 1},
    ),
    Column("valid_to", Date, comment="Day of the first list that no longer does; null = the newest still does"),
    Column("previous_to", Date, comment="End of the version before; null = it is the first"),
    code("kind", "What kind of thing, as the source's specification names it", nullable=False),
    code("class", "A second kind, as the source's specification names it"),
    _looked_up("area", absent="whole"),
    _looked_up("organisation", nullable=True),
    code("status", "State of the thing, as the source's specification names it"),
    Column("opened_day", Date, comment="First day on which it exists, as the source says"),
    Column("expiry_day", Date, comment="Last day on which it exists, as the source says"),
    Column("quantity", Numeric, comment="How many things or people it stands for"),
    Column("level", Numeric, comment="Level or rank"),
    Column("attributes", JSONB, comment="Further values that the source's specification declares"),
    CheckConstraint("valid_from < valid_to", name="validity"),
    Index(None, "province_id", "source", "kind"),
)

list_day = Table(
    "list_day",
    metadata,
    province(primary_key=True, enforced=False),
    Column("fact", Text, primary_key=True, comment="Periodic fact that is kept as validity"),
    Column("day", Date, primary_key=True, comment="Day of which a list was read"),
    Column("batch_id", BigInteger, nullable=False, comment="Batch that brought the list first"),
    schema="warehouse",
    comment="Days of which a periodic fact that is kept as validity has rows",
)

FACTS = {
    table.name: table for table in metadata.tables.values() if table.schema == "warehouse" and table.name[:5] == "fact_"
}


def periodic_days(fact: Table) -> list[str]:
    """The column of a periodic fact's key that says of which day or month a row is, or up to which; none for another
    fact."""
    keys = [column.name for column in fact.primary_key.columns]
    return [key for key in keys if key in ("day", "last_day", "month_end_day")]


def names_source(fact: Table) -> bool:
    """Whether its rows say of which source they are: facts of any subject."""
    return "source" in fact.columns


def has_validity(fact: Table) -> bool:
    """Whether its rows hold for a time that lists of single days tell, see warehouse.validity."""
    return "valid_to" in fact.columns


def since_column(fact: Table) -> str:
    """The column of its key that says since when a row of a fact with validity holds."""
    return "valid_from" if "valid_from" in fact.columns else "day"


def is_by_day(fact: Table) -> bool:
    """Whether it is a periodic fact whose rows are kept as validity, and asked by day."""
    return has_validity(fact) and bool(periodic_days(fact))


def rows_by_day(fact: Table) -> str:
    """SQL of a fact's rows, to stand after `from` with an alias; of one that is kept as validity a row for each day of
    which a list was read, with the batch and the page that brought it that day."""
    if not is_by_day(fact):
        return f"warehouse.{fact.name}"
    own = {
        column.name: f"v.{column.name}" for column in fact.columns if column.name not in ("day", "valid_to", "batch_id")
    }
    own |= {"day": "d.day", "batch_id": "case when d.day = v.day then v.batch_id else d.batch_id end"}
    columns = ", ".join(f"{value} as {name}" for name, value in own.items())
    return (
        f"(select {columns} from warehouse.{fact.name} as v join warehouse.list_day as d"
        f" on d.province_id = v.province_id and d.fact = '{fact.name}' and d.day >= v.day"
        " and (v.valid_to is null or d.day < v.valid_to))"
    )

"""What every table of the hub shares: one metadata, and columns that mean the same everywhere."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, SmallInteger, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP

from hub.periods import VIETNAM

TIMEZONE = VIETNAM.key
SCHEMAS = {
    "warehouse": "Star schema: conformed dimensions and facts",
    "ledger": "What the hub did: claims, batches, watermarks",
    "landing": "Manifest of the redacted pages as they came over the wire",
    "staging": "Disposable typed copies of a batch, one unlogged table a batch",
    "quality": "Evidence: rule results, verdicts, quarantine, reconciliations; append-only",
    "kpi": "KPI definitions and observations with their revisions",
    "nation": "Figures of whole provinces as their own hubs gave them",
    "access": "Accounts, sessions, keys and rights; holds no figure",
    "serving": "The only schema that screens, reports and auditors read",
    "serving_bi": "The same views for logins of BI tools, read through functions",
}

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def instant(name: str, comment: str, **options: object) -> Column[object]:
    """A moment, stored with its offset."""
    return Column(name, TIMESTAMP(timezone=True), comment=comment, **options)  # type: ignore[arg-type]


def province(*, primary_key: bool = False, enforced: bool = True) -> Column[int]:
    """The province's key; not `enforced` on facts, which carry no foreign keys."""
    return Column(
        "province_id",
        SmallInteger,
        *([ForeignKey("warehouse.dim_province.province_id")] if enforced else []),
        primary_key=primary_key,
        nullable=False,
        comment="Province whose record this is",
    )


def lineage() -> list[Column[int]]:
    """The columns that lead from a fact row to the page it came on."""
    return [
        Column(
            "batch_id",
            BigInteger,
            nullable=False,
            comment="Batch that last wrote this row",
        ),
        Column("page_number", Integer, nullable=False, comment="Page of that batch on which the record came"),
    ]


def code(name: str, comment: str, **options: object) -> Column[str]:
    """A code, stored as text."""
    return Column(name, Text, comment=comment, **options)  # type: ignore[arg-type]

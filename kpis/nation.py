"""One figure of all provinces beside each other, as their own hubs gave it (warehouse/nation.py)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from typing import Any, NamedTuple

from psycopg.rows import namedtuple_row

from hub.periods import Period
from hub.translation import Text, Wording, msg
from kpis.definition import Definition
from warehouse.serving import Connection

_NEWEST = """
select distinct on (p.province_code) p.province_code, p.name, o.value, o.numerator, o.denominator, o.status,
    o.reason_vi, o.reason_en, o.data_as_of, o.definition_version, o.definition_sha256, o.withdrawn_at, p.read_at,
    p.failed_at
from nation.province as p
left join nation.observation as o on o.province_code = p.province_code
    and o.kpi_id = %s and o.first_day = %s and o.last_day = %s
order by p.province_code, o.revision desc nulls last
"""


@dataclass(frozen=True)
class ProvinceFigure:
    """What the hub of a province says of one figure."""

    province: str
    name: str | None
    value: Decimal | None
    """None where it cannot be compared, with the reason."""
    numerator: Decimal | None
    denominator: Decimal | None
    status: str
    """provisional, official or missing."""
    reason: Wording | None
    """Why there is no value."""
    data_as_of: date | None
    version: int | None
    """Of the definition that the province used."""
    read_at: datetime | None
    is_stale: bool
    """Whether the last reading failed, so that the province may have said something else since."""
    rank: int | None = None
    """Among the provinces that have a value, the best first, where no direction is good the largest; equal values have
    the same rank."""


@dataclass(frozen=True)
class NationalComparison:
    """All provinces, by rank, those without a value last; and the median of those with one."""

    figures: Sequence[ProvinceFigure]
    median: Decimal | None


def compare_provinces(connection: Connection, definition: Definition, period: Period) -> NationalComparison:
    """The KPI's own figure of a standard period in every province whose hub is read. Figures of another definition than
    this are not compared: by name alone nobody knows whether they count the same."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        rows = cursor.execute(_NEWEST, [definition.id, period.first, period.last]).fetchall()
    found = [_figure(definition, row) for row in rows]
    values = sorted((one.value for one in found if one.value is not None), reverse=definition.good != "down")
    ranked = [one if one.value is None else replace(one, rank=1 + values.index(one.value)) for one in found]
    ranked.sort(key=lambda one: (one.rank or len(ranked) + 1, one.province))
    return NationalComparison(ranked, median(values) if values else None)


def _figure(definition: Definition, row: NamedTuple) -> ProvinceFigure:
    own: Any = row
    reason: Wording | None = None
    if own.read_at is None or own.status is None:
        reason = msg("the province's hub gave no figure of this period")
    elif own.withdrawn_at is not None:
        reason = msg("the province's hub does not give this figure any more")
    elif own.value is None:
        reason = Text(own.reason_vi, own.reason_en) if own.reason_vi else msg("no value")
    elif own.definition_sha256 != definition.sha256:
        reason = msg("of another definition (version {version})", version=own.definition_version)
    return ProvinceFigure(
        own.province_code,
        own.name,
        own.value if reason is None else None,
        own.numerator if reason is None else None,
        own.denominator if reason is None else None,
        "missing" if reason else own.status,
        reason,
        own.data_as_of,
        own.definition_version,
        own.read_at,
        own.failed_at is not None,
    )

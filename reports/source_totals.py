"""Control totals: what the sources say that they have, beside what the hub counts."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from warehouse.serving import Connection


@dataclass(frozen=True)
class SourceTotal:
    """The newest comparison of one measure, slice and range of days."""

    source: str
    feed: str
    measure: str
    breakdown: str
    first: date
    last: date
    source_value: Decimal
    hub_value: Decimal | None
    severity: str
    is_equal: bool
    batch_id: int
    correlation_id: str
    made_at: datetime


def source_totals(
    connection: Connection,
    province: str,
    source: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> list[SourceTotal]:
    """Those of a source, or of all, whose days touch the range; older comparisons of the same days are left out."""
    rows = connection.execute(
        "select distinct on (r.source, r.feed, r.first_day, r.last_day, r.measure, r.breakdown)"
        " r.source, r.feed, r.measure, r.breakdown, r.first_day, r.last_day, r.source_value::numeric,"
        " r.hub_value::numeric, r.severity, r.is_equal, r.batch_id, r.correlation_id, r.made_at"
        " from serving.reconciliations as r join serving.provinces as p using (province_id)"
        " where p.province = %(province)s and r.source = coalesce(%(source)s, r.source)"
        " and r.last_day >= coalesce(%(first)s, r.last_day) and r.first_day <= coalesce(%(last)s, r.first_day)"
        " order by r.source, r.feed, r.first_day, r.last_day, r.measure, r.breakdown, r.reconciliation_id desc",
        {"province": province, "source": source, "first": first, "last": last},
    )
    return [SourceTotal(*row) for row in rows]

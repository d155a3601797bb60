"""Months of KPIs for trends and sparklines, all in one query."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from psycopg.rows import class_row

from hub.periods import Period, last_periods
from kpis.figure import Status
from screens.charts.series import Point
from screens.database import Snapshot
from screens.formats import RATES
from screens.reading import Kpi

MONTHS = 13
"""A year and the month that it is compared with."""


@dataclass(frozen=True)
class Month:
    """A month's published value."""

    kpi: str
    first_day: date
    last_day: date
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    status: Status
    revision: int
    data_as_of: date | None

    @property
    def period(self) -> Period:
        return Period(self.first_day, self.last_day)


def months(
    s: Snapshot, kpis: Collection[Kpi], last: date, area_ids: Collection[int], slice_: str = "", count: int = MONTHS
) -> dict[str, list[Month]]:
    """KPI → its months up to the one that `last` is in; those that nothing is published of are missing.

    `area_ids` are one place in its times: the province's key before and after a reform. Months before the first
    value are left out.
    """
    asked = last_periods("month", last, count)
    with s.connection.cursor(row_factory=class_row(Month)) as cursor:
        rows = cursor.execute(
            "select distinct on (kpi, first_day) kpi, first_day, last_day, value, numerator, denominator, status,"
            " revision, data_as_of from serving.kpi_observations where province_id = %(own)s and kpi = any(%(kpis)s)"
            " and first_day = any(%(firsts)s) and last_day = any(%(lasts)s) and area_id = any(%(areas)s)"
            " and breakdown = %(slice)s and last_day - first_day < 31 order by kpi, first_day, revision desc",
            {
                "own": s.province.province_id,
                "kpis": [kpi.kpi for kpi in kpis],
                "firsts": [period.first for period in asked],
                "lasts": [period.last for period in asked],
                "areas": list(area_ids),
                "slice": slice_,
            },
        ).fetchall()
    found = {(row.kpi, row.first_day): row for row in rows}
    return {kpi.kpi: _from_first([found.get((kpi.kpi, p.first)) or _gap(kpi, p) for p in asked]) for kpi in kpis}


def points(s: Snapshot, kpi: Kpi, shown: Sequence[Month], whole: bool, slice_: str = "") -> list[Point]:
    """What a chart is given. A target of a year's sum says nothing about a month of it, so only levels have one."""
    levels = kpi.unit in RATES or kpi.kind == "stock"
    return [
        Point(
            month.first_day,
            month.last_day,
            month.value,
            month.status,
            month.revision,
            s.catalogue.find_target(s.province.code, kpi.kpi, kpi.definition.measure, slice_, month.last_day.year)
            if levels and whole
            else None,
        )
        for month in shown
    ]


def _gap(kpi: Kpi, period: Period) -> Month:
    return Month(kpi.kpi, period.first, period.last, None, None, None, "missing", 1, None)


def _from_first(shown: list[Month]) -> list[Month]:
    start = next((place for place, month in enumerate(shown) if month.value is not None), len(shown))
    return [replace(month, status="missing") if month.value is None else month for month in shown[start:]]

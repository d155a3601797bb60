"""What was said of a KPI's standard periods, and when: the kept observations as readers see them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from warehouse.kpis.availability import VIETNAM
from warehouse.kpis.definition import find_definition
from warehouse.kpis.figure import Figure, Reason
from warehouse.kpis.periods import require_range
from warehouse.kpis.targets import find_target
from warehouse.reading import Connection, Province, find_province


def latest_revision(connection: Connection, province: Province, figure: Figure) -> int | None:
    """The revision that holds now for the whole province, if it says the same as the figure."""
    row = connection.execute(
        "select revision, value from serving.kpi_observations where province_id = %s and kpi = %s"
        " and first_day = %s and last_day = %s and breakdown = '' and is_latest",
        (province.province_id, figure.kpi, figure.first, figure.last),
    ).fetchone()
    return row[0] if row and row[1] == figure.value else None


def observed(
    connection: Connection, kpi_id: str, first: date, last: date, as_of: date, province: str = "H37"
) -> Figure:
    """The whole province's figure as it was known at the end of the day `as_of`, Vietnam time.

    Kept are months, quarters, halves and years; for anything else, and before the first word on a period, the
    figure is missing and says so. What this returns for a past day never changes.
    """
    require_range(first, last)
    definition, own = find_definition(kpi_id), find_province(connection, province)
    row = connection.execute(
        "select value, numerator, denominator, status, data_as_of, recorded_at, definition_version, revision"
        " from serving.kpi_observations where province_id = %s and kpi = %s and first_day = %s and last_day = %s"
        " and breakdown = '' and recorded_at < %s order by revision desc limit 1",
        (own.province_id, kpi_id, first, last, datetime.combine(as_of + timedelta(days=1), time(), VIETNAM)),
    ).fetchone()
    none: tuple[Any, ...] = (None, None, None, "missing", None, None, definition.version, None)
    value, numerator, denominator, status, data_as_of, recorded_at, version, revision = row or none
    unsaid = Reason(
        f"Đến ngày {as_of:%d/%m/%Y} chưa công bố số liệu của kỳ này (chỉ lưu tháng, quý, nửa năm, năm)",
        f"nothing was recorded of this period by {as_of}; kept are months, quarters, halves and years",
    )
    unknown = Reason("Khi đó chưa có số liệu", "there was no figure then")
    return Figure(
        kpi=kpi_id,
        measure=definition.measure,
        first=first,
        last=last,
        province=own.code,
        area=None,
        where={},
        unit=definition.unit,
        value=value,
        numerator=numerator,
        denominator=denominator,
        status=status,
        reason=unsaid if row is None else unknown if value is None else None,
        data_as_of=data_as_of,
        loaded_at=recorded_at,
        definition_version=version,
        target=find_target(own.code, kpi_id, definition.measure, "", last.year),
        revision=revision,
    )

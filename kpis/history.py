"""What was said of a KPI's standard periods, and when: the kept observations as readers see them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from hub.errors import WrongQuestion
from hub.periods import require_range
from hub.suggestions import nearest
from kpis.availability import VIETNAM
from kpis.definition import Definition, find_definition
from kpis.figure import Figure, Reason
from kpis.slices import slices_text
from kpis.targets import attainment, find_target
from warehouse.serving import Area, Connection, Province, breakdown_values, find_area, find_province, province_area

Where = Mapping[str, Sequence[str]]


def latest_revision(connection: Connection, province: Province, place: Area, figure: Figure) -> int | None:
    """The revision that holds now of the figure's period and slice in that area, if it says the same as the figure."""
    row = connection.execute(
        "select revision, value from serving.kpi_observations where province_id = %s and kpi = %s"
        " and first_day = %s and last_day = %s and area_id = %s and breakdown = %s and is_latest",
        (
            province.province_id,
            figure.kpi,
            figure.first,
            figure.last,
            place.area_id,
            slices_text(figure.where),
        ),
    ).fetchone()
    return row[0] if row and row[1] == figure.value else None


def observed(
    connection: Connection,
    kpi_id: str,
    first: date,
    last: date,
    as_of: date,
    province: str,
    area: str | None = None,
    where: Where | None = None,
) -> Figure:
    """The figure as it was known at the end of the day `as_of`, Vietnam time: of the whole province, of one area
    (a code as of `last`) or of one value of one breakdown.

    Kept are months, quarters, halves, years and the year to each month's end; for anything else, and before the
    first word on a period, the figure is missing and says so. What this returns for a past day never changes.
    Raises WrongQuestion for a name that does not exist, and for slices of more than one value.
    """
    require_range(first, last)
    definition, own, slice_ = find_definition(kpi_id), find_province(connection, province), where or {}
    _check_slice(connection, own, definition, area, slice_)
    row = connection.execute(
        "select o.value, o.numerator, o.denominator, o.status, o.reason_vi, o.reason, o.data_as_of, o.recorded_at,"
        " o.revision, o.definition_version, d.body ->> 'measure', d.unit from serving.kpi_observations as o"
        " join serving.kpi_definitions as d on d.kpi = o.kpi and d.version = o.definition_version"
        " where o.province_id = %s and o.kpi = %s and o.first_day = %s and o.last_day = %s and o.area_id = %s"
        " and o.breakdown = %s and o.recorded_at < %s order by o.revision desc limit 1",
        (
            own.province_id,
            kpi_id,
            first,
            last,
            _area_id(connection, own, area, last),
            slices_text(slice_),
            datetime.combine(as_of + timedelta(days=1), time(), VIETNAM),
        ),
    ).fetchone()
    slice_text = slices_text(slice_)
    figure = Figure(
        kpi=kpi_id,
        measure=definition.measure,
        first=first,
        last=last,
        province=own.code,
        area=area,
        where=slice_,
        unit=definition.unit,
        value=None,
        numerator=None,
        denominator=None,
        status="missing",
        reason=Reason(
            f"Đến ngày {as_of:%d/%m/%Y} chưa công bố số liệu của kỳ này"
            " (chỉ lưu tháng, quý, nửa năm, năm và từ đầu năm đến cuối tháng)",
            f"nothing was recorded of this period by {as_of}; kept are months, quarters, halves, years"
            " and the year to each month's end",
        ),
        data_as_of=None,
        loaded_at=None,
        definition_version=definition.version,
        target=find_target(own.code, kpi_id, definition.measure, slice_text, last.year)
        if area in (None, own.area)
        else None,
    )
    if row is None:
        return figure
    value, numerator, denominator, status, *why, data_as_of, recorded_at, revision, version, measure, unit = row
    return replace(
        figure,
        measure=measure,
        unit=unit,
        value=value,
        numerator=numerator,
        denominator=denominator,
        status=status,
        reason=kept_reason(value, *why),
        data_as_of=data_as_of,
        loaded_at=recorded_at,
        definition_version=version,
        attainment=attainment(definition.good, value, figure.target),
        revision=revision,
    )


def kept_reason(value: Decimal | None, reason_vi: str | None, reason: str | None) -> Reason | None:
    """Why a kept figure is missing; None of a value."""
    if value is not None:
        return None
    if reason_vi is None or reason is None:  # of before reasons were kept, and of slices that vanished
        return Reason("Khi đó chưa có số liệu", "there was no figure then")
    return Reason(reason_vi, reason)


def _check_slice(
    connection: Connection, province: Province, definition: Definition, area: str | None, where: Where
) -> None:
    named = [value for values in where.values() for value in values]
    if len(named) + (area not in (None, province.area)) > 1:
        raise WrongQuestion(
            "--as-of chỉ có cho toàn tỉnh, một địa bàn, hoặc một giá trị của một phân tổ:"
            " hãy chỉ dùng --area, hoặc một --where TÊN=GIÁ_TRỊ.",
            "--as-of knows the whole province, one area, or one value of one breakdown:"
            " ask with --area alone or one --where NAME=VALUE.",
        )
    if area not in (None, province.area) and "area" not in definition.breakdowns:
        raise WrongQuestion(
            f"Chỉ tiêu {definition.id} chỉ có cho toàn tỉnh; hãy bỏ --area.",
            f"KPI {definition.id} is known for the whole province only; leave --area out.",
        )
    for name, values in where.items():
        if name not in definition.breakdowns or name == "area":
            near = nearest(name, definition.breakdowns)
            raise WrongQuestion(
                f"Chỉ tiêu {definition.id} không có phân tổ {name!r}; {near.vi}",
                f"KPI {definition.id} has no breakdown {name!r}; {near.en}",
            )
        known = breakdown_values(connection, province, definition.reads, name)
        if known and values[0] not in known:
            near = nearest(values[0], list(known))
            raise WrongQuestion(
                f"Phân tổ {name} không có giá trị {values[0]!r}; {near.vi}",
                f"Breakdown {name} has no value {values[0]!r}; {near.en}",
            )


def _area_id(connection: Connection, province: Province, code: str | None, day: date) -> int:
    """Key of the asked area, the province's own by default; -1 where areas are not loaded."""
    if code not in (None, province.area):
        return find_area(connection, province, str(code), day).area_id
    whole = province_area(connection, province, day)
    return whole.area_id if whole else -1

"""A KPI for any range of days, area, slice and breakdown, straight from the serving views."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from connectors.specification import Source
from hub.periods import Period, require_range, require_years, whole_months
from kpis.availability import VIETNAM, Availability, judge, lateness_passed
from kpis.definition import GROWTH, Definition
from kpis.figure import Figure, Reason, Status
from kpis.governing import definition_in_force
from kpis.history import latest_revision
from kpis.memo import Once
from kpis.question import Areas, Question, Where, check
from kpis.slices import slices_text
from kpis.targets import attainment, find_target
from kpis.values import values
from warehouse.serving import Connection, coverage, find_province


def compute(
    connection: Connection,
    kpi_id: str,
    first: date,
    last: date,
    province: str,
    area: str | None = None,
    where: Where | None = None,
    by: Sequence[str] = (),
    measure: str | None = None,
    now: datetime | None = None,
    *,
    areas: Areas = "then",
    subtrees: bool = False,
    definition: Definition | None = None,
    with_refused: bool = False,
    sources: Mapping[str, Source] | None = None,
    once: Once | None = None,
) -> Figure:
    """The figure of a KPI from `first` to `last`, both inclusive; reads schema serving only.

    `area` is a code as of `last` and means the area with all below it; `where` keeps the named values of
    breakdowns; `by` adds a row for each combination of breakdowns that has records; `measure` is one of the
    definition's, its own by default. With `areas="today"` area codes are today's, and what happened in areas of
    before is carried to their successors. With `subtrees` a breakdown by area has a row for every area with all below
    it, districts and the province among them. `definition` replaces the version that governs the range; `with_refused`
    counts refused records as if they had been accepted; `sources` are the installation's, the hub's own by default;
    `once` what other figures of the same snapshot asked already.
    Raises WrongQuestion for anything that cannot be asked.
    """
    require_range(first, last)
    require_years(first, last)
    once = once or Once(connection)
    definition = definition or definition_in_force(once, kpi_id, last)
    measure = measure or definition.measure
    own = once(find_province, province)
    asked = Period(first, last)
    question = check(once, definition, measure, asked, own, area, where or {}, by, areas, subtrees, with_refused)
    formula = question.formula
    covered = once(coverage, own, tuple(definition.feeds))
    slice_text = slices_text(question.where)
    figure = Figure(
        kpi=kpi_id,
        measure=measure,
        first=first,
        last=last,
        province=own.code,
        area=area,
        where=question.where,
        unit="%" if measure == GROWTH else formula.unit,
        value=None,
        numerator=None,
        denominator=None,
        status="missing",
        reason=None,
        data_as_of=None,
        loaded_at=covered.loaded_at,
        definition_version=definition.version,
        target=None if question.area else find_target(own.code, kpi_id, measure, slice_text, last.year),
        by=question.by,
    )
    counted = asked
    if formula.grain == "month":
        months = whole_months(first, last)
        if months is None:
            return replace(figure, reason=_WHOLE_MONTHS)
        counted = months
    available = judge(formula, covered, counted)
    if available.missing:
        return replace(figure, reason=available.missing)
    row, rows, snapshot = values(connection, question, counted)
    as_of = snapshot or available.data_as_of
    figure = replace(figure, numerator=row.numerator, denominator=row.denominator, rows=rows, data_as_of=as_of)
    if row.value is None:
        return replace(figure, reason=row.reason)
    status, reason = _status(question, counted, available, now or datetime.now(VIETNAM), sources)
    figure = replace(
        figure,
        value=row.value,
        status=status,
        reason=reason,
        is_estimated=row.is_estimated,
        attainment=attainment(definition.good, row.value, figure.target),
    )
    if not question.is_kept or question.place is None:
        return figure
    return replace(figure, revision=latest_revision(connection, own, question.place, figure))


_WHOLE_MONTHS = Reason(
    "Số liệu theo tháng: kỳ hỏi không chứa trọn tháng nào", "figures are monthly: no whole month lies in the range"
)


def _status(
    question: Question,
    counted: Period,
    available: Availability,
    now: datetime,
    sources: Mapping[str, Source] | None,
) -> tuple[Status, Reason | None]:
    if available.provisional:
        return "provisional", available.provisional
    if counted != question.asked:
        return "provisional", Reason(
            f"Chỉ tính các tháng trọn vẹn {counted.first:%m/%Y}–{counted.last:%m/%Y}",
            f"counts the whole months {counted.first:%Y-%m} … {counted.last:%Y-%m} only",
        )
    waiting = lateness_passed(question.definition, question.asked.last, now, sources)
    return ("provisional", waiting) if waiting else ("official", None)

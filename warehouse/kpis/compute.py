"""A KPI for any range of days, area, slice and breakdown, straight from the serving views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from warehouse.kpis.availability import VIETNAM, Availability, judge, lateness_passed
from warehouse.kpis.definition import GROWTH, POPULATION, Definition, Formula, find_definition
from warehouse.kpis.errors import WrongQuestion, nearest
from warehouse.kpis.figure import Figure, Reason, Row, Status, breakdown_text
from warehouse.kpis.observations import latest_revision
from warehouse.kpis.periods import Period, require_range, whole_months
from warehouse.kpis.query import END, START, Part, Reading, Scope, read_moments, read_range
from warehouse.kpis.targets import find_target
from warehouse.reading import (
    Area,
    Connection,
    Province,
    breakdown_values,
    coverage,
    find_area,
    find_province,
    populations,
    province_area,
)

Where = Mapping[str, Sequence[str]]
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class _Question:
    definition: Definition
    measure: str
    formula: Formula
    asked: Period
    province: Province
    area: Area | None
    """The asked part of the province; None for the whole of it, records without an area included."""
    where: Where
    by: Sequence[str]

    @property
    def scope(self) -> Scope:
        area_id = self.area.area_id if self.area else None
        return Scope(self.definition.reads, self.province.province_id, area_id, self.where, self.by)


def compute(
    connection: Connection,
    kpi_id: str,
    first: date,
    last: date,
    province: str = "H37",
    area: str | None = None,
    where: Where | None = None,
    by: Sequence[str] = (),
    measure: str | None = None,
    now: datetime | None = None,
) -> Figure:
    """The figure of a KPI from `first` to `last`, both inclusive; reads schema serving only.

    `area` is a code as of `last` and means the area with all below it; `where` keeps the named values of
    breakdowns; `by` adds a row for each combination of breakdowns that has records; `measure` is one of the
    definition's, its own by default. Raises WrongQuestion for anything that cannot be asked.
    """
    require_range(first, last)
    definition = find_definition(kpi_id)
    measure = measure or definition.measure
    formula = definition.formula(measure)
    own = find_province(connection, province)
    _check_breakdowns(connection, definition, formula, own, where or {}, by)
    question = _Question(
        definition,
        measure,
        formula,
        Period(first, last),
        own,
        _asked_area(connection, definition, formula, own, area, last),
        where or {},
        tuple(by),
    )
    covered = coverage(connection, own, definition.feeds)
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
        target=find_target(own.code, kpi_id, measure, breakdown_text(question.where), last.year)
        if question.area is None
        else None,
        by=question.by,
    )
    counted = question.asked
    if formula.grain == "month":
        months = whole_months(first, last)
        if months is None:
            return replace(figure, reason=_WHOLE_MONTHS)
        counted = months
    available = judge(formula, covered, counted)
    if available.missing:
        return replace(figure, reason=available.missing)
    row, rows, as_of = _values(connection, question, counted)
    figure = replace(figure, numerator=row.numerator, denominator=row.denominator, rows=rows)
    if row.value is None:
        return replace(figure, reason=row.reason, data_as_of=as_of or available.data_as_of)
    status, reason = _status(question, counted, available, now or datetime.now(VIETNAM))
    figure = replace(figure, value=row.value, status=status, reason=reason, data_as_of=as_of or available.data_as_of)
    return replace(figure, revision=_revision(connection, question, figure))


_WHOLE_MONTHS = Reason(
    "Số liệu theo tháng: kỳ hỏi không chứa trọn tháng nào", "figures are monthly: no whole month lies in the range"
)


def _check_breakdowns(
    connection: Connection,
    definition: Definition,
    formula: Formula,
    province: Province,
    where: Where,
    by: Sequence[str],
) -> None:
    for name in (*by, *where):
        if name not in formula.breakdowns:
            raise WrongQuestion(f"KPI {definition.id} has no breakdown {name!r}; {nearest(name, formula.breakdowns)}")
    if len(set(by)) < len(by):
        raise WrongQuestion(f"--by names a breakdown twice: {', '.join(by)}.")
    for name, values in where.items():
        if name == "area":
            raise WrongQuestion("Areas are asked with --area CODE, not with --where.")
        known = breakdown_values(connection, province, name)
        for value in values:
            if known and value not in known:
                raise WrongQuestion(f"Breakdown {name} has no value {value!r}; {nearest(value, list(known))}")


def _asked_area(
    connection: Connection, definition: Definition, formula: Formula, province: Province, code: str | None, day: date
) -> Area | None:
    if code is None or code == province.area:
        return None
    if "area" not in formula.breakdowns:
        raise WrongQuestion(
            f"KPI {definition.id} is known for the whole province only; leave --area out"
            f" or ask by {', '.join(formula.breakdowns)}."
        )
    return find_area(connection, province, code, day)


def _status(
    question: _Question, counted: Period, available: Availability, now: datetime
) -> tuple[Status, Reason | None]:
    if available.provisional:
        return "provisional", available.provisional
    if counted != question.asked:
        return "provisional", Reason(
            f"Chỉ tính các tháng trọn vẹn {counted.first:%m/%Y}–{counted.last:%m/%Y}",
            f"counts the whole months {counted.first:%Y-%m} … {counted.last:%Y-%m} only",
        )
    waiting = lateness_passed(question.definition, question.asked.last, now)
    return ("provisional", waiting) if waiting else ("official", None)


def _values(connection: Connection, question: _Question, counted: Period) -> tuple[Row, list[Row], date | None]:
    """The whole, its rows, and the day of the snapshot where there is one."""
    formula = question.formula
    if formula.kind in ("flow", "distinct"):
        reading = read_range(connection, formula, question.scope, counted.first, counted.last)
        if formula.grain == "month" and reading.whole.records == 0:
            return _missing("Chưa có số liệu của các tháng này", "there are no figures of these months"), [], None
        return *_rows(connection, question, reading), None
    start = _start_day(question)
    days = {END: counted.last} | ({START: start} if start else {})
    readings = read_moments(connection, formula, question.scope, days)
    for moment, day in days.items():
        if moment not in readings:
            row = _missing(f"Không có số liệu đến ngày {day:%d/%m/%Y}", f"there is no figure on or before {day}")
            return row, [], None
    end = readings[END]
    if not start:
        return *_rows(connection, question, end), end.as_of
    return *_changes(question, readings[START], end), end.as_of


def _start_day(question: _Question) -> date | None:
    """The day whose running figure the last day's is compared with; None asks for the last day's alone."""
    asked = question.asked
    if question.measure == GROWTH:
        return asked.first
    if question.formula.kind == "cumulative" and asked.first < asked.last:
        return asked.first - timedelta(days=1)
    return None


def _rows(connection: Connection, question: _Question, reading: Reading) -> tuple[Row, list[Row]]:
    parts = [reading.whole, *reading.parts]
    if question.formula.denominator == POPULATION:
        parts = _over_population(connection, question, parts)
    rows = [_row(question, part) for part in parts]
    return rows[0], rows[1:]


def _over_population(connection: Connection, question: _Question, parts: list[Part]) -> list[Part]:
    year = question.asked.last.year
    area = question.area or province_area(connection, question.province, question.asked.last)
    own = area.area_id if area else -1
    people = populations(connection, year, [own, *{p.area_id for p in parts if p.area_id is not None}])
    by_area = "area" in question.by
    return [
        replace(part, denominator=Decimal(people[place]) if place in people else None)
        for n, part in enumerate(parts)
        for place in [part.area_id if by_area and n else own]
    ]


def _row(question: _Question, part: Part) -> Row:
    formula, breakdown = question.formula, dict(zip(question.by, part.key, strict=True))
    numerator = part.numerator or Decimal(0)
    if formula.denominator is None:
        return Row(breakdown, formula.scale * numerator, numerator, None)
    if part.denominator is None:
        year = question.asked.last.year
        return Row(
            breakdown, None, numerator, None, Reason(f"Chưa có dân số năm {year}", f"no population of {year} is known")
        )
    if part.denominator == 0:
        return Row(
            breakdown,
            None,
            numerator,
            Decimal(0),
            Reason("Mẫu số bằng 0", "the denominator is 0: nothing to divide by"),
        )
    return Row(breakdown, formula.scale * numerator / part.denominator, numerator, part.denominator)


def _changes(question: _Question, start: Reading, end: Reading) -> tuple[Row, list[Row]]:
    """From one running figure to another: what was added, or the growth in percent."""
    before = {(part.key, part.area_id): part.numerator for part in start.parts}
    after = {(part.key, part.area_id): part.numerator for part in end.parts}
    whole = _change(question, end.whole.key, start.whole.numerator, end.whole.numerator)
    return whole, [
        _change(question, key[0], before.get(key), after.get(key)) for key in dict.fromkeys([*after, *before])
    ]


def _change(question: _Question, key: tuple[str | None, ...], before: Decimal | None, after: Decimal | None) -> Row:
    breakdown = dict(zip(question.by, key, strict=True))
    added = (after or Decimal(0)) - (before or Decimal(0))
    if question.measure != GROWTH:
        return Row(breakdown, question.formula.scale * added, added, None)
    if not before:
        reason = Reason("Kỳ gốc bằng 0", "the first day's figure is 0: there is nothing to grow from")
        return Row(breakdown, None, added, before, reason)
    return Row(breakdown, _HUNDRED * added / before, added, before)


def _missing(vi: str, en: str) -> Row:
    return Row({}, None, None, None, Reason(vi, en))


def _revision(connection: Connection, question: _Question, figure: Figure) -> int | None:
    if question.area or question.where or question.measure != question.definition.measure:
        return None
    return latest_revision(connection, question.province, figure)

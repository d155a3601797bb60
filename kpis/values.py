"""From readings to values: quotients, what was added between two days, growth, and why there is none."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from hub.periods import Period
from hub.translation import msg
from kpis.definition import GROWTH, QUANTITIES, Formula
from kpis.figure import Reason, Row
from kpis.quantities import unknown, with_quantities
from kpis.question import Calculation
from kpis.range_reading import Part, Reading
from kpis.readings import readings
from warehouse.areas import REFORM
from warehouse.serving import Connection

_HUNDRED = Decimal(100)
_UNSAID = msg("the source does not say this figure")
_FALLEN = msg("the source's running total has fallen since the day before the range")

Values = tuple[Row, list[Row], date | None]
"""The whole, its rows, and the day of the snapshot where there is one."""


def values(connection: Connection, asked: Sequence[tuple[Calculation, Period]]) -> list[Values]:
    """The values of questions that differ in their periods alone, each with the days that are counted, in one read."""
    if not asked:
        return []
    question, formula = asked[0][0], asked[0][0].formula
    if formula.kind in ("flow", "distinct"):
        ranges = {f"{counted.first} {counted.last}": counted for _, counted in asked}
        found = readings(connection, question, ranges)
        return [_of_range(connection, one, found[f"{counted.first} {counted.last}"]) for one, counted in asked]
    days = {day for one, counted in asked for day in _moments(one, counted) if day}
    found = readings(connection, question, {str(day): day for day in sorted(days)})
    return [_of_moments(connection, one, found, *_moments(one, counted)) for one, counted in asked]


def _moments(question: Calculation, counted: Period) -> tuple[date, date | None]:
    """The day whose state counts, and the one with which it is compared."""
    return counted.last, start_day(question.formula, question.measure, question.asked)


def _of_range(connection: Connection, question: Calculation, reading: Reading) -> Values:
    if question.formula.grain == "month" and reading.whole.records == 0:
        return _missing(msg("there are no figures of these months")), [], None
    return *_rows(connection, question, reading), None


def _of_moments(
    connection: Connection, question: Calculation, found: Mapping[str, Reading], last: date, start: date | None
) -> Values:
    for day in filter(None, (last, start)):
        if str(day) not in found:
            return _missing(msg("there is no figure on or before {day}", day=day)), [], None
        if question.area and not question.carried and (of := found[str(day)].as_of or day) < REFORM <= day:
            return _older_than_the_area(of), [], of
    end = found[str(last)]
    if not start:
        return *_rows(connection, question, end), end.as_of
    return *_changes(question, found[str(start)], end), end.as_of


def start_day(formula: Formula, measure: str, asked: Period) -> date | None:
    """The day whose running figure the last day's is compared with; None asks for the last day's alone."""
    if measure == GROWTH:
        return asked.first
    if formula.kind == "cumulative" and asked.first < asked.last:
        return asked.first - timedelta(days=1)
    return None


def _rows(connection: Connection, question: Calculation, reading: Reading) -> tuple[Row, list[Row]]:
    parts = with_quantities(connection, question, [reading.whole, *reading.parts])
    rows = [_row(question, part) for part in parts]
    return rows[0], rows[1:]


def _row(question: Calculation, part: Part) -> Row:
    formula, breakdown = question.formula, dict(zip(question.by, part.key, strict=True))
    numerator, denominator = part.numerator, part.denominator
    if formula.indicators and not part.records:  # a source that tells nothing of it does not say that it is 0
        numerator = None
    if numerator is None and _is_none_counted(question, part):
        numerator = Decimal(0)
    if denominator is None and formula.denominator is not None and formula.denominator not in QUANTITIES:
        denominator = Decimal(0)
    value, reason = None, None
    if numerator is None:
        reason = unknown(formula.numerator, question.asked.last.year) if formula.numerator in QUANTITIES else _UNSAID
    elif formula.denominator is None:
        value = formula.scale * numerator
    elif denominator is None:
        reason = unknown(formula.denominator, question.asked.last.year)
    elif denominator == 0:
        reason = msg("the denominator is 0: nothing to divide by")
    else:
        value = formula.scale * numerator / denominator
    if value is not None and formula.root:
        value = value.sqrt()
    return Row(breakdown, value, numerator, denominator, reason, part.is_estimated, part.area_id)


def _is_none_counted(question: Calculation, part: Part) -> bool:
    """Whether SQL's null means that no row was to be counted; else it means that no row says the figure."""
    formula = question.formula
    return (
        formula.numerator not in QUANTITIES and not formula.indicators and (part.records == 0 or formula.null_is_none)
    )


def _changes(question: Calculation, start: Reading, end: Reading) -> tuple[Row, list[Row]]:
    """From one running figure to another: what was added, or the growth in percent. A running total that has fallen was
    told wrongly at one of its ends, and nothing is known of what was added."""
    before = {(part.key, part.area_id): part for part in start.parts}
    after = {(part.key, part.area_id): part for part in end.parts}
    keys = dict.fromkeys([*after, *before])
    return _change(question, start.whole, end.whole), [
        _change(question, before.get(key), after.get(key)) for key in keys
    ]


def _change(question: Calculation, start: Part | None, end: Part | None) -> Row:
    known = [part for part in (start, end) if part]
    breakdown = dict(zip(question.by, known[0].key, strict=True))
    before, after = (part.numerator if part else None for part in (start, end))
    added = (after or Decimal(0)) - (before or Decimal(0))
    is_estimated, area_id = any(part.is_estimated for part in known), known[0].area_id
    if question.measure != GROWTH:
        if added < 0:
            return Row(breakdown, None, added, None, _FALLEN, is_estimated, area_id)
        return Row(breakdown, question.formula.scale * added, added, None, None, is_estimated, area_id)
    if not before:
        reason = msg("the first day's figure is 0: there is nothing to grow from")
        return Row(breakdown, None, added, before, reason, is_estimated, area_id)
    return Row(breakdown, _HUNDRED * added / before, added, before, None, is_estimated, area_id)


def _older_than_the_area(of: date) -> Row:
    return _missing(
        msg("the newest figures are of {of}, before this area was made; ask in the areas of today", of=of),
    )


def _missing(reason: Reason) -> Row:
    return Row({}, None, None, None, reason)

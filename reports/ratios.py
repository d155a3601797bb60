"""Quotients of figures, growths from one to another, and differences of running totals."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from hub.translation import Text, Wording, msg, msg_in
from hub.units import round_half_up
from kpis.definition import AREA_KM2, PLAN, POPULATION, Formula
from reports.amounts import Quantity, Stated, operand_quantity
from reports.arithmetic import Token, factor, is_about, is_cut, legible, line, plain
from reports.equations import Equation, Kind
from reports.published import Published
from reports.sheet import Operand, PublishedReport, meet

_HUNDRED = Decimal(100)


def quotients(sheet: PublishedReport) -> Iterator[Equation]:
    """Rates, shares, densities, means: each is what its numerator and denominator give, rounded as it was printed."""
    for index, figure in enumerate(sheet.figures):
        formula = figure.formula
        if figure.nature != "quotient" or formula is None or formula.denominator is None:
            continue
        where = {name: frozenset(values) for name, values in figure.published.where.items()}
        split = {name: where.get(name, frozenset([value])) for name, value in formula.share.items()}
        undivided = {name: values for name, values in where.items() if name not in split}
        numerators = _operands(sheet, figure, formula.numerator, where | split)
        denominators = _operands(sheet, figure, formula.denominator, undivided)
        if not numerators or not denominators or denominators[0].low <= 0:
            continue
        yield _quotient(index, figure, formula, numerators, denominators)


def _quotient(
    index: int, figure: Stated, formula: Formula, numerators: Sequence[Operand], denominators: Sequence[Operand]
) -> Equation:
    printed, numerator, denominator = figure.published, numerators[0], denominators[0]
    low = _value(formula, numerator.low, denominator.high)
    high = _value(formula, numerator.high, denominator.low)
    holds = _rounds_to(printed, low, high)
    scale = formula.scale * denominator.scale / numerator.scale
    quotient: list[Token] = [*factor(scale), *numerator.text, "÷", *denominator.text]
    if formula.root:
        quotient = ["√(", *quotient, ")"]
    text = [printed.value, "=" if holds else "≠", *quotient, "=", _shown(figure, formula, numerator, denominator)]
    others = [(top, bottom) for top in numerators for bottom in denominators[-1:] if not meet(top, numerator)]
    others += [(numerator, bottom) for bottom in denominators if not meet(bottom, denominator) and bottom.low > 0]
    if not holds and others:
        text += [_BY_PARTS, _shown(figure, formula, *others[0])]
    kind: Kind = "quotient"
    if not holds and is_cut(printed.value, printed.decimals, low, high):
        kind, text = "cut", [*text, cut_text(printed, high)]
    return Equation(kind, (index,), (*numerator.figures, *denominator.figures), holds, line(*text))


_BY_PARTS = msg("; by the sum of the parts:")


def cut_text(printed: Published, value: Decimal) -> Wording:
    """That digits were dropped, and what rounding gives."""
    return msg("; cut instead of rounded, which gives {rounded}", rounded=line(round_half_up(value, printed.decimals)))


def _shown(figure: Stated, formula: Formula, numerator: Operand, denominator: Operand) -> Decimal:
    value = _value(formula, numerator.low + numerator.high, denominator.low + denominator.high)
    return legible(value, figure.published.decimals)


def _value(formula: Formula, numerator: Decimal, denominator: Decimal) -> Decimal:
    quotient = formula.scale * numerator / denominator
    return quotient.sqrt() if formula.root else quotient


def _operands(sheet: PublishedReport, figure: Stated, sql: str, where: Mapping[str, frozenset[str]]) -> list[Operand]:
    """A numerator or denominator as the file or the reference data give it; none where neither does."""
    definition, formula, year = figure.definition, figure.formula, figure.published.last.year
    if definition is None or formula is None:
        return []
    if sql in (POPULATION, AREA_KM2) and "area" in where:
        return []
    if sql == POPULATION:
        return _given(sheet.reference.populations.get(year), msg_in("population", "people"))
    if sql == AREA_KM2:
        return _given(sheet.reference.area_km2, Text("km²", "km²"))
    if sql == PLAN:
        return _given(sheet.reference.plan(definition.id, year, where), msg("planned"))
    return sheet.operands(operand_quantity(definition, formula, figure.published, sql, where, sheet.reference))


def _given(value: Decimal | None, unit: Wording) -> list[Operand]:
    return [] if value is None else [Operand(value, value, (), (plain(value), unit))]


def growths(sheet: PublishedReport) -> Iterator[Equation]:
    """A growth in percent, or a difference, is what the figures of its two days or periods give."""
    for index, figure in enumerate(sheet.figures):
        change = figure.change
        if change is None:
            continue
        start, end = (next(iter(sheet.operands(each)), None) for each in (change.since, change.until))
        if not start or not end:
            continue
        if figure.published.unit in ("%", PERCENTAGE_POINTS):
            if start.low > 0:
                yield _growth(index, figure.published, change.unit, start, end)
        elif figure.published.unit == change.unit:
            yield _increase(index, figure.published, start, end)


PERCENTAGE_POINTS = "percentage points"


def _growth(index: int, printed: Published, unit: str, start: Operand, end: Operand) -> Equation:
    """A change in percent, or of rates in percentage points; whether one is called the other, or the ratio a growth."""
    grown = sorted(_HUNDRED * (b - a) / a for a, b in product((start.low, start.high), (end.low, end.high)))
    added = [(end.low - start.high) * end.scale, (end.high - start.low) * end.scale]
    middle = _HUNDRED * (end.low + end.high - start.low - start.high) / (start.low + start.high)
    growth = [_HUNDRED, "× (", *end.text, "−", *start.text, ") ÷", *start.text, "=", legible(middle, printed.decimals)]
    points = [*end.text, "−", *start.text, "=", plain(sum(added, Decimal(0)) / 2)]
    in_points = printed.unit == PERCENTAGE_POINTS
    low, *_, high = added if in_points else grown
    holds, figures = _rounds_to(printed, low, high), (*start.figures, *end.figures)
    text: list[Token] = [printed.value, "=" if holds else "≠", *(points if in_points else growth)]
    kind: Kind = "difference" if in_points else "growth"
    if holds:
        pass
    elif in_points and _rounds_to(printed, grown[0], grown[-1]):
        kind, text = "points", [*text, msg("; a growth in percent called percentage points:"), *growth]
    elif not in_points and unit == "%" and _rounds_to(printed, *added):
        kind, text = "points", [*text, msg("; percentage points called percent:"), *points]
    elif not in_points and not is_about(printed.value, middle) and is_about(printed.value, middle + _HUNDRED):
        ratio = [_HUNDRED, "×", *end.text, "÷", *start.text, "=", legible(middle + _HUNDRED, printed.decimals)]
        kind, text = "ratio", [*text, msg("; stated is the ratio:"), *ratio]
    elif is_cut(printed.value, printed.decimals, low, high):
        kind, text = "cut", [*text, cut_text(printed, high)]
    return Equation(kind, (index,), figures, holds, line(*text))


def _increase(index: int, printed: Published, start: Operand, end: Operand) -> Equation:
    """A difference in the unit of its two figures."""
    low, high = ((b - a) * end.scale for a, b in ((start.high, end.low), (start.low, end.high)))
    holds = low <= printed.value + printed.half_digit and printed.value - printed.half_digit <= high
    text = [printed.value, "=" if holds else "≠", *end.text, "−", *start.text, "=", plain((low + high) / 2)]
    return Equation("difference", (index,), (*start.figures, *end.figures), holds, line(*text))


def _rounds_to(printed: Published, low: Decimal, high: Decimal) -> bool:
    return round_half_up(low, printed.decimals) <= printed.value <= round_half_up(high, printed.decimals)


def _running(sheet: PublishedReport, quantity: Quantity, what: tuple[str, ...], day: date) -> Operand | None:
    there = Quantity(what, (day, day), quantity.conditions, quantity.slices)
    return next(iter(sheet.operands(there)), None)


def differences(sheet: PublishedReport) -> Iterator[Equation]:
    """What was added to a running total in a range: the total at its end less that of the day before it began."""
    for quantity, (index, *_) in sheet.by_quantity.items():
        figure, (first, last) = sheet.figures[index], quantity.days
        if figure.nature != "count" or figure.formula is None or figure.formula.kind != "cumulative" or first >= last:
            continue
        end = _running(sheet, quantity, quantity.what, last)
        start = _running(sheet, quantity, quantity.what, first - timedelta(days=1))
        printed = figure.published.value
        if end and start:
            holds = end.low - start.high <= figure.high and figure.low <= end.high - start.low
            added = (end.low + end.high - start.low - start.high) / 2 * figure.formula.scale
            text = [printed, "=" if holds else "≠", *end.text, "−", *start.text, "="]
            result = legible(added, figure.published.decimals)
            yield Equation("difference", (index,), (*end.figures, *start.figures), holds, line(*text, result))
        elif end and figure.low > end.high:
            yield Equation("part", (index,), end.figures, False, line(printed, ">", *end.text))

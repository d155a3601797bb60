"""What a published figure counts, taken apart so that two figures can be seen to speak of the same thing.

Of a definition's conditions those that name the values of a column are understood. A condition of another form is kept
as a text: two figures with the same text count the same rows, and nothing more is concluded from it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from hub.errors import WrongQuestion
from kpis import expression
from kpis.definition import GROWTH, Definition, Formula
from reports.published import Published
from reports.references import Reference

if TYPE_CHECKING:
    from sqlglot import exp

Nature = Literal["count", "distinct", "quotient", "growth"]
"""Parts of a count add up; of a distinct count none is larger than the whole; of a quotient nothing follows."""
Slices = frozenset[tuple[str, frozenset[str]]]

_RATIO = re.compile(r"%|\bper\b|/|‰")
_ROUNDED = re.compile(r"(thousand|million|billion|trillion|nghìn|triệu|tỷ)\b")
_SAID_TWICE = {"is_on_time": "timeliness = 'on_time'"}
"""Columns of the serving views that say in another way what a breakdown says."""


@dataclass(frozen=True)
class Quantity:
    """What is counted, over which rows and days. Two figures of one quantity must agree."""

    what: tuple[str, ...]
    """View, how rows are put into days, and the SQL aggregate; KPI, measure and unit where nothing defines it."""
    days: tuple[date, date]
    conditions: frozenset[str]
    slices: Slices

    @property
    def where(self) -> dict[str, frozenset[str]]:
        return dict(self.slices)

    def is_within(self, whole: "Quantity") -> bool:
        """Whether its rows are some of the whole's, or the same."""
        return (
            (self.what, self.days) == (whole.what, whole.days)
            and self.conditions >= whole.conditions
            and all(name in self.where and self.where[name] <= values for name, values in whole.slices)
        )


@dataclass(frozen=True)
class Growth:
    """Between which two quantities a growth or an increase is."""

    since: Quantity
    until: Quantity
    unit: str
    """Of the two."""


@dataclass(frozen=True)
class Stated:
    """A published figure and what it says; low and high bound what it may stand for, in the unit of its SQL."""

    published: Published
    nature: Nature
    quantity: Quantity
    low: Decimal
    high: Decimal
    view: str | None = None
    formula: Formula | None = None
    definition: Definition | None = None
    change: Growth | None = None

    @property
    def scale(self) -> Decimal:
        """The printed number is this times what its SQL gives."""
        return self.formula.scale if self.formula and self.nature in ("count", "distinct") else Decimal(1)


def stated(
    published: Published,
    definitions: Mapping[str, Definition],
    reference: Reference,
    units: Mapping[tuple[str, str], str],
) -> Stated:
    """What a figure says by the definition of its KPI; one that has none is known by its name and unit alone.

    `units` are those of the file's levels, by KPI and measure.
    """
    if published.over_target:
        return _over_target(published)
    if published.base is None:
        return _level(published, definitions, reference)
    definition = definitions.get(published.kpi)
    measure = level_measure(published, definition)
    if definition and measure in definition.measure_names:
        unit = definition.formula(measure).unit
    else:
        unit = units.get((published.kpi, measure), published.unit)
    level = replace(published, measure=measure, unit=unit, base=None)
    until = _level(level, definitions, reference)
    since = _level(replace(level, first=published.base[0], last=published.base[1]), definitions, reference)
    what = ("change", published.unit, *map(str, published.base), *until.quantity.what)
    return replace(
        until,
        published=published,
        nature="growth",
        quantity=replace(until.quantity, what=what),
        low=published.value - published.half_digit,
        high=published.value + published.half_digit,
        change=Growth(since.quantity, until.quantity, unit),
    )


def level_measure(published: Published, definition: Definition | None) -> str:
    """The measure whose change a figure with a base is: `growth` is that of the KPI's own."""
    return definition.measure if definition and published.measure == GROWTH else published.measure


def _level(published: Published, definitions: Mapping[str, Definition], reference: Reference) -> Stated:
    definition = definitions.get(published.kpi)
    try:
        formula = definition.formula(published.measure) if definition else None
    except WrongQuestion:
        formula = None
    if definition is None or formula is None or published.unit != definition.unit_of(published.measure):
        return _undefined(published)
    nature, growth = _nature(published, formula), published.measure == GROWTH
    is_count = nature in ("count", "distinct") and formula.scale == 1
    exact = is_count and published.decimals == 0 and not published.bound
    slack = Decimal(0) if exact else published.half_digit
    scale = formula.scale if nature in ("count", "distinct") else Decimal(1)
    level = whole_quantity(definition, formula, published, reference)
    first, last = ((day, day) for day in (published.first, published.last))
    return Stated(
        published,
        nature,
        whole_quantity(definition, formula, published, reference, GROWTH) if growth else level,
        (published.value - slack) / scale,
        (published.value + slack) / scale,
        definition.reads,
        formula,
        definition,
        Growth(replace(level, days=first), replace(level, days=last), formula.unit) if growth else None,
    )


def _nature(published: Published, formula: Formula) -> Nature:
    if published.measure == GROWTH:
        return "growth"
    if formula.denominator is not None or formula.root or formula.quantities:
        return "quotient"
    if formula.counts_distinct:
        return "distinct"
    return "count" if expression.is_additive(formula.numerator) else "quotient"


def _over_target(published: Published) -> Stated:
    """A distance from a target, which no other figure of the file gives: targets stand in no report."""
    what = ("over target", published.kpi, published.measure, published.unit)
    quantity = Quantity(what, (published.first, published.last), frozenset(), _slices(_where(published)))
    low, high = published.value - published.half_digit, published.value + published.half_digit
    return Stated(published, "quotient", quantity, low, high)


def _undefined(published: Published) -> Stated:
    """A figure without a definition. Whole numbers of things are taken for counts, anything else for a quotient."""
    unit = published.unit
    count = not _RATIO.search(unit) and published.measure not in (GROWTH, "rate", "share")
    exact = count and published.decimals == 0 and not _ROUNDED.match(unit) and not published.bound
    slack = Decimal(0) if exact else published.half_digit
    return Stated(
        published,
        "count" if count else "quotient",
        Quantity(
            (published.kpi, published.measure, unit),
            (published.first, published.last),
            frozenset(),
            _slices(_where(published)),
        ),
        published.value - slack,
        published.value + slack,
    )


def whole_quantity(
    definition: Definition, formula: Formula, published: Published, reference: Reference, kind: str | None = None
) -> Quantity:
    """The quantity of a figure of this formula, for the published slice and days."""
    if formula.denominator is not None or formula.root or formula.share or formula.quantities:
        share = ",".join(formula.share)
        sql = f"{formula.scale} × {formula.numerator} ÷ {formula.denominator}, {formula.root}, {share}"
        where = _where(published)
        if formula.share and not where.keys() & formula.share.keys():
            where |= {name: frozenset([value]) for name, value in formula.share.items()}
        return _quantity(definition, formula, published, sql, [], where, reference)
    return operand_quantity(definition, formula, published, formula.numerator, _where(published), reference, kind)


def operand_quantity(
    definition: Definition,
    formula: Formula,
    published: Published,
    sql: str,
    where: Mapping[str, frozenset[str]],
    reference: Reference,
    kind: str | None = None,
) -> Quantity:
    """What the SQL of a numerator or denominator counts, in a slice."""
    aggregate, conditions = expression.unfiltered(sql)
    base = " ".join(filter(None, [kind, aggregate.sql("postgres")]))
    return _quantity(definition, formula, published, base, conditions, where, reference)


def _quantity(
    definition: Definition,
    formula: Formula,
    published: Published,
    base: str,
    conditions: "list[exp.Expr]",
    where: Mapping[str, frozenset[str]],
    reference: Reference,
) -> Quantity:
    kept, slices = set(), dict(where)
    for condition in [*expression.conditions(formula.where), *conditions]:
        text = condition.sql("postgres")
        column, values = _kept(_SAID_TWICE.get(text, text), definition.reads, reference)
        if values is None:
            kept.add(text)
        else:
            slices[column] = slices.get(column, values) & values
    clock = (formula.kind, str(formula.day), str(formula.valid), ",".join(formula.per), formula.grain)
    state = formula.kind == "stock" and published.measure != GROWTH
    return Quantity(
        (" ".join([definition.reads, *definition.row_sources, *formula.indicators]), *clock, base),
        (published.last if state else published.first, published.last),
        frozenset(kept),
        _slices(slices),
    )


def _kept(condition: str, view: str, reference: Reference) -> tuple[str, frozenset[str] | None]:
    """The column that a condition is on, and the values of it that are kept; None where that cannot be told."""
    understood = expression.values(expression.parse(condition))
    if understood is None:
        return "", None
    column, are_kept, named = understood
    known = named if are_kept else reference.values(column, view)
    return column, (known if are_kept else known - named) if known else None


def _where(published: Published) -> dict[str, frozenset[str]]:
    return {name: frozenset(values) for name, values in published.where.items()}


def _slices(where: Mapping[str, Iterable[str]]) -> Slices:
    return frozenset((name, frozenset(values)) for name, values in where.items())

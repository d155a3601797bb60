"""What each year is to reach, and how far a figure is on the way there."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from hub.errors import WrongQuestion
from hub.periods import year_fault
from hub.suggestions import nearest
from hub.tables import CsvRow, Positive, Whole, Word, read
from hub.translation import Wording, msg
from kpis.definition import Definition, Good
from kpis.slices import parse_slices, slices_text

Key = tuple[str, str, str, str, int]
"""Province, KPI, measure, breakdown, year."""


class TargetRow(CsvRow):
    """A line of targets.csv."""

    province: Word
    kpi: Word
    measure: Word
    breakdown: str
    year: Whole
    target: Positive
    unit: Word
    note: str


class Target(NamedTuple):
    """What a measure of a KPI is to reach in a year."""

    measure: str
    breakdown: str
    year: int
    target: Decimal


def read_targets(file: Path, definitions: Mapping[str, Definition]) -> dict[Key, Decimal]:
    """The targets of one file. Raises Abort naming file, line and what is wrong: a target that no figure has would
    never be missed."""
    targets: dict[Key, Decimal] = {}
    for line in read(file, TargetRow):
        row = line.row
        if fault := _fault(row, definitions):
            column, what = fault
            raise line.fault(column, what)
        key = (row.province, row.kpi, row.measure, slices_text(parse_slices(row.breakdown)), row.year)
        if key in targets:
            raise line.fault("year", msg("a line above says it; keep one"))
        targets[key] = row.target
    return targets


def _fault(row: TargetRow, definitions: Mapping[str, Definition]) -> tuple[str, Wording] | None:
    """The column that no figure has, and what it may hold."""
    definition = definitions.get(row.kpi)
    if definition is None:
        near = nearest(row.kpi, list(definitions))
        return "kpi", msg("there is no KPI {kpi!r}; {near}", kpi=row.kpi, near=near)
    try:
        formula = definition.formula(row.measure)
    except WrongQuestion as error:
        return "measure", error
    try:
        unknown = sorted(set(parse_slices(row.breakdown)) - set(formula.breakdowns))
    except WrongQuestion as error:
        return "breakdown", error
    if unknown:
        near = nearest(unknown[0], formula.breakdowns)
        message = msg("there is no breakdown {unknown!r}; {near}", unknown=unknown[0], near=near)
        return "breakdown", message
    if fault := year_fault(row.year):
        return "year", fault
    if row.unit != (unit := definition.unit_of(row.measure)):
        return "unit", msg("unit is {unit!r}, the measure is in {measure_unit!r}.", unit=row.unit, measure_unit=unit)
    return None


def attainment(good: Good, value: Decimal | None, target: Decimal | None) -> Decimal | None:
    """How much of the target is attained, in percent: 100 and more = reached.

    Where more is good it is value ÷ target; a flow over a part of the year attains its part of the year's target.
    Where less is good it is target ÷ value: half as many as allowed is 200 %, twice as many 50 %. Without a quotient
    (nothing happened where less is good, or a target of 0) only reached, 100, and not reached, 0, can be told.
    """
    if value is None or target is None or good == "none":
        return None
    done, wanted = (value, target) if good == "up" else (target, value)
    if wanted == 0:
        return Decimal(100 if done >= 0 else 0)
    return 100 * done / wanted

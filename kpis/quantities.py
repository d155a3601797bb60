"""Reference quantities in a formula: people and surface of an area, and what was planned for a year."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hub.translation import msg
from kpis.definition import PLAN, POPULATION
from kpis.figure import Reason
from kpis.question import Calculation
from kpis.range_reading import Part
from kpis.slices import parse_slices
from warehouse.serving import Connection, plans, populations, surfaces

Slice = frozenset[tuple[str, str]]


def with_quantities(connection: Connection, asked: Calculation, parts: Sequence[Part]) -> list[Part]:
    """Parts, the whole first, with the quantities that their formula takes instead of SQL; unknown ones are None."""
    formula, filled = asked.formula, list(parts)
    for quantity in formula.quantities:
        known = (_planned if quantity == PLAN else _of_areas)(connection, asked, quantity, parts)
        if formula.numerator == quantity:
            filled = [replace(part, numerator=value) for part, value in zip(filled, known, strict=True)]
        if formula.denominator == quantity:
            filled = [replace(part, denominator=value) for part, value in zip(filled, known, strict=True)]
    return filled


def unknown(quantity: str, year: int) -> Reason:
    """Why a figure that needs the quantity has no value."""
    if quantity == POPULATION:
        return msg("no population of {year} is known", year=year)
    if quantity == PLAN:
        return msg("there is no plan of {year} for this slice", year=year)
    return msg("the surface of the area is not known")


def _of_areas(connection: Connection, asked: Calculation, quantity: str, parts: Sequence[Part]) -> list[Decimal | None]:
    """Of the asked area, or of each row's own where the figure is broken down by area."""
    own = asked.place.area_id if asked.place else None
    rows = [part.area_id if "area" in asked.by else own for part in parts[1:]]
    wanted = {area_id for area_id in (own, *rows) if area_id is not None}
    if quantity == POPULATION:
        known = populations(connection, asked.asked.last.year, wanted)
    else:
        known = surfaces(connection, wanted)
    return [None if area_id is None else known.get(area_id) for area_id in (own, *rows)]


def _planned(
    connection: Connection,
    asked: Calculation,
    quantity: str,  # noqa: ARG001 - as its twin
    parts: Sequence[Part],
) -> list[Decimal | None]:
    year = asked.asked.last.year
    planned = {
        frozenset((name, value) for name, values in parse_slices(text).items() for value in values): plan
        for text, plan in plans(connection, asked.province, asked.definition.id, year).items()
    }
    if asked.area:
        return [None] * len(parts)
    return [
        _sum_of(planned, asked, dict(zip(asked.by, part.key, strict=True)) if n else {}) for n, part in enumerate(parts)
    ]


def _sum_of(planned: dict[Slice, Decimal], asked: Calculation, row: dict[str, str | None]) -> Decimal | None:
    """The plan of a slice: its own, or the sum over the slices that it is made of, where each of them has one."""
    wanted: dict[str, set[str | None]] = {name: set(values) for name, values in asked.slices.items()}
    wanted |= {name: {value} for name, value in row.items()}
    by_names: dict[frozenset[str], dict[Slice, Decimal]] = {}
    for one, plan in planned.items():
        by_names.setdefault(frozenset(name for name, _ in one), {})[one] = plan
    for names in sorted(by_names, key=len):
        if not set(wanted) <= names:
            continue
        inside = {s: p for s, p in by_names[names].items() if all(v in wanted.get(n, {v}) for n, v in s)}
        stated = {(name, value) for one in inside for name, value in one}
        if inside and all((name, value) in stated for name, values in wanted.items() for value in values):
            return sum(inside.values(), Decimal(0))
    return None

"""Families of cells of different breakdowns, such as a district and the offices that handle its dossiers: found in the
records, since no definition tells them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from itertools import combinations
from typing import Any, NamedTuple

from psycopg import sql

from kpis.definition import Definition
from kpis.query import FIRST, LAST, Scope, bound, rows_query
from kpis.slices import slices_text
from kpis.small_cells import CountedCell, Partition
from warehouse.serving import Connection, Province

Pair = tuple[str, Any, str, Any]
"""A breakdown and its value, and another one and its."""
_NEARLY = 0.9
"""The share of a cell's records from which on they count as nearly all."""


class AreaNode(NamedTuple):
    """An area below the province."""

    area_id: int
    parent_id: int | None
    valid_from: date
    valid_to: date | None
    depth: int


class SharedFamilies:
    """Families of cells of different breakdowns: a district, and the offices that handle its dossiers.

    Nothing but the records tells them. A cell is a part of another one when nearly all its records are the other's, and
    the parts are a family when they hold nearly all of it, so that a single odd record does not hide what is plain to
    see. Looked at are the records from the year before to the end of each month.
    """

    def __init__(
        self,
        connection: Connection,
        province: Province,
        definition: Definition,
        areas: Mapping[int, AreaNode],
        year: int,
    ) -> None:
        self._areas = areas
        self._sizes: dict[tuple[CountedCell, str], int] = defaultdict(int)
        self._shared: dict[tuple[CountedCell, CountedCell], int] = defaultdict(int)
        self._months: dict[date, dict[Pair, int]] = defaultdict(lambda: defaultdict(int))
        for end, (name, value, other, with_), count in pair_counts(
            connection, province, definition, date(year - 1, 1, 1), date(year, 12, 31)
        ):
            self._months[end][name, value, other, with_] += count
            self._months[end][other, with_, name, value] += count

    def families(self, end: date) -> list[Partition]:
        """What the records until then show, each parent by one other breakdown, or by the areas of one level. Asked for
        one month after the other."""
        for month in [month for month in self._months if month <= end]:
            for (name, value, other, with_), count in self._months.pop(month).items():
                for cell in self._cells(name, value):
                    self._sizes[cell, other] += count
                    for beside in self._cells(other, with_):
                        self._shared[cell, beside] += count
        parts: dict[tuple[CountedCell, str, int], list[CountedCell]] = defaultdict(list)
        held: dict[tuple[CountedCell, str, int], int] = defaultdict(int)
        for (cell, parent), count in self._shared.items():
            if count >= _NEARLY * self._sizes[cell, self._name(parent)]:
                depth = 0 if cell.area_id is None else self._areas[cell.area_id].depth
                parts[parent, self._name(cell), depth].append(cell)
                held[parent, self._name(cell), depth] += count
        return [
            Partition(parent, sorted(own))
            for (parent, name, depth), own in sorted(parts.items(), key=str)
            if held[parent, name, depth] >= _NEARLY * self._sizes[parent, name]
        ]

    def _cells(self, name: str, value: Any) -> list[CountedCell]:
        """Of a record's value; of its area also those that contain it."""
        if value is None:
            return []
        if name != "area":
            return [CountedCell(None, slices_text({name: (str(value),)}))]
        found, area = [], self._areas.get(value)
        while area:
            found.append(CountedCell(area.area_id))
            area = self._areas.get(area.parent_id or 0)
        return found

    @staticmethod
    def _name(cell: CountedCell) -> str:
        return cell.breakdown.partition("=")[0] if cell.area_id is None else "area"


def pair_counts(
    connection: Connection, province: Province, definition: Definition, first: date, last: date
) -> list[tuple[date, Pair, int]]:
    """Of a flow the records of each month that ends on a day, by each two of its breakdowns but those by outcomes; an
    area is told by its key. A value of statistics is as many records as it says."""
    names = [name for name in definition.breakdowns if name not in definition.outcomes]
    if len(names) < 2:
        return []
    formula = definition.formula(definition.measure)
    values = [sql.Identifier(f"by_{place}") for place in range(len(names))]
    listed = [
        sql.SQL("(date_trunc('month', r.{}) + interval '1 month - 1 day')::date as month").format(
            sql.Identifier(str(formula.day))
        )
    ]
    for name, value in zip(names, values, strict=True):
        listed.append(sql.SQL("r.{} as {}").format(sql.Identifier("area_id" if name == "area" else name), value))
    listed.append(sql.SQL("{} as counted").format(sql.SQL("r.value" if formula.indicators else "1")))
    scope = Scope(definition.reads, province.province_id, None, {}, [], sources=definition.row_sources)
    comma = sql.SQL(", ")
    counted = sql.SQL(
        "select month, sum(counted)::bigint, grouping({all}), {all} from ({rows}) as r"
        " where counted > 0 group by grouping sets ({sets})"
    )
    rows = connection.execute(
        counted.format(
            all=comma.join(values),
            rows=rows_query(formula, scope, (), comma.join(listed)),
            sets=comma.join(sql.SQL("(month, {}, {})").format(*pair) for pair in combinations(values, 2)),
        ),
        bound(scope, {FIRST: first, LAST: last}),
    )
    found = []
    for month, count, absent, *row in rows:
        one, other = (place for place in range(len(names)) if not absent >> (len(names) - 1 - place) & 1)
        found.append((month, (names[one], row[one], names[other], row[other]), count))
    return found

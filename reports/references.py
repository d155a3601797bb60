"""What the published figures are held against besides each other: reference data, never what the sources sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from warehouse.serving import Connection, find_province

Slice = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class CodeList:
    """Every value of a breakdown in some serving views, or in all that have it."""

    values: frozenset[str]
    views: frozenset[str] | None = None


@dataclass(frozen=True)
class Reference:
    """Code lists, people, surface and plans of one province."""

    code_lists: Mapping[str, list[CodeList]] = field(default_factory=dict)
    populations: Mapping[int, Decimal] = field(default_factory=dict)
    """Year → people."""
    area_km2: Decimal | None = None
    plans: Mapping[tuple[str, int], Mapping[str, Decimal]] = field(default_factory=dict)
    """(KPI, year) → slice as text, such as `account=payment` → plan."""

    def values(self, breakdown: str, view: str | None) -> frozenset[str] | None:
        """All values that the breakdown can take in that view; None where no closed list says so."""
        lists = [each.values for each in self.code_lists.get(breakdown, []) if each.views is None or view in each.views]
        return frozenset().union(*lists) or None

    def plan(self, kpi: str, year: int, where: Slice) -> Decimal | None:
        """The sum of the plans of a slice, whose breakdowns must be the plans' own; None where one is missing."""
        plans = self.plans.get((kpi, year), {})
        slices = {text: dict(part.split("=", 1) for part in text.split(";") if part) for text in plans}
        if any(name not in known for name in where for known in slices.values()):
            return None
        kept = {t: s for t, s in slices.items() if all(s[name] in values for name, values in where.items())}
        if any(values - {s[name] for s in kept.values()} for name, values in where.items()):
            return None
        return sum((plans[text] for text in kept), Decimal(0)) or None


def read_reference(connection: Connection, province: str) -> Reference:
    """The reference data of a province, from the serving views. Raises WrongQuestion for a province not there.

    A breakdown whose values a source or a province brings (fields, organisations, ministries) has no closed list.
    """
    own = find_province(connection, province)
    code_lists: dict[str, list[CodeList]] = {}
    for breakdown, views, values in connection.execute(
        "select breakdown, views, array_agg(value) from serving.breakdown_values where province_id is null"
        " group by breakdown, views"
    ):
        code_lists.setdefault(breakdown, []).append(CodeList(frozenset(values), views and frozenset(views)))
    populations = connection.execute(
        "select p.year, p.population from serving.populations as p join serving.areas as a using (area_id)"
        " where a.area = %s and a.level = 'province'",
        [own.area],
    ).fetchall()
    surface = connection.execute(
        "select area_km2 from serving.areas where area = %s and level = 'province' and area_km2 is not null"
        " order by valid_from limit 1",
        [own.area],
    ).fetchone()
    plans: dict[tuple[str, int], dict[str, Decimal]] = {}
    for kpi, year, breakdown, plan in connection.execute(
        "select kpi, year, breakdown, plan from serving.kpi_plans where province_id = %s", [own.province_id]
    ):
        plans.setdefault((kpi, year), {})[breakdown] = Decimal(plan)
    return Reference(
        code_lists,
        {year: Decimal(people) for year, people in populations},
        Decimal(str(surface[0])) if surface else None,
        plans,
    )

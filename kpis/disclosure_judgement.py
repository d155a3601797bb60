"""Judges which counts of figures about persons may be known, when figures are published, and keeps the others
(`kpi.withheld_count`): docs/decisions/0014-small-cells.md.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from psycopg import IsolationLevel

from hub.periods import first_of_month
from kpis import expression
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from kpis.shared_families import AreaNode, SharedFamilies
from kpis.slices import slices_text
from kpis.small_cells import WHOLE, CountedCell, Larger, MonthCounts, Partition, withheld_ends, withheld_stock_ends
from warehouse.locks import hold
from warehouse.serving import Connection, Province

_ONE_DAY = timedelta(days=1)
UNCOUNTED = Decimal("0.000001")
"""Stands for the records of a figure that does not tell how many they are: fewer than FEWEST, however many months are
added up, so that nothing of such a KPI leaves the hub."""


class _Year(NamedTuple):
    """A flow's months of one year, judged."""

    steps: Sequence[MonthCounts]
    withheld: Sequence[frozenset[CountedCell]]


def renew(connection: Connection, guard: Connection, province: Province, catalogue: Catalogue) -> None:
    """Judge what was published since the last time, of all KPIs about persons, in one transaction.

    `connection` is one of `connect(url, "loader")` outside of a transaction, `guard` another one for the lock.
    """
    about = [one for one in catalogue.definitions.values() if one.about_persons]
    with hold(guard, f"disclosure/{province.province_id}"):
        isolation, connection.isolation_level = connection.isolation_level, IsolationLevel.REPEATABLE_READ
        try:
            with connection.transaction():
                _Judgement(connection, province, about).renew()
        finally:
            if not connection.closed:
                connection.isolation_level = isolation


def counts_records(definition: Definition) -> bool:
    """Whether a figure of the KPI tells, by its denominator or else its value, how many records or persons it is of: an
    amount of money does not."""
    counted = definition.denominator or definition.numerator
    is_money = definition.denominator is None and definition.unit.endswith("VND")
    return not is_money and not any(column.endswith("_vnd") for column in expression.columns(counted))


def larger_than(definition: Definition, others: Iterable[Definition]) -> list[tuple[Definition, CountedCell | None]]:
    """The KPIs that count all records of this one and more, and the cell of theirs that holds exactly its records."""
    own = {one.sql("postgres") for one in expression.conditions(definition.where)} if definition.where else set()
    found = []
    for other in others:
        alike = (other.reads, other.kind, other.day) == (definition.reads, "flow", definition.day)
        alike = alike and {*other.row_sources, *other.indicators} >= {*definition.row_sources, *definition.indicators}
        conditions = expression.conditions(other.where) if other.where else []
        if alike and {one.sql("postgres") for one in conditions} < own:
            found.append((other, _same(definition, {one.sql("postgres") for one in conditions}, other)))
    return found


def _same(definition: Definition, shared: set[str], other: Definition) -> CountedCell | None:
    """The value of the larger KPI's breakdown that the smaller one is limited to."""
    more = [one for one in expression.conditions(str(definition.where)) if one.sql("postgres") not in shared]
    limits = expression.values(more[0]) if len(more) == 1 else None
    if limits is None or not limits[1] or len(limits[2]) != 1 or limits[0] not in other.breakdowns:
        return None
    return CountedCell(None, slices_text({limits[0]: tuple(limits[2])}))


class _Judgement:
    """One judgement of a province, within one transaction."""

    def __init__(self, connection: Connection, province: Province, about: Sequence[Definition]) -> None:
        self._connection, self._province = connection, province
        self._about = {one.id: one for one in about}
        self._wholes = [
            area_id
            for (area_id,) in connection.execute(
                "select area_id from serving.areas where area = %s and level = 'province'", (province.area,)
            )
        ]
        self._areas = self._read_areas()

    def renew(self) -> None:
        for definition in self._about.values():
            if definition.kind == "stock":
                self._judge_stock(definition)
        news = self._connection.execute(
            "select o.kpi_id, o.first_day, o.last_day, max(o.recorded_at) from kpi.observation as o"
            " left join kpi.disclosure as d using (province_id, kpi_id)"
            " where o.province_id = %s and o.kpi_id = any(%s) and o.recorded_at > coalesce(d.judged_to, '-infinity')"
            " group by 1, 2, 3",
            (self._province.province_id, list(self._about)),
        ).fetchall()
        if not news:
            return
        years: dict[tuple[str, str | None], set[int]] = defaultdict(set)
        for kpi, first, last, _ in news:
            definition = self._about[kpi]
            if definition.kind == "flow":
                years[definition.reads, definition.day].add(last.year)
            elif definition.kind != "stock":
                counts = self._counts(definition, first, last).get(last, {})
                step = MonthCounts(counts, self._families(definition, counts, last))
                self._keep(kpi, first, {last: withheld_ends([step])[0]}, (first, last))
        for (reads, day), own in years.items():
            flows = [d for d in self._about.values() if (d.kind, d.reads, d.day) == ("flow", reads, day)]
            for year in sorted(own):
                self._judge_year(flows, year)
        for kpi in {kpi for kpi, *_ in news}:
            self._note(kpi, max(at for name, *_, at in news if name == kpi))

    def _note(self, kpi: str, judged_to: datetime) -> None:
        """What was published until then was judged."""
        self._connection.execute(
            "insert into kpi.disclosure (province_id, kpi_id, judged_to) values (%s, %s, %s)"
            " on conflict (province_id, kpi_id) do update set judged_to = excluded.judged_to,"
            " judgements = disclosure.judgements + 1",
            (self._province.province_id, kpi, judged_to),
        )

    def _judge_stock(self, definition: Definition) -> None:
        """All ends of months of which a stock's figures are published, whatever their periods, at each refresh: what is
        given at one follows from all before."""
        own = {"province": self._province.province_id, "kpi": definition.id}
        rows = self._connection.execute(
            "select distinct on (last_day, area_id, breakdown) last_day, area_id, breakdown,"
            " coalesce(denominator, value) from kpi.observation where province_id = %(province)s and kpi_id = %(kpi)s"
            " order by last_day, area_id, breakdown, recorded_at desc, first_day desc, revision desc",
            own,
        )
        counts = self._by_end(definition, rows)
        ends = sorted(counts)
        seen = {cell for own_counts in counts.values() for cell in own_counts}
        steps = [MonthCounts(counts[end], self._families(definition, seen, end)) for end in ends]
        found = dict(zip(ends, withheld_stock_ends(steps), strict=True))
        periods = self._connection.execute(
            "select distinct first_day, last_day from kpi.observation where province_id = %(province)s"
            " and kpi_id = %(kpi)s",
            own,
        ).fetchall()
        kept = self._connection.execute(
            "select first_day, last_day, area_id, breakdown from kpi.withheld_count"
            " where province_id = %(province)s and kpi_id = %(kpi)s",
            own,
        ).fetchall()
        wanted = {
            (first, last, area_id, cell.breakdown)
            for first, last in periods
            for cell in found.get(last, ())
            for area_id in (self._wholes if cell.area_id is None else [cell.area_id])
        }
        if wanted == set(kept):
            return
        self._connection.execute(
            "delete from kpi.withheld_count where province_id = %(province)s and kpi_id = %(kpi)s", own
        )
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "insert into kpi.withheld_count (province_id, kpi_id, first_day, last_day, area_id, breakdown)"
                " values (%s, %s, %s, %s, %s, %s)",
                [(self._province.province_id, definition.id, *one) for one in sorted(wanted)],
            )
        self._connection.execute(
            "update kpi.disclosure set judgements = judgements + 1 where province_id = %(province)s"
            " and kpi_id = %(kpi)s",
            own,
        )

    def _judge_year(self, flows: Sequence[Definition], year: int) -> None:
        """All flows over the same records, a larger one before the smaller ones."""
        done: dict[str, _Year] = {}
        ends = [first_of_month(date(year, 1, 1), months) - _ONE_DAY for months in range(1, 13)]
        for definition in sorted(flows, key=lambda one: len(expression.conditions(one.where)) if one.where else 0):
            counts = self._counts(definition, date(year, 1, 1), ends[-1])
            seen = {cell for month in counts.values() for cell in month}
            shared = SharedFamilies(self._connection, self._province, definition, self._areas, year)
            steps = [
                MonthCounts(counts.get(end, {}), [*self._families(definition, seen, end), *shared.families(end)])
                for end in ends
            ]
            larger = [
                Larger(*done[other.id], same) for other, same in larger_than(definition, flows) if other.id in done
            ]
            found = withheld_ends(steps, larger)
            done[definition.id] = _Year(steps, found)
            self._keep(definition.id, ends[0].replace(day=1), dict(zip(ends, found, strict=True)), None)

    def _counts(self, definition: Definition, first: date, last: date) -> dict[date, dict[CountedCell, Decimal]]:
        """By last day the newest counts: of a flow those of the months in the range, of others those of the range."""
        is_flow = definition.kind == "flow"
        spans = (
            "first_day >= %(first)s and last_day <= %(last)s"
            " and last_day = (first_day + interval '1 month - 1 day')::date"
            if is_flow
            else "first_day = %(first)s and last_day = %(last)s"
        )
        rows = self._connection.execute(
            "select distinct on (last_day, area_id, breakdown) last_day, area_id, breakdown,"
            " coalesce(denominator, value) from kpi.observation where province_id = %(province)s"
            f" and kpi_id = %(kpi)s and {spans} order by last_day, area_id, breakdown, revision desc".encode(),
            {"province": self._province.province_id, "kpi": definition.id, "first": first, "last": last},
        )
        return self._by_end(definition, rows)

    def _by_end(self, definition: Definition, rows: Iterable[Any]) -> dict[date, dict[CountedCell, Decimal]]:
        """Counts by their last day and cell; of those without records there are none."""
        found: dict[date, dict[CountedCell, Decimal]] = defaultdict(dict)
        is_counted = counts_records(definition)
        for end, area_id, breakdown, count in rows:
            cells = found[end]
            if count and breakdown.partition("=")[0] not in definition.outcomes:
                cell = CountedCell(None if area_id in self._wholes else area_id, breakdown)
                cells[cell] = count if is_counted else UNCOUNTED
        return found

    def _families(self, definition: Definition, seen: Collection[CountedCell], day: date) -> list[Partition]:
        """The whole by each breakdown, and areas by the areas right below them, as they are on that day, those without
        records among them."""
        parts: dict[tuple[int, CountedCell, str], list[CountedCell]] = defaultdict(list)
        for cell in seen:
            if cell.breakdown:
                parts[0, WHOLE, cell.breakdown.partition("=")[0]].append(cell)
        if "area" in definition.breakdowns:
            for area in self._areas.values():
                if _is_valid(area, day):
                    above = self._areas.get(area.parent_id or 0)
                    parent = CountedCell(above.area_id) if above and _is_valid(above, day) else WHOLE
                    parts[area.depth, parent, ""].append(CountedCell(area.area_id))
        return [Partition(parent, own) for (_, parent, _), own in sorted(parts.items(), key=lambda one: one[0][0])]

    def _read_areas(self) -> dict[int, AreaNode]:
        """Those of the province, and those that took their place."""
        rows = self._connection.execute(
            "with own as (select area_id from serving.areas where ancestor_ids && %s::integer[])"
            " select area_id, parent_id, valid_from, valid_to, cardinality(ancestor_ids) from serving.areas"
            " where level <> 'province' and (area_id in (select area_id from own) or area_id in"
            " (select successor_id from serving.area_successors join own using (area_id)))",
            (self._wholes,),
        )
        return {row[0]: AreaNode(*row) for row in rows}

    def _keep(
        self, kpi: str, first: date, found: Mapping[date, Collection[CountedCell]], only: tuple[date, date] | None
    ) -> None:
        """Replaces the withheld counts that begin on a day, of one period or of all that do."""
        own = {"province": self._province.province_id, "kpi": kpi, "first": first, "last": only and only[1]}
        self._connection.execute(
            "delete from kpi.withheld_count where province_id = %(province)s and kpi_id = %(kpi)s"
            " and first_day = %(first)s and (%(last)s::date is null or last_day = %(last)s)",
            own,
        )
        rows = [
            (last, area_id, cell.breakdown)
            for last, cells in found.items()
            for cell in cells
            for area_id in (self._wholes if cell.area_id is None else [cell.area_id])
        ]
        lasts, areas, breakdowns = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
        self._connection.execute(
            "insert into kpi.withheld_count (province_id, kpi_id, first_day, last_day, area_id, breakdown)"
            " select %s, %s, %s, * from unnest(%s::date[], %s::integer[], %s::text[])",
            (self._province.province_id, kpi, first, lasts, areas, breakdowns),
        )


def _is_valid(area: AreaNode, day: date) -> bool:
    return area.valid_from <= day and (area.valid_to is None or day < area.valid_to)

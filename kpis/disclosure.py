"""Which published figures about persons leave the hub: judged when they are published, kept, and the same for everyone.

What is kept are counts that must not be known. A flow's figure is of the months between two ends; it leaves where the
counts from the year's beginning to both ends may be known. Any other figure has a count of its own. What was published
since the last judgement does not leave: docs/decisions/0014-small-cells.md.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any, NamedTuple

from psycopg import IsolationLevel, sql

from hub.periods import Period, first_of_month, is_standard
from hub.translation import msg
from kpis import expression
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from kpis.query import FIRST, LAST, Scope, bound, rows_query
from kpis.question import Question
from kpis.slices import slices_text
from kpis.small_cells import FEWEST, WHOLE, CountedCell, Larger, MonthCounts, Partition, withheld_ends
from warehouse.locks import hold
from warehouse.serving import Connection, Province

WITHHELD = msg("fewer than {fewest} records, or hides such a cell: not given out", fewest=FEWEST)
UNPUBLISHED = msg(
    "figures about persons are given out as they are published: of a month, quarter, half, year or year to date, of the"
    " whole, of one area or of one value"
)
"""Why a figure is not given that was computed for the question."""
UNJUDGED = msg("was published a moment ago: what may be given out of it is being looked at")
EARLIER = msg("of figures about persons only what holds now is given out")
"""Why a figure is not given that was superseded since."""
NOT_GIVEN = (WITHHELD, UNPUBLISHED, UNJUDGED, EARLIER)
_ONE_DAY = timedelta(days=1)


class Count(NamedTuple):
    """What a number of records is of: the days, the area and the slice."""

    first: date
    last: date
    area_id: int
    breakdown: str


class AreaNode(NamedTuple):
    """An area below the province."""

    area_id: int
    parent_id: int | None
    valid_from: date
    valid_to: date | None
    depth: int


Pair = tuple[str, Any, str, Any]
"""A breakdown and its value, and another one and its."""
_NEARLY = 0.9


class _Year(NamedTuple):
    """A flow's months of one year, judged."""

    steps: Sequence[MonthCounts]
    withheld: Sequence[frozenset[CountedCell]]


def counts_of(definition: Definition, period: Period, area_id: int, breakdown: str) -> list[Count]:
    """What of a figure must be allowed to be known, so that the figure leaves."""
    if breakdown.partition("=")[0] in definition.outcomes:
        breakdown = ""
    if definition.kind != "flow":
        return [Count(period.first, period.last, area_id, breakdown)]
    january = date(period.last.year, 1, 1)
    ends = [period.last, *([period.first - _ONE_DAY] if period.first > january else [])]
    return [Count(january, end, area_id, breakdown) for end in ends]


def is_published(definition: Definition, question: Question) -> bool:
    """Whether the figure of a question is one of those that are published, whether or not there is one."""
    own = question.measure in (None, definition.measure) and not question.by and question.areas == "then"
    parts = sum(map(len, question.slices.values())) + (question.area is not None)
    return own and parts <= 1 and is_standard(question.period) and not question.with_refused


def counts_alike(definition: Definition, measure: str) -> bool:
    """Whether a measure is of the same records as the KPI's own figure."""
    own, other = definition.formula(definition.measure), definition.formula(measure)
    return measure in {definition.measure, *definition.measures} and (own.kind, own.day, own.valid, own.where) == (
        other.kind,
        other.day,
        other.valid,
        other.where,
    )


def withheld(
    connection: Connection,
    province: Province,
    counts: Mapping[str, Collection[Count]],
    without: Collection[tuple[str, Count]] = (),
) -> set[tuple[str, Count]]:
    """Those of the counts, by KPI, that do not leave the hub; in one query.

    `without` are those of which no records are published. Of an area they are judged as all others, of a value not,
    since nobody knows all values: it is withheld where the whole or any other value of its breakdown is.
    """
    wanted = {(kpi, count) for kpi, own in counts.items() for count in own}
    if not wanted:
        return set()
    kpis = list(counts)
    firsts, lasts, areas, breakdowns = (list(set(one)) for one in zip(*(count for _, count in wanted), strict=True))
    names = {name for _, count in without for name in (_name_of(count), "")}
    found = {
        (kpi, Count(*count))
        for kpi, *count in connection.execute(
            "select kpi, first_day, last_day, area_id, breakdown from serving.withheld_counts where province_id = %s"
            " and kpi = any(%s) and first_day = any(%s) and last_day = any(%s) and area_id = any(%s)"
            " and (breakdown = any(%s) or split_part(breakdown, '=', 1) = any(%s))",
            (province.province_id, kpis, firsts, lasts, areas, breakdowns, list(names)),
        )
    }
    closed = {(kpi, count._replace(breakdown=_name_of(count))) for kpi, count in found}
    alike = {
        (kpi, count)
        for kpi, count in without
        if not closed.isdisjoint({(kpi, count._replace(breakdown=name)) for name in (_name_of(count), "")})
    }
    return wanted & (found | alike)


def _name_of(count: Count) -> str:
    """The breakdown of a count, empty for the whole of an area."""
    return count.breakdown.partition("=")[0]


def judged_to(connection: Connection, province: Province) -> dict[str, datetime]:
    """By KPI until when published figures were judged."""
    return dict(
        connection.execute(
            "select kpi, judged_to from serving.disclosures where province_id = %s", (province.province_id,)
        ).fetchall()
    )


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


def larger_than(definition: Definition, others: Iterable[Definition]) -> list[tuple[Definition, CountedCell | None]]:
    """The KPIs that count all records of this one and more, and the cell of theirs that holds exactly its records."""
    own = {one.sql("postgres") for one in expression.conditions(definition.where)} if definition.where else set()
    found = []
    for other in others:
        alike = (other.reads, other.kind, other.day) == (definition.reads, "flow", definition.day)
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


def together(
    connection: Connection, province: Province, definition: Definition, first: date, last: date
) -> list[tuple[date, Pair, int]]:
    """Of a flow the records of each month that ends on a day, by each two of its breakdowns but those by outcomes; an
    area is told by its key."""
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
    scope, comma = Scope(definition.reads, province.province_id, None, {}, []), sql.SQL(", ")
    counted = sql.SQL(
        "select month, count(*), grouping({all}), {all} from ({rows}) as r group by grouping sets ({sets})"
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
            else:
                counts = self._counts(definition, first, last).get(last, {})
                step = MonthCounts(counts, self._families(definition, counts, last))
                self._keep(kpi, first, {last: withheld_ends([step])[0]}, (first, last))
        for (reads, day), own in years.items():
            flows = [d for d in self._about.values() if (d.kind, d.reads, d.day) == ("flow", reads, day)]
            for year in sorted(own):
                self._judge_year(flows, year)
        for kpi in {kpi for kpi, *_ in news}:
            self._connection.execute(
                "insert into kpi.disclosure (province_id, kpi_id, judged_to) values (%s, %s, %s)"
                " on conflict (province_id, kpi_id) do update set judged_to = excluded.judged_to,"
                " judgements = disclosure.judgements + 1",
                (self._province.province_id, kpi, max(at for name, *_, at in news if name == kpi)),
            )

    def _judge_year(self, flows: Sequence[Definition], year: int) -> None:
        """All flows over the same records, a larger one before the smaller ones."""
        done: dict[str, _Year] = {}
        ends = [first_of_month(date(year, 1, 1), months) - _ONE_DAY for months in range(1, 13)]
        for definition in sorted(flows, key=lambda one: len(expression.conditions(one.where)) if one.where else 0):
            counts = self._counts(definition, date(year, 1, 1), ends[-1])
            seen = {cell for month in counts.values() for cell in month}
            shared = _Shared(self._connection, self._province, definition, self._areas, year)
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
        found: dict[date, dict[CountedCell, Decimal]] = defaultdict(dict)
        for end, area_id, breakdown, count in rows:
            if count and breakdown.partition("=")[0] not in definition.outcomes:
                found[end][CountedCell(None if area_id in self._wholes else area_id, breakdown)] = count
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


class _Shared:
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
        for end, (name, value, other, with_), count in together(
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


def _is_valid(area: AreaNode, day: date) -> bool:
    return area.valid_from <= day and (area.valid_to is None or day < area.valid_to)

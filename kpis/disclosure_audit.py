"""Whether what is given out of a KPI about persons tells a small cell: asked of a linear program.

It knows what anybody knows who has collected every published figure: counts are not negative, months add up to their
quarters, halves and years, parts to their whole, or to less where some records are in no part; which values have
records together, and that what is given as without records has none. Of a stock it is also asked by how much cells
changed from one end to the next. It does not know the rule by which figures are withheld.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from hub.errors import Abort
from hub.periods import Period, first_of_month
from hub.translation import msg
from kpis.definition import Definition
from kpis.disclosure import Count, counts_of, withheld
from kpis.shared_families import pair_counts
from kpis.slices import slices_text
from kpis.small_cells import FEWEST
from warehouse.serving import Connection, Province

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ATTEMPTS = 12
"""Random programs before each cell that always had the same value is asked by itself."""
_NEAR = 1e-6


@dataclass(frozen=True)
class Audit:
    """So many figures of a year were given out and withheld, and these small ones are told by those that were given."""

    given: int
    withheld: int
    told: Sequence[Count] = ()


def years_of(connection: Connection, province: Province, kpi: str) -> list[int]:
    """The years of which figures are published, oldest first."""
    rows = connection.execute(
        "select distinct extract(year from last_day)::integer from serving.kpi_observations"
        " where province_id = %s and kpi = %s order by 1",
        (province.province_id, kpi),
    )
    return [year for (year,) in rows]


def audit(connection: Connection, province: Province, definition: Definition, year: int) -> Audit:
    """All figures of one year, of a stock those of the end of the year before, too; `connection` is one of
    `connect(url, "reader")`."""
    published, wholes = _counts(connection, province, definition, year), _wholes(connection, province)
    if not published:
        return Audit(0, 0)
    whole_of = {cell[:2]: cell.area_id for cell in published if cell.area_id in wholes}
    counts = _with_empty(connection, published, whole_of)
    own = {cell: counts_of(definition, Period(cell.first, cell.last), *cell[2:]) for cell in counts}
    every = [count for needed in own.values() for count in needed]
    empty = {(definition.id, count) for cell, needed in own.items() if not counts[cell] for count in needed}
    values = {(kpi, count) for kpi, count in empty if count.breakdown}
    hidden = {count for _, count in withheld(connection, province, {definition.id: every}, values)}
    given = {cell: count for cell, count in counts.items() if not hidden.intersection(own[cell])}
    small = [cell for cell, count in counts.items() if cell not in given and 0 < count < FEWEST]
    asked = [cell for cell in small if cell.breakdown.partition("=")[0] not in definition.outcomes]
    known = _Knowledge(definition.id)
    families = _families(connection, counts, wholes)
    partial = {
        (whole.area_id, whole.breakdown, breakdown)
        for (whole, breakdown), parts in families.items()
        if counts[whole] != sum(counts[part] for part in parts)
    }
    for (whole, breakdown), parts in families.items():
        known.learn_family(whole, parts, (whole.area_id, whole.breakdown, breakdown) in partial)
    if definition.kind == "flow":
        known.learn_months(counts)
        _learn_records(known, connection, province, definition, whole_of)
    told: list[Count] = []
    if definition.kind == "stock":
        told, changes = _learn_ends(known, counts, given)
        asked = [*asked, *changes]
    for cell, count in given.items():
        known.learn(cell, count)
    left = len(given.keys() & published.keys())
    return Audit(left, len(published) - left, [*told, *known.determined(asked)])


def _learn_ends(
    known: "_Knowledge", counts: Mapping[Count, Decimal], given: Mapping[Count, Decimal]
) -> tuple[list[Count], list[Count]]:
    """What is known of a stock: periods that end on one day have one count. Gives the ends at which a cell has changed
    by a few records since the end before, or since one without a given figure in between: those of which both ends are
    given, and those of which what is given must not tell the change."""
    ends = defaultdict[tuple[int, str], dict[date, Count]](dict)
    for cell in sorted(counts):
        own = ends[cell[2:]]
        if cell.last in own:
            known.learn_equal(own[cell.last], cell)
        own.setdefault(cell.last, cell)
    largest = max(counts.values(), default=Decimal())
    told, asked = [], []
    for own in ends.values():
        cells = [own[end] for end in sorted(own)]
        for place, after in enumerate(cells):
            for before in reversed(cells[:place]):
                if 0 < abs(counts[after] - counts[before]) < FEWEST:
                    if before in given and after in given:
                        told.append(after)
                    else:
                        asked.append(known.learn_change(before, after, largest))
                if before in given:
                    break
    return told, asked


def _counts(connection: Connection, province: Province, definition: Definition, year: int) -> dict[Count, Decimal]:
    since = date(year, 1, 1) - timedelta(days=definition.kind == "stock")
    rows = connection.execute(
        "select first_day, last_day, area_id, breakdown, coalesce(denominator, value) from serving.kpi_observations"
        " where province_id = %s and kpi = %s and last_day between %s and %s and is_latest",
        (province.province_id, definition.id, since, date(year, 12, 31)),
    )
    return {Count(*row[:4]): row[4] for row in rows if row[4] is not None}


def _with_empty(
    connection: Connection, published: Mapping[Count, Decimal], whole_of: Mapping[tuple[date, date], int]
) -> dict[Count, Decimal]:
    """The counts and those of none: of each area, and of each value that the year has, in each period."""
    rows: Sequence[tuple[int, date, date | None]] = []
    if any(not cell.breakdown and cell.area_id != whole_of[cell[:2]] for cell in published):
        rows = connection.execute(
            "select area_id, valid_from, valid_to from serving.areas where ancestor_ids && %s::integer[]"
            " and not area_id = any(%s)",
            (list(whole_of.values()), list(whole_of.values())),
        ).fetchall()
    values = {cell.breakdown for cell in published if cell.breakdown}
    none = {Count(*days, whole, value): Decimal() for days, whole in whole_of.items() for value in values} | {
        Count(first, last, area_id, ""): Decimal()
        for first, last in whole_of
        for area_id, since, until in rows
        if since <= last and (until is None or last < until)
    }
    return none | dict(published)


def _learn_records(
    known: "_Knowledge",
    connection: Connection,
    province: Province,
    definition: Definition,
    whole_of: Mapping[tuple[date, date], int],
) -> None:
    """Which values have records together, as all records of the year say: a month's count of a value is the sum of its
    counts with each value of another breakdown."""
    above = dict(connection.execute("select area_id, ancestor_ids from serving.areas").fetchall())
    months = [days for days in whole_of if first_of_month(days[0], 1) - days[1] == timedelta(days=1)]
    found = pair_counts(connection, province, definition, min(whole_of)[0], max(last for _, last in whole_of))
    parts: dict[tuple[Count, str], set[Hashable]] = defaultdict(set)
    for (first, last), pair in product(months, {pair for _, pair, _ in found}):
        for name, value, other in ((*pair[:2], pair[2]), (*pair[2:], pair[0])):
            if value is None:
                continue
            whole = whole_of[first, last]
            areas = above.get(value, []) if name == "area" else [whole]
            for area_id in areas:
                text = "" if name == "area" else slices_text({name: (str(value),)})
                parts[Count(first, last, area_id, text), other].add((first, pair))
    for (cell, _), own in parts.items():
        known.learn_sum(cell, own)


def _wholes(connection: Connection, province: Province) -> set[int]:
    rows = connection.execute(
        "select area_id from serving.areas where area = %s and level = 'province'", (province.area,)
    )
    return {area_id for (area_id,) in rows}


def _families(
    connection: Connection, counts: Mapping[Count, Decimal], wholes: set[int]
) -> dict[tuple[Count, str], list[Count]]:
    """Whole and breakdown, and the parts that share no record."""
    parents = dict(connection.execute("select area_id, parent_id from serving.areas").fetchall())
    found: dict[tuple[Count, str], list[Count]] = defaultdict(list)
    whole_of = {cell[:2]: cell for cell in counts if cell.area_id in wholes and not cell.breakdown}
    for cell in counts:
        if cell.breakdown:
            found[cell._replace(breakdown=""), cell.breakdown.partition("=")[0]].append(cell)
        elif cell.area_id not in wholes:
            above = cell._replace(area_id=parents[cell.area_id] or 0)
            whole = above if above in counts else whole_of.get(cell[:2])
            if whole:
                found[whole, ""].append(cell)
    return found


@dataclass
class _Knowledge:
    """Equations between counts that are not negative."""

    kpi: str
    places: dict[Hashable, int] = field(default_factory=dict)
    rows: list[dict[int, float]] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def learn(self, cell: Count, count: Decimal) -> None:
        self._learn({cell: 1.0}, float(count))

    def learn_family(self, whole: Count, parts: Sequence[Count], is_partial: bool) -> None:
        """The parts add up to the whole; where some records are in none of them, to no more."""
        rest = {(whole, parts[0].breakdown.partition("=")[0]): 1.0} if is_partial else {}
        self._learn({whole: -1.0} | rest | dict.fromkeys(parts, 1.0), 0.0)

    def learn_sum(self, cell: Count, parts: Collection[Hashable]) -> None:
        self._learn({cell: -1.0} | dict.fromkeys(parts, 1.0), 0.0)

    def learn_equal(self, one: Count, other: Count) -> None:
        self._learn({one: 1.0, other: -1.0}, 0.0)

    def learn_change(self, before: Count, after: Count, most: Decimal) -> Count:
        """How much one is more than the other; as a name for it a count of the days in between. Changes may be losses,
        so that it stands for the change and twice what there is at most."""
        change = after._replace(first=before.last, breakdown=f"{after.breakdown} -")
        self._learn({after: 1.0, before: -1.0, change: -1.0}, -2 * float(most))
        return change

    def learn_months(self, counts: Mapping[Count, Decimal]) -> None:
        """Longer periods are the sum of their months; a month without a figure has what it has."""
        for cell in counts:
            months = [
                cell._replace(first=date(cell.last.year, month, 1), last=_last_day(cell.last.year, month))
                for month in range(cell.first.month, cell.last.month + 1)
            ]
            if len(months) > 1:
                self._learn({cell: -1.0} | dict.fromkeys(months, 1.0), 0.0)

    def determined(self, cells: Sequence[Count]) -> list[Count]:
        """Those of the cells for which there is one possible count only."""
        import numpy as np  # noqa: PLC0415 - a second to import, for this alone

        wanted = [self.places.setdefault(cell, len(self.places)) for cell in cells]
        if not wanted:
            return []
        solve, random = self._solver(), np.random.default_rng(0)
        least, most = np.full(len(wanted), np.inf), np.full(len(wanted), -np.inf)
        told = []
        for number in range(-_ATTEMPTS, len(wanted)):
            aims = random.uniform(-1, 1, len(wanted)) if number < 0 else np.arange(len(wanted)) == number
            if number >= 0 and most[number] - least[number] > _NEAR:
                continue
            for sign in (1, -1):
                aim = np.zeros(len(self.places))
                aim[wanted] = aims * sign
                found = solve(aim)[wanted]
                least, most = np.minimum(least, found), np.maximum(most, found)
            if number >= 0 and most[number] - least[number] <= _NEAR:
                told.append(cells[number])
        return told

    def _learn(self, factors: Mapping[Any, float], value: float) -> None:
        self.rows.append({self.places.setdefault(what, len(self.places)): by for what, by in factors.items()})
        self.values.append(value)

    def _solver(self) -> "Callable[[NDArray[Any]], NDArray[Any]]":
        """A function that gives counts which fit everything known, with the least of an aim."""
        from scipy.optimize import linprog  # noqa: PLC0415
        from scipy.sparse import csr_matrix  # noqa: PLC0415

        entries = [(by, row, place) for row, factors in enumerate(self.rows) for place, by in factors.items()]
        by, row, place = zip(*entries, strict=True)
        matrix = csr_matrix((by, (row, place)), shape=(len(self.rows), len(self.places)))
        ceiling = max([10.0, *map(abs, self.values)]) * 10  # without one a program may have no end

        def solve(aim: "NDArray[Any]") -> "NDArray[Any]":
            found = linprog(aim, A_eq=matrix, b_eq=self.values, bounds=(0, ceiling), method="highs")
            if found.x is None:
                raise Abort(
                    msg(
                        "the published figures of {kpi} do not fit each other: {said}", kpi=self.kpi, said=found.message
                    )
                )
            solved: NDArray[Any] = found.x
            return solved

        return solve


def _last_day(year: int, month: int) -> date:
    return first_of_month(date(year, month, 1), 1) - timedelta(days=1)

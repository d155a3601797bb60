"""No sum or difference of what is given tells a cell that is small: asked of a linear program that knows no rule."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise, product
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import lil_matrix

from kpis.small_cells import (
    FEWEST,
    WHOLE,
    CountedCell,
    Larger,
    MonthCounts,
    Partition,
    withheld_ends,
    withheld_stock_ends,
)

Counts = list[dict[CountedCell, Decimal]]
Year = tuple[list[Partition], Counts]
SPANS = [(0, month) for month in range(1, 13)]  # years to date
SPANS += [(month, month + 1) for month in range(1, 12)]
SPANS += [(3, 6), (6, 9), (9, 12), (6, 12)]


def is_given(cell: CountedCell, first: int, last: int, ends: Sequence[frozenset[CountedCell]]) -> bool:
    """Whether the months after the `first` up to the `last` are."""
    return cell not in ends[last - 1] and (first == 0 or cell not in ends[first - 1])


class Attacker:
    """All that can be worked out from given figures: counts are not negative, parts add up to their parent."""

    def __init__(self, families: Sequence[Partition], counts: Counts, name: str = "") -> None:
        self.months, self.places = len(counts), dict[object, int]()
        self.rows: list[dict[int, float]] = []
        self.known: list[float] = []
        self.floor = 0
        """Records that a cell has at least of which nothing is told."""
        self.learn_families(families, counts, name)

    def learn_families(self, families: Sequence[Partition], counts: Counts, name: str = "") -> None:
        """Parts add up to their parent; to less only in a family of which some records are in no part."""
        for family in families:
            is_partial = any(
                month.get(family.parent, Decimal()) != sum(month.get(part, Decimal()) for part in family.parts)
                for month in counts
            )
            for month in range(len(counts)):
                cells = [(name, cell) if name else cell for cell in (family.parent, *family.parts)]
                row = {self.place(cell, month): 1.0 for cell in cells[1:]} | {self.place(cells[0], month): -1.0}
                rest = {self.place((name, "rest", family.parent, family.parts[0]), month): 1.0} if is_partial else {}
                self.rows.append(row | rest)
                self.known.append(0.0)

    def place(self, what: object, month: int) -> int:
        return self.places.setdefault((what, month), len(self.places))

    def learn(self, what: object, first: int, last: int, count: Decimal) -> None:
        self.rows.append({self.place(what, month): 1.0 for month in range(first, last)})
        self.known.append(float(count))

    def bounds(self, what: object, first: int, last: int) -> tuple[float, float]:
        """Between which numbers the records of those months must lie."""
        return self._between({self.place(what, month): 1.0 for month in range(first, last)})

    def change(self, what: object, first: int, last: int) -> tuple[float, float]:
        """Between which numbers the difference of those two must lie."""
        return self._between({self.place(what, last): 1.0, self.place(what, first): -1.0})

    def _between(self, wanted: dict[int, float]) -> tuple[float, float]:
        matrix = lil_matrix((len(self.rows), len(self.places)))
        for number, row in enumerate(self.rows):
            for column, factor in row.items():
                matrix[number, column] = factor
        aim = np.zeros(len(self.places))
        aim[[*wanted]] = [*wanted.values()]
        told = {
            place
            for row, known in zip(self.rows, self.known, strict=True)
            for place in row
            if not known and len(row) == 1
        }
        bounds = [(0 if place in told else self.floor, None) for place in range(len(self.places))]
        equal: dict[str, Any] = {"bounds": bounds, "method": "highs"}
        if self.rows:
            equal |= {"A_eq": matrix.tocsr(), "b_eq": self.known}
        least, most = linprog(aim, **equal), linprog(-aim, **equal)
        assert least.status in (0, 3), "the given figures contradict each other"
        return -np.inf if least.status == 3 else least.fun, np.inf if most.status == 3 else -most.fun


def small_runs(counts: Counts) -> Iterator[tuple[CountedCell, int, int]]:
    """Every run of months in which a cell has a few records."""
    cells = {cell for month in counts for cell in month}
    for cell in sorted(cells, key=str):
        for first in range(len(counts)):
            for last in range(first + 1, len(counts) + 1):
                if 0 < total(cell, counts, first, last) < FEWEST:
                    yield cell, first, last


def total(cell: CountedCell, counts: Counts, first: int, last: int) -> Decimal:
    return sum((month.get(cell, Decimal()) for month in counts[first:last]), Decimal())


def learn_given(attacker: Attacker, counts: Counts, ends: Sequence[frozenset[CountedCell]], name: str = "") -> None:
    for cell in {cell for month in counts for cell in month}:
        for first, last in SPANS:
            if last <= len(counts) and is_given(cell, first, last, ends):
                attacker.learn((name, cell) if name else cell, first, last, total(cell, counts, first, last))


def assert_nothing_small_is_determined(families: Sequence[Partition], counts: Counts) -> None:
    ends = withheld_ends([MonthCounts(month, families) for month in counts])
    attacker = Attacker(families, counts)
    learn_given(attacker, counts, ends)
    for cell, first, last in small_runs(counts):
        if (first, last) in SPANS:
            assert not is_given(cell, first, last, ends)
        least, most = attacker.bounds(cell, first, last)
        assert most - least > 1e-6, (cell, first, last, counts, ends)


@st.composite
def years(draw: st.DrawFn, months: int = 4, most: int = 12) -> Year:
    """A province of districts of communes, with one breakdown beside; some records have no commune or no value."""
    families, leaves = [], list[tuple[CountedCell, ...]]()
    districts = [CountedCell(10 * number) for number in range(1, draw(st.integers(1, 3)) + 1)]
    families.append(Partition(WHOLE, districts))
    for district in districts:
        communes = [CountedCell((district.area_id or 0) + number) for number in range(1, draw(st.integers(1, 3)) + 1)]
        families.append(Partition(district, communes))
        leaves += [(district, commune) for commune in communes]
        leaves += [(district,)] if draw(st.booleans()) else []
    values = [CountedCell(None, f"level={number}") for number in range(draw(st.integers(1, 3)))]
    families.append(Partition(WHOLE, values))
    crossed = [(WHOLE, *leaf, *value) for leaf in leaves for value in ([(one,) for one in values] + [()])]
    sizes = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, most))
    counts = []
    for _ in range(months):
        month = dict[CountedCell, Decimal]()
        for path in crossed:
            count = draw(sizes)
            for cell in path:
                month[cell] = month.get(cell, Decimal()) + count
        counts.append({cell: count for cell, count in month.items() if count})
    return families, counts


@settings(max_examples=60, deadline=None)
@given(years())
def test_no_small_cell_is_determined_by_what_is_given(year: Year) -> None:
    assert_nothing_small_is_determined(*year)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_no_run_of_months_of_one_cell_is_determined(months: list[int]) -> None:
    counts = [{WHOLE: Decimal(count)} if count else {} for count in months]
    assert_nothing_small_is_determined([], counts)


def ends_of(parts: Sequence[Sequence[int]]) -> list[set[int]]:
    """By month the places of the parts whose counts to its end are withheld; the whole is their sum."""
    cells = [CountedCell(None, f"field={place}") for place in range(len(parts[0]))]
    steps = []
    for month in parts:
        counts = dict(zip(cells, map(Decimal, month), strict=True)) | {WHOLE: Decimal(sum(month))}
        steps.append(MonthCounts(counts, [Partition(WHOLE, cells)]))
    return [{cells.index(cell) for cell in hidden if cell != WHOLE} for hidden in withheld_ends(steps)]


@pytest.mark.parametrize(
    ("counts", "withheld"),
    [
        ([20, 30], []),
        ([0, 30], []),
        ([3, 9, 30], [3, 9]),
        ([3, 0, 9, 30], [0, 3, 9]),
        ([3, 4, 30], [3, 4]),
        ([1, 1, 8, 30], [1, 1, 8]),
        ([1, 1, 1, 1, 1, 6, 9], [1, 1, 1, 1, 1, 6]),
        ([3], [3]),
        ([1, 1, 1, 1, 1], [1, 1, 1, 1, 1]),
        ([4, 4, 6, 30], [4, 4, 6]),
        ([4, 6, 6, 30], [4, 6, 6]),
    ],
)
def test_a_small_cell_is_hidden_by_the_next_smallest(counts: list[int], withheld: list[int]) -> None:
    [places] = ends_of([counts])
    assert sorted(counts[place] for place in places) == withheld


@pytest.mark.parametrize(("size", "most"), [(2, 11), (3, 11), (4, 8)])
def test_what_is_given_fits_two_counts_of_a_small_cell_for_who_knows_the_rule(size: int, most: int) -> None:
    """A part that is not given may be empty: both are answered alike."""
    found = defaultdict[tuple[int | None, tuple[int, ...]], list[tuple[int, ...]]](list)
    cells = [CountedCell(place + 1) for place in range(size)]
    for counts in product(range(most + 1), repeat=size):
        month = {WHOLE: Decimal(sum(counts)), **dict(zip(cells, map(Decimal, counts), strict=True))}
        [hidden] = withheld_ends([MonthCounts(month, [Partition(WHOLE, cells)])])
        given_parts = tuple(0 if cell in hidden else int(month[cell]) for cell in cells)
        found[None if WHOLE in hidden else sum(counts), given_parts].append(counts)
    for (_, given_parts), fitting in found.items():
        for place in (place for place in range(size) if not given_parts[place]):
            assert {counts[place] for counts in fitting} not in [{count} for count in range(1, FEWEST)], fitting


@pytest.mark.parametrize(("sizes", "most"), [((2, 2), 14), ((1, 2), 20), ((2, 3), 10), ((1, 1, 2), 15)])
def test_who_knows_the_rule_finds_no_small_district_or_commune(sizes: Sequence[int], most: int) -> None:
    """Of a province of up to so many records, with districts of so many communes."""
    districts = [CountedCell(10 * number) for number in range(1, len(sizes) + 1)]
    communes = [
        [CountedCell(10 * number + place) for place in range(1, size + 1)] for number, size in enumerate(sizes, 1)
    ]
    families = [Partition(WHOLE, districts), *map(Partition, districts, communes)]
    leaves = [commune for own in communes for commune in own]
    found = defaultdict[tuple[int | None, ...], list[tuple[int, ...]]](list)
    for counts in product(range(most + 1), repeat=len(leaves)):
        if sum(counts) > most:
            continue
        month = dict(zip(leaves, map(Decimal, counts), strict=True))
        for family in reversed(families):
            month[family.parent] = sum((month[part] for part in family.parts), Decimal())
        [hidden] = withheld_ends([MonthCounts({cell: n for cell, n in month.items() if n}, families)])
        seen = tuple(None if cell in hidden else int(count) for cell, count in month.items())
        found[seen].append(tuple(map(int, month.values())))
    for seen, fitting in found.items():
        for place in (place for place, count in enumerate(seen) if count is None):
            assert {counts[place] for counts in fitting} not in [{count} for count in range(1, FEWEST)], fitting


@settings(max_examples=40, deadline=None)
@given(years(months=2))
def test_beside_a_withheld_cell_none_without_records_is_given(year: Year) -> None:
    """Else each that is withheld would have some."""
    families, counts = year
    ends = withheld_ends([MonthCounts(month, families) for month in counts])
    for family, (number, hidden) in product(families, enumerate(ends, 1)):
        if family.parent in hidden or hidden.intersection(family.parts):
            assert hidden.issuperset(part for part in family.parts if not total(part, counts, 0, number))


@pytest.mark.parametrize("records", [6, 10, 26])
@pytest.mark.parametrize("seed", range(4))
def test_few_records_of_a_first_month_are_determined_nowhere(records: int, seed: int) -> None:
    """Of eleven districts of eighteen communes. Where all without records are told, each withheld one has some."""
    random = Random(seed)
    districts = [CountedCell(100 * number) for number in range(1, 12)]
    families = [Partition(WHOLE, districts)]
    families += [Partition(one, [CountedCell((one.area_id or 0) + n) for n in range(1, 19)]) for one in districts]
    month = defaultdict[CountedCell, Decimal](Decimal)
    for _ in range(records):
        family = random.choice(families[1:])
        for cell in (WHOLE, family.parent, random.choice(family.parts)):
            month[cell] += 1
    [hidden] = withheld_ends([MonthCounts(dict(month), families)])
    cells = {WHOLE, *(cell for family in families for cell in (family.parent, *family.parts))}
    attacker = Attacker(families, [month])
    attacker.floor = 0 if any(not month[cell] for cell in hidden) else 1
    for cell in cells - hidden:
        attacker.learn(cell, 0, 1, month[cell])
    for cell in (cell for cell in hidden if 0 < month[cell] < FEWEST):
        least, most = attacker.bounds(cell, 0, 1)
        assert most - least > 1e-6, (cell, month)


def test_offices_of_a_district_hide_each_other() -> None:
    """The offices of two districts, of which all add up to the district: two of each are withheld."""
    districts = {CountedCell(1): (40, 30, 3), CountedCell(2): (50, 20, 4)}
    offices = {one: [CountedCell(None, f"organisation={one.area_id}{n}") for n in range(3)] for one in districts}
    month = {cell: Decimal(n) for one, own in districts.items() for cell, n in zip(offices[one], own, strict=True)}
    month |= {one: Decimal(sum(own)) for one, own in districts.items()}
    month[WHOLE] = sum((month[one] for one in districts), Decimal())
    families = [Partition(WHOLE, [*districts]), Partition(WHOLE, [cell for own in offices.values() for cell in own])]
    [hidden] = withheld_ends([MonthCounts(month, families + [Partition(one, own) for one, own in offices.items()])])
    assert sorted(month[cell] for cell in hidden) == [3, 4, 20, 30]


@settings(max_examples=40, deadline=None)
@given(years(months=2), st.data())
def test_families_that_share_cells_tell_nothing(year: Year, data: st.DataObject) -> None:
    """Each commune's records are one office's, of a district's some: districts, communes and offices overlap."""
    families, counts = year
    areas = [family for family in families if not family.parts[0].breakdown]
    offices = []
    for family in areas[1:]:
        own = {part: data.draw(st.integers(0, 1)) for part in family.parts}
        cells = {n: CountedCell(None, f"organisation={family.parent.area_id}{n}") for n in {*own.values(), 2}}
        for month in counts:
            rest = month.get(family.parent, Decimal()) - sum(month.get(part, Decimal()) for part in own)
            month[cells[2]] = Decimal(rest)
            for part, n in own.items():
                month[cells[n]] = month.get(cells[n], Decimal()) + month.get(part, Decimal())
        offices += [Partition(family.parent, [*cells.values()])]
        offices += [Partition(cells[n], [part for part in own if own[part] == n]) for n in {*own.values()}]
    every = [cell for family in offices for cell in family.parts if cell.breakdown]
    assert_nothing_small_is_determined([*families, Partition(WHOLE, every), *offices], counts)


def test_cells_of_one_record_each_hide_their_whole() -> None:
    cells = [CountedCell(None, f"field={place}") for place in range(5)]
    step = MonthCounts({WHOLE: Decimal(5), **dict.fromkeys(cells, Decimal(1))}, [Partition(WHOLE, cells)])
    assert withheld_ends([step]) == [frozenset({WHOLE, *cells})]


def test_a_small_month_is_given_together_with_the_next_ones() -> None:
    """Of the cell with few records: January and the first quarter, but neither February nor March."""
    assert ends_of([[10, 50], [3, 50], [10, 50]]) == [set(), {0, 1}, set()]


@given(years(months=6))
def test_a_later_month_takes_no_given_figure_back(year: Year) -> None:
    families, counts = year
    steps = [MonthCounts(month, families) for month in counts]
    whole = withheld_ends(steps)
    for length in range(1, len(steps)):
        assert withheld_ends(steps[:length]) == whole[:length]


def test_large_cells_are_all_given() -> None:
    assert ends_of([[5, 6, 7]] * 12) == [set()] * 12


# A KPI that counts a part of what another one counts


@settings(max_examples=60, deadline=None)
@given(years(months=3), st.data())
def test_the_difference_of_two_kpis_tells_no_small_cell(year: Year, data: st.DataObject) -> None:
    """Dossiers of one level, beside all: by area both are given, so their difference is one cell for each area."""
    families, counts = year
    areas = [family for family in families if not family.parts[0].breakdown]
    below = {family.parent for family in areas}
    smaller: Counts = []
    for month in counts:
        own = {
            cell: Decimal(data.draw(st.integers(0, int(count))))
            for cell, count in month.items()
            if cell not in below and not cell.breakdown
        }
        for family in reversed(areas):
            named = sum((own.get(part, Decimal()) for part in family.parts), Decimal())
            rest = month.get(family.parent, Decimal()) - sum(month.get(part, Decimal()) for part in family.parts)
            own[family.parent] = named + Decimal(data.draw(st.integers(0, max(int(rest), 0))))
        smaller.append({cell: count for cell, count in own.items() if count})
    steps = [MonthCounts(month, families) for month in counts]
    all_ends = withheld_ends(steps)
    own_ends = withheld_ends([MonthCounts(month, areas) for month in smaller], [Larger(steps, all_ends)])
    attacker_of_both = Attacker(families, counts)
    attacker_of_both.learn_families(areas, smaller, "b")
    learn_given(attacker_of_both, counts, all_ends)
    learn_given(attacker_of_both, smaller, own_ends, "b")
    cells = {cell for month in smaller for cell in month}
    for cell in cells:  # all = own + difference
        for number in range(len(counts)):
            attacker_of_both.rows.append(
                {
                    attacker_of_both.place(cell, number): -1.0,
                    attacker_of_both.place(("b", cell), number): 1.0,
                    attacker_of_both.place(("rest", cell), number): 1.0,
                }
            )
            attacker_of_both.known.append(0.0)
    for cell, first, last in small_runs(smaller):
        least, most = attacker_of_both.bounds(("b", cell), first, last)
        assert most - least > 1e-6, ("own", cell, first, last, counts, smaller)
    differences = [
        {c: month.get(c, Decimal()) - own.get(c, Decimal()) for c in cells}
        for month, own in zip(counts, smaller, strict=True)
    ]
    for cell, first, last in small_runs(differences):
        least, most = attacker_of_both.bounds(("rest", cell), first, last)
        assert most - least > 1e-6, ("difference", cell, first, last, counts, smaller)


def test_pairs_of_years_to_date_differ_by_no_small_cell() -> None:
    for months in ([4, 9, 2, 2, 2], [1] * 12, [7, 0, 3, 0, 9]):
        counts = [{WHOLE: Decimal(count)} for count in months]
        ends = withheld_ends([MonthCounts(month, []) for month in counts])
        shown = [total(WHOLE, counts, 0, n) for n in range(1, len(months) + 1) if is_given(WHOLE, 0, n, ends)]
        assert all(b - a == 0 or b - a >= FEWEST for a, b in pairwise([Decimal(), *shown]))


# A stock: what there is at the end of each month


@st.composite
def stocks(draw: st.DrawFn, ends: int = 4) -> Year:
    """What there is of a province at the ends of months; at each some came and some went, of most parts nothing."""
    families, counts = draw(years(months=1, most=40))
    cells = [part for family in families for part in family.parts]
    leaves = [cell for cell in cells if cell not in {family.parent for family in families}]
    areas = [cell for cell in leaves if not cell.breakdown]
    values = [cell for cell in leaves if cell.breakdown]
    above = {part: family.parent for family in families for part in family.parts}
    found = [counts[0]]
    for _ in range(ends - 1):
        now = defaultdict(Decimal, found[-1])
        for area in areas:
            value = draw(st.sampled_from(values))
            change = Decimal(draw(st.one_of(st.just(0), st.integers(-4, 4), st.integers(-20, 20))))
            change = max(change, -now[area], -now[value])
            for cell in {area, above[area], WHOLE, value}:
                now[cell] += change
        found.append({cell: count for cell, count in now.items() if count})
    return families, found


def changes_of(
    counts: Counts, cell: CountedCell, hidden: Sequence[frozenset[CountedCell]]
) -> Iterator[tuple[int, int]]:
    """The pairs of ends with a small change in between, and no given count."""
    for last in range(1, len(counts)):
        for first in range(last - 1, -1, -1):
            if 0 < abs(counts[last].get(cell, Decimal()) - counts[first].get(cell, Decimal())) < FEWEST:
                yield first, last
            if cell not in hidden[first]:
                break


@settings(max_examples=80, deadline=None)
@given(stocks())
def test_no_small_change_of_a_stock_is_determined_by_what_is_given(year: Year) -> None:
    families, counts = year
    hidden = withheld_stock_ends([MonthCounts(end, families) for end in counts])
    attacker = Attacker(families, counts)
    cells = {cell for family in families for cell in (family.parent, *family.parts)}
    for cell, end in product(cells, range(len(counts))):
        if cell not in hidden[end]:
            attacker.learn(cell, end, end + 1, counts[end].get(cell, Decimal()))
    for cell in sorted(cells, key=str):
        for end, own in enumerate(counts):
            if 0 < own.get(cell, Decimal()) < FEWEST:
                least, most = attacker.bounds(cell, end, end + 1)
                assert most - least > 1e-6, (cell, end, counts, hidden)
        for first, last in changes_of(counts, cell, hidden):
            assert cell in hidden[first] or cell in hidden[last]
            least, most = attacker.change(cell, first, last)
            assert most - least > 1e-6, (cell, first, last, counts, hidden)


def stock_ends(parts: Sequence[Sequence[int]]) -> list[set[int]]:
    """By end the places of the parts whose counts are withheld; -1 is the whole."""
    cells = [CountedCell(None, f"organisation={place}") for place in range(len(parts[0]))]
    steps = []
    for end in parts:
        counts = dict(zip(cells, map(Decimal, end), strict=True)) | {WHOLE: Decimal(sum(end))}
        steps.append(MonthCounts({cell: n for cell, n in counts.items() if n}, [Partition(WHOLE, cells)]))
    places = {WHOLE: -1} | {cell: place for place, cell in enumerate(cells)}
    return [{places[cell] for cell in hidden} for hidden in withheld_stock_ends(steps)]


@pytest.mark.parametrize(
    ("ends", "withheld"),
    [
        ([[290, 100, 100]] * 3, [set(), set(), set()]),
        ([[293, 280, 90], [290, 284, 90]], [set(), {-1, 0, 1, 2}]),  # one more of the whole
        ([[293, 280, 90], [290, 284, 99]], [set(), {0, 1}]),
        ([[293, 280, 90], [290, 280, 98]], [set(), {0, 2}]),
        ([[293, 280, 90], [290, 284, 99], [287, 284, 99]], [set(), {0, 1}, {-1, 0, 1, 2}]),
        ([[293, 280, 90], [290, 284, 99], [287, 287, 109]], [set(), {0, 1}, set()]),
        ([[293, 280, 90], [293, 270, 70], [293, 275, 65]], [set(), set(), set()]),
        ([[20, 30, 40], [3, 40, 40]], [set(), {0, 1}]),
    ],
)
def test_a_stock_is_given_where_it_changed_by_nothing_or_by_no_few(
    ends: list[list[int]], withheld: list[set[int]]
) -> None:
    assert stock_ends(ends) == withheld


@given(stocks(ends=5))
def test_a_later_end_takes_no_given_count_of_a_stock_back(year: Year) -> None:
    families, counts = year
    steps = [MonthCounts(end, families) for end in counts]
    whole = withheld_stock_ends(steps)
    for length in range(1, len(steps)):
        assert withheld_stock_ends(steps[:length]) == whole[:length]

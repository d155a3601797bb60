"""Which counts of a KPI must not leave the hub: those small enough to point at a person, and those that would tell one.

The rule is of cells: the whole, an area, a value of a breakdown, each in a period. It looks at the counts alone, in the
order in which periods end, and never at what was asked: docs/decisions/0014-small-cells.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

FEWEST = 5
"""Records of a cell that leaves the hub; one of none points at nobody, and leaves where none is withheld beside it."""


class CountedCell(NamedTuple):
    """A part of the whole."""

    area_id: int | None
    """None is the province, whose own area may be another one in another year."""
    breakdown: str = ""
    """Such as `level=4`; empty for the whole of the area."""


WHOLE = CountedCell(None)
_0 = Decimal()


class Partition(NamedTuple):
    """A cell and others that share none of its records with each other: districts, communes of one, values of one
    breakdown, offices of one district. What is in none of them has no such value."""

    parent: CountedCell
    parts: Sequence[CountedCell]


@dataclass(frozen=True)
class MonthCounts:
    """The records of one month, of a stock those that there are at its end, and the families at its end, a parent
    before what it is made of; a cell may be in several."""

    counts: Mapping[CountedCell, Decimal]
    families: Sequence[Partition]


@dataclass(frozen=True)
class Larger:
    """A KPI that counts all records of another one and more; the two differ by a cell, too."""

    steps: Sequence[MonthCounts]
    withheld: Sequence[frozenset[CountedCell]]
    same: CountedCell | None = None
    """The cell of the larger one that holds exactly the records of the other, where it has one."""


def withheld_ends(steps: Sequence[MonthCounts], larger: Sequence[Larger] = ()) -> list[frozenset[CountedCell]]:
    """For each month of a year the cells whose count from the year's beginning to that month's end is not given.

    A period is given where the counts at both its ends are: what is given of a cell is then always a run of months
    between two such ends, and the rule makes each of these runs none or FEWEST records at least. So no sum or
    difference of given periods is a small cell. At one end, the cells of a family that are not given are two at least,
    together FEWEST or more, and more than there are cells, or none: the parent less the others tells no one of them.
    Beside a cell that is not given, none without records is: else each that is not given would have some.

    The end of a month is judged by what came before and at it, so that a later month never takes a given figure back.
    """
    own, others = _Known(), [_Known() for _ in larger]
    found: list[frozenset[CountedCell]] = []
    closed = set[tuple[CountedCell, str]]()
    for place, step in enumerate(steps):
        own.add(step.counts)
        for one, other in zip(larger, others, strict=True):
            other.add(_less(one.steps[place].counts, step.counts))
            other.elsewhere = one.withheld[place]
        before = found[-1] if found else frozenset[CountedCell]()
        families_of = defaultdict[CountedCell, list[Partition]](list)
        for family in step.families:
            for part in family.parts:
                families_of[part].append(family)
        small = {
            cell for cell in before if not all(known.may_be_given(cell, families_of[cell]) for known in (own, *others))
        }
        if any(one.same in one.withheld[place] for one in larger):
            small.add(WHOLE)
        hidden = _hidden(step.families, [own, *others], small)
        while larger and (more := _closed(step.families, [own, *others], closed, hidden)) - hidden:
            hidden = _hidden(step.families, [own, *others], small | more)
        for known in (own, *others):
            known.give(hidden)
        found.append(frozenset(hidden))
    return found


def withheld_stock_ends(steps: Sequence[MonthCounts]) -> list[frozenset[CountedCell]]:
    """For each end of a month, oldest first, the cells of a stock whose count at it is not given.

    A count tells how many there are, and two of them how many came or went in between. So a cell is given where it has
    none or FEWEST records at least, and where since the end at which it was given last it has changed by nothing or by
    as many. One that was withheld is given again only when it has changed by as many: else it would be known what it
    was. Of a family, the cells that are not given hide each other as in `withheld_ends`, both what they have and by how
    much they changed. Changes may be losses; they are compared by their amount.
    """
    changes, levels = _Changes(), _Levels()
    found: list[frozenset[CountedCell]] = []
    for step in steps:
        for known in (changes, levels):
            known.add(step.counts)
        before = found[-1] if found else frozenset[CountedCell]()
        small = {cell for cell in before if levels.pending(cell) and changes.pending(cell) < FEWEST}
        hidden = _hidden(step.families, [changes, levels], small)
        for known in (changes, levels):
            known.give(hidden)
        found.append(frozenset(hidden))
    return found


def _less(all_: Mapping[CountedCell, Decimal], some: Mapping[CountedCell, Decimal]) -> dict[CountedCell, Decimal]:
    return {cell: all_.get(cell, _0) - some.get(cell, _0) for cell in {*all_, *some}}


class _Known:
    """Counts from the beginning of the year, of one KPI or of the difference of two, and which of them are known."""

    def __init__(self) -> None:
        self.elsewhere: frozenset[CountedCell] = frozenset()
        """Cells that are not known whether or not they are given here: the larger KPI's are not."""
        self._month: Mapping[CountedCell, Decimal] = {}
        self._running: dict[CountedCell, Decimal] = {}
        self._given: dict[CountedCell, Decimal] = {}
        self._ends: list[dict[CountedCell, Decimal]] = []
        self._unknown: list[set[CountedCell]] = []
        """All counts at each end, and which of them were not known."""

    def add(self, counts: Mapping[CountedCell, Decimal]) -> None:
        """The records of one month more."""
        self._month = counts
        for cell, count in counts.items():
            self._running[cell] = self._running.get(cell, _0) + count

    def may_be_given(self, cell: CountedCell, families: Sequence[Partition]) -> bool:
        """Whether a cell that was unknown at the end before may become known at this one.

        It must have records in this month: who knows that it has none would know the count before, too. And so must
        have, since the cell was known last, those that were unknown with it: else all records of the time between are
        its own, month by month. Where the family's parent was unknown for all that time, nothing followed from it.
        """
        if not self._month.get(cell):
            return False
        since = max((place for place, unknown in enumerate(self._unknown) if cell not in unknown), default=-1)
        between = self._unknown[since + 1 :]
        hidden, then = set[CountedCell]().union(*between), self._ends[since] if since >= 0 else {}
        for family in families:
            if all(family.parent in unknown for unknown in between):
                continue
            known = [cell, *(part for part in family.parts if part != cell and part not in hidden)]
            grown = {one: self._running.get(one, _0) - then.get(one, _0) for one in [family.parent, *known]}
            if grown.pop(family.parent) <= sum(grown.values()):
                return False
        return True

    def pending(self, cell: CountedCell) -> Decimal:
        """Records since the last end at which the cell was known."""
        return self._running.get(cell, _0) - self._given.get(cell, _0)

    def rest(self, family: Partition) -> Decimal:
        """Records in no part of the family since all of it was known."""
        members = {family.parent, *family.parts}
        ends = zip(reversed(self._ends), reversed(self._unknown), strict=True)
        then = next((end for end, unknown in ends if members.isdisjoint(unknown)), {})
        return max(_in_no_part(family, self._running) - _in_no_part(family, then), _0)

    def order(self, cell: CountedCell) -> tuple[Decimal, ...]:
        """The cells with the least of this are withheld first, to hide others, and those that are alike together."""
        return (self.pending(cell),)

    def amounts(self, cells: Iterable[CountedCell]) -> list[Decimal]:
        """What has to be hidden of cells that are not known."""
        return [self.pending(cell) for cell in cells]

    def small(self) -> set[CountedCell]:
        """Cells that must not become known."""
        return {cell for cell in self._running.keys() - self.elsewhere if 0 < self.pending(cell) < FEWEST}

    def give(self, hidden: set[CountedCell]) -> None:
        """Keeps what is known at this end."""
        unknown = hidden | self.elsewhere
        self._ends.append(dict(self._running))
        self._unknown.append(unknown)
        self._given |= {cell: count for cell, count in self._running.items() if cell not in unknown}


class _Levels(_Known):
    """A stock's counts at the ends of months."""

    def add(self, counts: Mapping[CountedCell, Decimal]) -> None:
        """The counts at one end more."""
        self._running = dict.fromkeys(self._running, _0) | dict(counts)

    def pending(self, cell: CountedCell) -> Decimal:
        """Records at this end."""
        return self._running.get(cell, _0)

    def rest(self, family: Partition) -> Decimal:
        """Records in no part of the family."""
        return abs(_in_no_part(family, self._running))

    def amounts(self, cells: Iterable[CountedCell]) -> list[Decimal]:
        return [amount for cell in cells if (amount := self.pending(cell))]


class _Changes(_Levels):
    """By how much a stock's counts have changed since they were known last, up or down."""

    def pending(self, cell: CountedCell) -> Decimal:
        return abs(self._running.get(cell, _0) - self._given.get(cell, _0))

    def rest(self, family: Partition) -> Decimal:
        members = {family.parent, *family.parts}
        ends = zip(reversed(self._ends), reversed(self._unknown), strict=True)
        then = next((end for end, unknown in ends if members.isdisjoint(unknown)), {})
        return abs(_in_no_part(family, self._running) - _in_no_part(family, then))

    def order(self, cell: CountedCell) -> tuple[Decimal, ...]:
        """What has changed hides a change; of the others the smallest."""
        changed = self.pending(cell)
        return (Decimal(not changed), changed or self._running.get(cell, _0))


def _in_no_part(family: Partition, counts: Mapping[CountedCell, Decimal]) -> Decimal:
    return counts.get(family.parent, _0) - sum(counts.get(part, _0) for part in family.parts)


def _name(family: Partition) -> tuple[CountedCell, str]:
    """A family's parent and the breakdown that it is made by; areas have none."""
    return family.parent, family.parts[0].breakdown.partition("=")[0] if family.parts else ""


def _hidden(families: Sequence[Partition], tables: Sequence[_Known], small: set[CountedCell]) -> set[CountedCell]:
    """The cells not given at one end. What no part can hide hides its parent, too. A cell that is hidden for one of its
    families is looked at in all others again, until nothing changes."""
    forced = small.union(*(table.small() for table in tables))
    hidden, before = set(forced), -1
    while len(hidden) > before:
        before = len(hidden)
        exposed = {family.parent for family in families if not _spread(family, tables, hidden)}
        if exposed:
            forced |= exposed.union(*(_no_larger(family, tables[0], exposed) for family in families))
            hidden, before = set(forced), -1
    return hidden


def _no_larger(family: Partition, own: _Known, exposed: set[CountedCell]) -> set[CountedCell]:
    """The parts of a family that are not larger than an exposed one: a smaller one beside it that is given would say
    that it is its own parts which could not be hidden, and so what they are."""
    most = max((own.pending(part) for part in family.parts if part in exposed), default=_0)
    return {part for part in family.parts if 0 < own.pending(part) <= most}


def _closed(
    families: Sequence[Partition],
    tables: Sequence[_Known],
    closed: set[tuple[CountedCell, str]],
    hidden: set[CountedCell],
) -> set[CountedCell]:
    """The parts of families of which one was ever withheld, as far as they have records since. Of a KPI within another
    one all these are withheld until the year ends: the larger one's parts bound what each of them can be."""
    closed |= {_name(family) for family in families if hidden.intersection(family.parts)}
    parts = [part for family in families if _name(family) in closed for part in family.parts]
    return {part for part in parts if any(table.pending(part) for table in tables)}


def _spread(family: Partition, tables: Sequence[_Known], hidden: set[CountedCell]) -> bool:
    """Adds to `hidden` the parts that must not be given beside those in it; whether that is enough."""
    own = tables[0]
    moving = [part for part in family.parts if any(table.pending(part) for table in tables)]
    if family.parent not in hidden:
        left = sorted(
            (part for part in moving if part not in hidden),
            key=lambda part: (own.order(part), part.area_id or 0, part.breakdown),
        )
        while not all(_is_safe(family, moving, table, hidden) for table in tables):
            if not left:
                return False
            least = own.order(left[0])
            hidden.update(part for part in left if own.order(part) == least)
            left = [part for part in left if part not in hidden]
    if family.parent in hidden:
        hidden.update(family.parts)
    elif not hidden.isdisjoint(family.parts):
        hidden.update(part for part in family.parts if part not in moving)
    return True


def _is_safe(family: Partition, moving: Sequence[CountedCell], table: _Known, hidden: set[CountedCell]) -> bool:
    """Whether the unknown cells of a family, whose sum is known, do not tell each other."""
    unknown = hidden | table.elsewhere
    if family.parent in unknown:
        return True
    cells, rest = table.amounts(part for part in moving if part in unknown), table.rest(family)
    if rest and (cells or rest < FEWEST):
        cells.append(rest)
    together = sum(cells)
    fewest, most = max(FEWEST, len(cells) + 1), (FEWEST - 1) * len(cells)
    return not cells or (len(cells) > 1 and together >= fewest and (together != most or max(cells) >= FEWEST))
